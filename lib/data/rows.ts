/** Samples whose numbers are at hand. */
export interface Rows {
  values: Float32Array;
  /** Number of samples. */
  count: number;
  /** Shape of one sample. */
  shape: number[];
  /** Numbers in one sample. */
  size: number;
}

/** Throws unless samples and targets go together. */
export function checkPairs(x: Rows, y: Rows, names: string): void {
  if (x.count !== y.count) throw new TypeError(`Expected as many targets as samples in ${names} but found ${y.count} for ${x.count}.`);
  if (x.count === 0) throw new RangeError(`Expected samples in ${names} but found none.`);
}
