/**
 * Throws unless all weights or scores are numbers: NaN is neither smaller nor larger than any of the others, so that no
 * mask could be chosen among them.
 *
 * @throws {RangeError} When one is NaN.
 */
export function checkNumbers(values: Float32Array): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) throw new RangeError(`Expected numbers to choose a mask by but found NaN at position ${i}.`);
  }
}
