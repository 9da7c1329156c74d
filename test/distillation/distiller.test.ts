import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { Distiller } from "../../lib/distillation/distiller.js";
import type { DistillerArgs } from "../../lib/distillation/distiller.js";
import { distillationLoss, distillationTargets } from "../../lib/distillation/distillationLoss.js";
import { featureDistillation, logitsDistillation, relationalDistillation } from "../../lib/distillation/distillationLosses.js";
import { predictLogits } from "../../lib/distillation/predictLogits.js";
import { ensembleLogits } from "../../lib/distillation/softLabels.js";
import { teacherOutputs } from "../../lib/distillation/teacherOutputs.js";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qDense } from "../../lib/layers/qDense.js";
import { polynomialDecay } from "../../lib/pruning/polynomialDecay.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";
import { evaluate } from "../../lib/training/evaluate.js";
import { fit } from "../../lib/training/fit.js";
import { fitAll } from "../../lib/training/fitAll.js";
import { predict } from "../../lib/training/predict.js";
import { apart, CLASSES, draw, INPUTS, network, weightsOf, x, y } from "./examples.js";

const options = { epochs: 3, batchSize: 16, seed: 4, verbose: 0 as const };
const metrics = ["accuracy"];

/** A distiller whose student has always the same first weights, compiled. */
function distill(args: Partial<DistillerArgs> = {}): Distiller {
  const distiller = new Distiller({
    teacher: network([8, 7], 1), student: network([5], 2), distillationLosses: logitsDistillation({ temperature: 2 }), studentLossWeight: 0.3, ...args,
  });
  distiller.compile({ optimizer: tf.train.sgd(0.2), metrics });
  return distiller;
}

