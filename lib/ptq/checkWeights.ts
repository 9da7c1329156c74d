/**
 * Throws where a weight is not finite, as after a training that diverged.
 *
 * @throws {RangeError} With the layer and the number.
 */
export function checkWeights(layer: string, weights: Float32Array): void {
  const wrong = weights.find((weight) => !Number.isFinite(weight));
  if (wrong !== undefined) throw new RangeError(`Expected finite weights of ${layer} but found ${wrong}.`);
}
