import { argMax } from "../network/countCorrect.js";
import type { IntegerProgram, IntegerLogits } from "./program.js";

/**
 * The class with the largest logit for each sample, the first of equal ones. A single output is 1 where its probability
 * is above 1/2: above 0 before a sigmoid, above 1/2 without one.
 *
 * @param logits [n, classes], of `interpretProgram` or a prepared program.
 * @param activation Of the program. Default "softmax".
 * @returns [n]
 * @example logitLabels(interpretProgram(program, testX), program.activation);
 */
export function logitLabels({ values, shape }: IntegerLogits, activation: IntegerProgram["activation"] = "softmax"): Uint8Array {
  const [samples, classes] = shape;
  const threshold = activation === "sigmoid" ? 0 : 1 / 2;
  return Uint8Array.from({ length: samples }, (_, i) =>
    classes === 1 ? Number(values[i] > threshold) : argMax(values, i * classes, classes),
  );
}