describe("Distiller", () => {
  it("with one loss of logits is a student compiled with distillationLoss", async () => {
    const teacher = network([8, 7], 1);
    const distiller = distill({ teacher });
    const { history } = await distiller.fit(x, y, options);
    const student = network([5], 2);
    student.compile({ optimizer: tf.train.sgd(0.2), loss: distillationLoss({ temperature: 2, alpha: 0.3 }), metrics });
    const wanted = await fit(student, x, distillationTargets(y, await predictLogits(teacher, x)), options);
    assert.ok(apart(distiller.student, student) < 1e-5);
    history.loss.forEach((loss, i) => assert.ok(Math.abs(loss - wanted.history.loss[i]) < 1e-5));
    assert.deepEqual(history.accuracy, wanted.history.accuracy);
  });

  it("trains a student that ends in logits as one that ends in a softmax, which stays on", async () => {
    const [softmax, logits] = [distill(), distill({ student: network([5], 2, { ending: "linear" }) })];
    await softmax.fit(x, y, options);
    await logits.fit(x, y, options);
    assert.deepEqual(weightsOf(softmax.student), weightsOf(logits.student));
    const { values } = await predict(softmax.student, x);
    assert.ok(Math.abs(values[0] + values[1] + values[2] - 1) < 1e-6);
    assert.deepEqual((await predictLogits(softmax.student, x)).values, (await predict(logits.student, x)).values);
    const [{ accuracy }, other] = [await evaluate(softmax.student, x, y), await evaluate(logits.student, x, y)];
    assert.equal(accuracy, other.accuracy);
  });

  const losses = {
    logits: logitsDistillation({ temperature: 3 }),
    "a hint through a regressor": featureDistillation({ teacherLayerName: "hidden2", studentLayerName: "hidden1" }),
    "a relation of hidden layers": relationalDistillation({ teacherLayerName: "hidden2", studentLayerName: "hidden1" }),
    "a relation of logits": relationalDistillation(),
  };
  for (const [name, loss] of [...Object.entries(losses), ["all at once", Object.values(losses)] as const]) {
    it(`trains alike with the kernels and through TensorFlow.js: ${name}`, async () => {
      const students = [];
      for (const engine of ["wasm", "tfjs"] as const) {
        const distiller = distill({ distillationLosses: loss });
        for (const weight of distillerWeights(distiller)) if (/regressor.*kernel/.test(weight.name)) weight.write(tf.fill(weight.shape as number[], 0.1));
        const result = await distiller.fit(x, y, { ...options, validationData: [x, y], engine });
        assert.equal(result.engine, engine);
        assert.ok(result.history.loss[2] < result.history.loss[0]);
        students.push({ student: distiller.student, result });
      }
      const [ours, theirs] = students;
      assert.ok(apart(ours.student, theirs.student) < 1e-4, `apart by ${apart(ours.student, theirs.student)}`);
      for (const metric of ["loss", "val_loss"]) {
        ours.result.history[metric].forEach((value, i) => assert.ok(Math.abs(value - theirs.result.history[metric][i]) < 1e-4));
      }
      assert.deepEqual(ours.result.history.val_accuracy, theirs.result.history.val_accuracy);
    });
  }

  it("brings a student's hidden layer near the teacher's by a hint", async () => {
    const teacher = network([5], 9);
    const student = network([5], 2);
    const gap = async (): Promise<number> => {
      const [a, b] = [await teacherOutputs(teacher, x, "hidden1"), await teacherOutputs(student, x, "hidden1")];
      return a.values.reduce((sum, value, i) => sum + (value - b.values[i]) ** 2, 0);
    };
    const before = await gap();
    const distiller = distill({ teacher, student, distillationLosses: featureDistillation({ teacherLayerName: "hidden1", studentLayerName: "hidden1" }), studentLossWeight: 0 });
    await distiller.fit(x, y, { ...options, epochs: 60 });
    assert.ok((await gap()) < before / 20);
  });

  it("teaches the mean of the soft labels of several teachers", async () => {
    const teachers = [network([8], 1), network([4], 3)];
    const distiller = distill({ teacher: teachers });
    await distiller.fit(x, y, options);
    const student = network([5], 2);
    student.compile({ optimizer: tf.train.sgd(0.2), loss: distillationLoss({ temperature: 2, alpha: 0.3 }) });
    const logits = ensembleLogits([await predictLogits(teachers[0], x), await predictLogits(teachers[1], x)], { temperature: 2 });
    await fit(student, x, distillationTargets(y, logits), options);
    assert.ok(apart(distiller.student, student) < 1e-5);
  });

  it("trains quantized and pruned students, with the kernels", async () => {
    const quantizer = "quantized_bits(6,1,alpha=1)";
    const plain = tf.sequential({
      layers: [
        qDense({ units: 9, inputShape: [INPUTS], kernelQuantizer: quantizer, biasQuantizer: quantizer }),
        qActivation({ activation: "quantized_relu(6,2)" }),
        qDense({ units: CLASSES, kernelQuantizer: quantizer, biasQuantizer: quantizer, activation: "softmax" }),
      ],
    });
    const pruningSchedule = polynomialDecay({ initialSparsity: 0, finalSparsity: 0.5, beginStep: 0, endStep: 10, frequency: 2 });
    const student = pruneLowMagnitude(draw(plain, 2), { pruningSchedule });
    const distiller = distill({ student, distillationLosses: [logitsDistillation(), relationalDistillation()] });
    const { engine, history } = await distiller.fit(x, y, options);
    assert.equal(engine, "wasm");
    assert.ok(history.loss[2] < history.loss[0]);
    const [kernel] = student.getWeights();
    assert.equal([...kernel.dataSync()].filter((value) => value === 0).length, (INPUTS * 9) / 2);
  });

  it("makes jobs of fitAll, which train as fit does, bit for bit", async () => {
    const distillers = [1, 2].map(() => distill({ distillationLosses: Object.values(losses).slice(0, 1) }));
    const { verbose: _, ...rest } = options;
    const jobs = await Promise.all(distillers.map((distiller) => distiller.job(x, y, { ...rest, validationData: [x, y] })));
    const histories = await fitAll(jobs, { verbose: 0 });
    const alone = distill({ distillationLosses: Object.values(losses).slice(0, 1) });
    const history = await alone.fit(x, y, { ...options, validationData: [x, y] });
    for (const [i, distiller] of distillers.entries()) {
      assert.deepEqual(weightsOf(distiller.student), weightsOf(alone.student));
      assert.deepEqual(histories[i], history);
    }
  });

  it("begins with the same regressors each time, and with others for another seed", async () => {
    const hint = (seed?: number): Distiller => distill({ distillationLosses: losses["a hint through a regressor"], seed });
    const [first, second, other] = [hint(), hint(), hint(1)];
    for (const distiller of [first, second, other]) await distiller.fit(x, y, options);
    assert.deepEqual(weightsOf(first.student), weightsOf(second.student));
    assert.notDeepEqual(weightsOf(first.student), weightsOf(other.student));
  });

  it("takes nothing from the labels of samples that have none, with either engine", async () => {
    const none = { values: new Float32Array(y.values.length), shape: y.shape };
    const students = [];
    for (const engine of ["wasm", "tfjs"] as const) {
      const distiller = distill();
      await distiller.fit(x, none, { ...options, engine });
      students.push(distiller.student);
    }
    assert.ok(apart(students[0], students[1]) < 1e-4);
    const labelsOnly = distill({ studentLossWeight: 1 });
    await labelsOnly.fit(x, none, options);
    assert.equal(apart(labelsOnly.student, network([5], 2)), 0);
  });

  it("trains a student that ends in a Concatenate of its own through TensorFlow.js", async () => {
    const inputs = tf.input({ shape: [INPUTS] });
    const parts = [1, 2].map((units) => tf.layers.dense({ units, kernelInitializer: tf.initializers.glorotUniform({ seed: units }) }).apply(inputs) as tf.SymbolicTensor);
    const student = tf.model({ inputs, outputs: tf.layers.concatenate().apply(parts) as tf.SymbolicTensor });
    const { engine, history } = await distill({ student }).fit(x, y, { ...options, epochs: 10 });
    assert.equal(engine, "tfjs");
    assert.ok(history.loss[9] < 0.9 * history.loss[0]);
  });

  it("ends where a callback stops the student", async () => {
    const distiller = distill();
    const { epoch } = await distiller.fit(x, y, { ...options, callbacks: { onEpochEnd: () => void (distiller.student.stopTraining = true) } });
    assert.deepEqual(epoch, [0]);
    assert.equal((await distiller.fit(x, y, { ...options, epochs: 2 })).epoch.length, 2);
  });

  it("takes labels with the sparse loss", async () => {
    const labels = { values: Float32Array.from({ length: x.shape[0] }, (_, i) => y.values.subarray(3 * i, 3 * i + 3).indexOf(1)), shape: [x.shape[0], 1] as [number, number] };
    const [sparse, dense] = [distill(), distill()];
    sparse.compile({ optimizer: tf.train.sgd(0.2), loss: "sparseCategoricalCrossentropy", metrics });
    await sparse.fit(x, labels, options);
    await dense.fit(x, y, options);
    assert.deepEqual(weightsOf(sparse.student), weightsOf(dense.student));
    assert.ok((await evaluate(sparse.student, x, labels)).accuracy !== undefined);
    const logits = distill({ student: network([5], 2, { ending: "linear" }) });
    logits.compile({ optimizer: tf.train.sgd(0.2), loss: "sparseCategoricalCrossentropy", metrics });
    await logits.fit(x, labels, options);
    const [found, wanted] = [await evaluate(logits.student, x, labels), await evaluate(sparse.student, x, labels)];
    assert.ok(Math.abs(found.loss - wanted.loss) < 1e-5);
    assert.equal(found.accuracy, wanted.accuracy);
  });

  it("asks the teacher once per data set, and again when it was trained", async () => {
    const teacher = network([8, 7], 1);
    const first = await teacherOutputs(teacher, x, null);
    assert.equal(await teacherOutputs(teacher, x, null), first);
    teacher.compile({ optimizer: tf.train.sgd(0.5), loss: "categoricalCrossentropy" });
    await fit(teacher, x, y, { verbose: 0 });
    const second = await teacherOutputs(teacher, x, null);
    assert.notDeepEqual(second.values, first.values);
  });

  it("says what is wrong", async () => {
    const [teacher, student] = [network([8], 1), network([5], 2)];
    const make = (args: object) => () => new Distiller({ teacher, student, distillationLosses: logitsDistillation(), ...args } as DistillerArgs);
    assert.throws(make({ studentLossWeight: 2 }), { name: "RangeError", message: "Expected studentLossWeight to lie between 0 and 1 but found 2." });
    assert.throws(make({ distillationLosses: [] }), { name: "TypeError", message: /one or several such as logitsDistillation/ });
    assert.throws(make({ distillationLossWeights: [1, 2] }), { name: "RangeError", message: /each of 1 losses but found 2/ });
    assert.throws(make({ teacher: student }), { name: "TypeError", message: /two models but found one/ });
    assert.throws(make({ teacher: [] }), { name: "TypeError", message: /a teacher or several but found none/ });
    const other = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4] })] });
    assert.throws(make({ teacher: other }), { name: "TypeError", message: "Expected the teacher to map [6] -> [3], as the student does, but found [4] -> [3]." });
    const unknown = featureDistillation({ teacherLayerName: "hidden1", studentLayerName: "hidden7" });
    assert.throws(make({ distillationLosses: unknown }), {
      name: "RangeError", message: `featureDistillation: expected the name of a layer of ${student.name}, hidden1, classes, but found hidden7.`,
    });
    const last = relationalDistillation({ teacherLayerName: "hidden1", studentLayerName: "classes" });
    assert.throws(make({ distillationLosses: last }), { name: "RangeError", message: /expected a hidden layer of .* but found classes, the one at its end/ });
    assert.throws(make({ student: tf.sequential() }), { name: "TypeError", message: /to be built: it has no input yet/ });
    assert.throws(make({ teacher: [teacher, network([4], 3)], distillationLosses: relationalDistillation() }), { name: "TypeError", message: /expected one teacher but found 2/ });
    await assert.rejects(new Distiller({ teacher, student, distillationLosses: logitsDistillation() }).fit(x, y), { name: "TypeError", message: /not compiled/ });
    await assert.rejects(distill().fit(x, x, options), { name: "TypeError", message: "Expected y to have 3 numbers a sample but found 6." });
    await assert.rejects(distill().fit(undefined as never, y, options), { name: "TypeError", message: /Expected x to be a tensor or/ });
    await assert.rejects(distill().fit(x, y, { ...options, validationData: { x, y } as never }), { name: "TypeError", message: /validationData to be \[x, y\]/ });
    assert.throws(() => distill().compile({ metrics } as never), { name: "TypeError", message: /an optimizer such as adam\(1e-3\)/ });
    assert.throws(() => new Distiller(undefined as never), { name: "TypeError", message: /Expected teacher and student to be models/ });
    const relu = distill({ student: network([5], 2, { ending: "relu" }) });
    await assert.rejects(relu.fit(x, y, options), { name: "TypeError", message: /in a softmax or in logits for distillation but found a relu/ });
    const relational = distill({ distillationLosses: relationalDistillation() });
    await assert.rejects(relational.fit(x, y, { ...options, classWeight: { 0: 2 } }), { name: "TypeError", message: /cannot weigh them/ });
  });
});

/** The weights of all that a distiller trains, its regressors too. */
const distillerWeights = (distiller: Distiller): tf.LayerVariable[] =>
  (distiller as unknown as { trained: { model: tf.LayersModel } }).trained.model.weights;

describe("predictLogits", () => {
  it("has of a softmax what went into it", async () => {
    const model = network([8], 1);
    const linear = network([8], 1, { ending: "linear" });
    assert.deepEqual((await predictLogits(model, x)).values, (await predict(linear, x)).values);
    // Through TensorFlow.js too, for a layer that has no kernel.
    const slow = (ending: string): tf.LayersModel => {
      const model = tf.sequential({ layers: [tf.layers.dense({ units: 4, inputShape: [INPUTS], activation: "elu" }), tf.layers.dense({ units: 3, activation: ending as "softmax" })] });
      return draw(model, 3);
    };
    const [found, wanted] = [await predictLogits(slow("softmax"), x), await predict(slow("linear"), x)];
    assert.deepEqual(found.values, wanted.values);
    const sigmoid = slow("sigmoid");
    await assert.rejects(predictLogits(sigmoid, x), { name: "TypeError", message: `Expected ${sigmoid.name} to end in a softmax or in logits but found a sigmoid.` });
  });
});

