import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { asLogits } from "../../lib/distillation/logits.js";
import { distillationLoss, distillationTargets } from "../../lib/distillation/distillationLoss.js";
import { softLabels } from "../../lib/distillation/softLabels.js";
import { assignWeights } from "../../lib/layers/assignWeights.js";
import { describeNetwork } from "../../lib/network/describeNetwork.js";
import { NetworkTrainer } from "../../lib/wasm/networkTrainer.js";
import { golden } from "../golden/golden.js";
import type { GoldenTensor } from "../golden/golden.js";
import { asBatch } from "../network/drawCase.js";

const close = (found: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number, what: string): void => {
  assert.equal(found.length, wanted.length, what);
  const largest = Math.max(...Array.from(wanted, Math.abs));
  for (let i = 0; i < wanted.length; i++) assert.ok(Math.abs(found[i] - wanted[i]) <= tolerance * largest, `${what}[${i}] is ${found[i]} instead of ${wanted[i]}`);
};
const matrix = ({ data, shape }: GoldenTensor) => ({ values: Float32Array.from(data), shape: shape as [number, number] });

describe("the loss of distillation", () => {
  for (const { T, alpha, teacher_logits, student_logits, labels, loss, grad_student_logits } of golden.kd) {
    const what = `T ${T}, alpha ${alpha}`;
    const targets = distillationTargets(matrix(labels), asLogits(matrix(teacher_logits)));
    const student = matrix(student_logits);

    it(`has the reference's value and gradient through TensorFlow.js: ${what}`, () => {
      const lossOf = distillationLoss({ temperature: T, alpha, fromLogits: true });
      const yTrue = tf.tensor2d(targets.values, targets.shape);
      const { value, grad } = tf.valueAndGrad((z) => tf.mean(lossOf(yTrue, z)))(tf.tensor2d(student.values, student.shape)) as { value: tf.Scalar; grad: tf.Tensor };
      close(value.dataSync(), [loss], 1e-5, "loss");
      close(grad.dataSync(), grad_student_logits, 1e-5, "gradient");
    });

    it(`has the reference's value and gradient with the kernels: ${what}`, () => {
      // A linear layer that hands its input on; the gradient of its bias is the sum over the batch, so one sample at a time.
      const [count, classes] = student.shape;
      const model = tf.sequential({ layers: [tf.layers.dense({ units: classes, inputShape: [classes] })] });
      assignWeights(model, [tf.eye(classes), tf.zeros([classes])]);
      const { network } = describeNetwork(model);
      const args = { loss: { kind: "distillation", temperature: T, alpha } as const, rule: { kind: "sgd" } as const, batchSize: 1, countsCorrect: false };
      const trainer = new NetworkTrainer(network, args);
      let sum = 0;
      const gradients: number[] = [];
      for (let i = 0; i < count; i++) {
        const row = (values: Float32Array, size: number) => ({ values: values.slice(i * size, (i + 1) * size), count: 1, shape: [size], size });
        const data = { x: row(student.values, classes), y: row(targets.values, 2 * classes), weights: null };
        sum += trainer.differentiate(asBatch(data), { seed: 0, step: 1 }).loss;
        gradients.push(...Array.from(trainer.gradient(1), (value) => value / count));
      }
      close([sum / count], [loss], 1e-5, "loss");
      close(gradients, grad_student_logits, 1e-5, "gradient");
    });

    it(`is the same of what a softmax made of the logits: ${what}`, () => {
      const shares = (of: GoldenTensor): tf.Tensor => tf.softmax(tf.tensor2d(of.data, of.shape as [number, number]));
      const yTrue = tf.concat([tf.tensor2d(labels.data, labels.shape as [number, number]), shares(teacher_logits)], -1);
      const found = tf.mean(distillationLoss({ temperature: T, alpha, fromLogits: false })(yTrue, shares(student_logits)));
      close(found.dataSync(), [loss], 1e-4, "loss");
    });
  }

  it("wants to be told what it gets where nobody can find out", () => {
    const one = tf.tensor2d([[1, 0, 1, 2]]);
    const message = "Expected distillationLoss to be told fromLogits, true or false, where it is called as a function.";
    assert.throws(() => distillationLoss()(one, tf.tensor2d([[0, 1]])), { name: "TypeError", message });
  });

  it("has types that keep probabilities from being taken for logits", () => {
    const labels = { values: Float32Array.from([1, 0]), shape: [1, 2] as [number, number] };
    const soft = softLabels(asLogits({ values: Float32Array.from([3, 1]), shape: [1, 2] }), { temperature: 2 });
    // @ts-expect-error Probabilities are no logits.
    assert.throws(() => distillationTargets(labels, soft), { name: "TypeError", message: /but found probabilities/ });
    // @ts-expect-error A matrix of whatever is none either.
    assert.equal(distillationTargets(labels, labels).shape[1], 4);
    // @ts-expect-error Nor are soft labels to be softened again.
    softLabels(soft, { temperature: 2 });
  });

  it("says what is out of range", () => {
    assert.throws(() => distillationLoss({ temperature: 0 }), { name: "RangeError", message: "Expected temperature to be above 0 but found 0." });
    assert.throws(() => distillationLoss({ alpha: 1.5 }), { name: "RangeError", message: "Expected alpha to lie between 0 and 1 but found 1.5." });
    assert.throws(() => distillationTargets({ values: new Float32Array(4), shape: [2, 2] }, asLogits({ values: new Float32Array(6), shape: [2, 3] })), {
      name: "TypeError", message: "Expected the teacher's logits in the shape [2,2] but found [2,3].",
    });
  });
});
