import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { distillationLoss, distillationTargets } from "../../lib/distillation/distillationLoss.js";
import { golden } from "../golden/golden.js";
import type { GoldenTensor } from "../golden/golden.js";

const matrix = ({ data, shape }: GoldenTensor) => ({ values: Float32Array.from(data), shape: shape as [number, number] });

describe("the distillation loss and its gradient on logits are TensorFlow's", () => {
  for (const { T: temperature, alpha, teacher_logits: teacher, student_logits: student, labels, loss, grad_student_logits: gradient } of golden.kd) {
    it(`temperature ${temperature}, alpha ${alpha}`, () => {
      const { values, shape } = distillationTargets(matrix(labels), matrix(teacher));
      const targets = tf.tensor2d(values, shape);
      const lossOf = distillationLoss({ temperature, alpha });
      const { value, grad } = tf.valueAndGrad((logits) => tf.mean(lossOf(targets, logits)))(tf.tensor(student.data, student.shape));
      assert.ok(Math.abs(value.dataSync()[0] - loss) < 1e-5 * loss, `${value.dataSync()[0]}, not ${loss}`);
      grad.dataSync().forEach((found, i) => assert.ok(Math.abs(found - gradient[i]) < 1e-5, `${found}, not ${gradient[i]}`));
    });
  }
});
