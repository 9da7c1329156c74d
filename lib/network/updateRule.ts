/** The rule by which an optimizer moves weights, as plain data. */
export type UpdateRule =
  | { kind: "sgd" }
  | { kind: "momentum"; momentum: number; useNesterov: boolean }
  | {
      kind: "adam";
      beta1: number;
      beta2: number;
      epsilon: number;
      /** Whether ε is added after the correction of v, as `tf.train.adam` does and Keras does not. */
      epsilonAfterCorrection: boolean;
    };

/** `base ** exponent` by multiplication only, so that every JavaScript engine gives the same bits. */
function power(base: number, exponent: number): number {
  let result = 1;
  for (let square = base, left = exponent; left > 0; left = Math.floor(left / 2), square *= square) {
    if (left % 2 === 1) result *= square;
  }
  return result;
}

/**
 * The factors of Adam's update `w -= rate · m / (√v + ε)` at a step: the corrections of m and v put together.
 *
 * Kingma and Ba 2015 (arXiv:1412.6980), the order of section 2.
 *
 * @param step Steps count from 1.
 */
export function adamFactors(
  { beta1, beta2, epsilon, epsilonAfterCorrection }: UpdateRule & { kind: "adam" },
  learningRate: number,
  step: number,
): { rate: number; epsilon: number } {
  const root = Math.sqrt(1 - power(beta2, step));
  const rate = Math.fround((learningRate * root) / (1 - power(beta1, step)));
  return { rate, epsilon: epsilonAfterCorrection ? epsilon * root : epsilon };
}
