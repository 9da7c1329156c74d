/** keras.backend.epsilon() */
export const EPSILON: f32 = 1e-7;

/** A probability kept away from 0 and 1, so that its logarithm is finite. */
// @ts-ignore: decorator
@inline
export function clipped(p: f32): f32 {
  return max<f32>(EPSILON, min<f32>(<f32>1 - EPSILON, p));
}
