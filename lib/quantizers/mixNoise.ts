/**
 * Output that holds only part of the quantization noise, in the order of QKeras's float32 operations:
 * `x + factor (q - x)`, or `(1 - factor) x + factor q` without the straight-through estimator.
 *
 * @param x What would come out unquantized.
 * @param q What would come out quantized.
 * @param qnoiseFactor Share of the noise, 0 to 1.
 */
export function mixNoise(x: Float32Array, q: Float32Array, qnoiseFactor: number, useSte: boolean): Float32Array {
  if (qnoiseFactor === 1) return q;
  const factor = Math.fround(qnoiseFactor);
  return useSte
    ? q.map((value, i) => x[i] + Math.fround(factor * Math.fround(value - x[i])))
    : q.map((value, i) => Math.fround(Math.fround(1 - factor) * x[i]) + Math.fround(factor * value));
}
