/** float32 weights, or the integers that a quantizer makes of them. */
export type Values = Float32Array | Int32Array;

/** A matrix with all its numbers; a `Matrix` of the library is one. */
export interface DenseMatrix<V extends Values = Float32Array> {
  /** Row after row: [rows * columns]. */
  values: V;
  /** Rows and columns. */
  shape: [number, number];
}

/**
 * Throws unless a matrix has as many numbers as its shape says.
 *
 * @throws {TypeError} With the count expected and the one found.
 */
export function checkMatrix({ values, shape }: DenseMatrix<Values>): void {
  const [rows, columns] = shape;
  if (shape.length !== 2 || values.length !== rows * columns) {
    throw new TypeError(`Expected a matrix of ${shape.join(" x ")} numbers but found ${values.length}.`);
  }
}

/** As many zeros, of the same kind of number. */
export function zerosLike<V extends Values>(values: V, length: number): V {
  return (values instanceof Float32Array ? new Float32Array(length) : new Int32Array(length)) as V;
}

/** The numbers that are not zero, in order; -0 is a zero. */
export function nonzeros<V extends Values>(values: V): V {
  return values.filter((value: number) => value !== 0) as V;
}
