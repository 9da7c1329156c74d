const LIST = /\[([^[\]]*)\]/g;
const PLACE = /\[@(\d+)\]/g;

/** Shorter lists take fewer bytes as they are. */
const FEWEST = 4;

/**
 * Takes the long lists of numbers out of a quantizer's string: a scale for each channel, the values of a codebook. As
 * float32 they take a fifth of the bytes.
 *
 * @param lists Where they are put.
 * @returns The string with `[@i]` in place of the list that has become `lists[i]`.
 * @example takeLists("codebook([0 0.5 1 1.5])", lists); // "codebook([@0])"
 */
export function takeLists(text: string, lists: Float32Array[]): string {
  return text.replace(LIST, (list: string, inside: string) => {
    const numbers = inside.split(" ").map(Number);
    if (numbers.length < FEWEST || numbers.some((number) => Math.fround(number) !== number)) return list;
    return `[@${lists.push(Float32Array.from(numbers)) - 1}]`;
  });
}

/**
 * Puts the lists back into the strings of a file's layers.
 *
 * @throws {SyntaxError} When there is no such list.
 */
export function putLists(config: unknown, lists: readonly Float32Array[]): unknown {
  if (typeof config === "string") {
    return config.replace(PLACE, (place: string, index: string) => {
      const list = lists[Number(index)];
      if (!list) throw new SyntaxError(`expected one of ${lists.length} lists of numbers but found ${place}`);
      return `[${list.join(" ")}]`;
    });
  }
  if (Array.isArray(config)) return config.map((entry) => putLists(entry, lists));
  if (typeof config !== "object" || config === null) return config;
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, putLists(value, lists)]));
}
