/**
 * Moves labels apart in one direction, as little as possible, keeping their order.
 *
 * Labels that touch are joined into a block at the mean of their wishes (pool adjacent violators),
 * which minimizes the sum of squared moves.
 *
 * @param wishes where each label would like its centre, in pixels.
 * @param size room a label needs, in pixels.
 * @param range the labels stay between these two positions if they fit, in pixels.
 * @returns the centre of each label, in the order of `wishes`.
 * @example
 * ```ts
 * spreadLabels([40, 42, 80], 20, [0, 100]); // [31, 51, 80]
 * ```
 */
export function spreadLabels(
  wishes: readonly number[],
  size: number,
  range: readonly [number, number],
): number[] {
  const order = wishes.map((_, index) => index).sort((a, b) => wishes[a] - wishes[b] || a - b);
  const low = range[0] + size / 2;
  const high = Math.max(low, range[1] - size / 2);
  interface Block {
    members: number[];
    start: number; // centre of the first member
  }
  const blocks: Block[] = [];
  for (const index of order) {
    let block: Block = { members: [index], start: placeBlock([wishes[index]]) };
    let previous = blocks.at(-1);
    while (previous !== undefined && previous.start + previous.members.length * size > block.start) {
      blocks.pop();
      const members: number[] = [...previous.members, ...block.members];
      block = { members, start: placeBlock(members.map((member) => wishes[member])) };
      previous = blocks.at(-1);
    }
    blocks.push(block);
  }
  const centres = new Array<number>(wishes.length);
  for (const { members, start } of blocks)
    members.forEach((member, at) => (centres[member] = start + at * size));
  return centres;

  function placeBlock(own: readonly number[]): number {
    const mean = own.reduce((sum, wish, at) => sum + wish - at * size, 0) / own.length;
    return Math.max(low, Math.min(mean, high - (own.length - 1) * size));
  }
}
