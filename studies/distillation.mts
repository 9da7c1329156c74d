// npm run study -- distillation: the trainings of notebook 04 over the whole grid of temperature and alpha, with few labels
// and all, and 5 seeds, each with a teacher, a split and initial weights of its own. What is measured is kept in
// build/studies, so that an interrupted study goes on where it stopped; at its end results/study-distillation.json holds
// all of it.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import compression from "tfjs-compression";
import type { FitJob, Matrix, TrialParams } from "tfjs-compression";

const {
  adam, asLogits, bornAgain, createRandom, distillationLoss, distillationTargets, Distiller, evaluate, fit, fitAll, fitTogether, loadMnist,
  logitsDistillation, openStudy, polynomialDecay, predictLogits, pruneLowMagnitude, qActivation, qDense, readModel, ready,
  saveStudy, scalePixels, SelfDistiller, smoothLabels, softLabels, takeImages, toCategorical, trainValidationSplit, writeModel,
} = compression;

const seeds = [1, 2, 3, 4, 5];
const labelCounts = [500, 1000, 2000, 5000, 54_000];
const temperatures = [1, 2, 4, 8];
const alphas = [0, 0.1, 0.5, 0.9];
/** Where the wrong way is measured: it trains through TensorFlow.js and takes minutes with all labels. */
const wrongCounts = [500, 54_000];
/** Few labels need more epochs: as in the notebook. */
const epochsOf = (labels: number): number => (labels === 54_000 ? 30 : labels <= 1000 ? 200 : 100);
const program = fileURLToPath(import.meta.url);
const root = join(program, "..", "..");
const codeHash = createHash("sha256").update(await readFile(program)).digest("hex");
// Another recipe is another study: what an older one measured stays in its own file.
const folder = join(root, "build", "studies", `distillation-${codeHash.slice(0, 8)}`);

await ready();
const mnist = await loadMnist();
if (!mnist.isReal) throw new Error("The study needs MNIST itself: see data/README.md.");
const testX = scalePixels(mnist.test.images);
const testY = toCategorical(mnist.test.labels, 10);

/** Samples and one-hot labels. */
interface Labelled {
  x: Matrix;
  y: Matrix;
}

/** What the trainings of a seed have in common. */
interface Setting extends Labelled {
  seed: number;
  labels: number;
  teacher: tf.LayersModel;
}

/** 784, then these sizes, a softmax at the end. */
function build(widths: number[], seed: number): tf.LayersModel {
  return tf.sequential({
    layers: widths.map((units, i) => tf.layers.dense({
      units, kernelInitializer: tf.initializers.glorotUniform({ seed: 100 * seed + i }), ...(i === 0 && { inputShape: [784] }),
      ...(i < widths.length - 1 ? { name: `hidden${i + 1}`, activation: "relu" } : { name: "output", activation: "softmax" }),
    })),
  });
}
const buildTeacher = (seed: number): tf.LayersModel => build([64, 32, 10], seed);
const buildStudent = (seed: number): tf.LayersModel => build([16, 10], seed);

const stepsOf = (labels: number): number => epochsOf(labels) * Math.ceil(labels / 64);

/** The student with 8 bits, half of whose weights are pruned on the way. */
function buildQap({ seed, labels }: Setting): tf.LayersModel {
  const steps = stepsOf(labels);
  const quantizer = "quantized_bits(8,3,alpha=1)";
  const dense = (units: number, i: number, more: object): tf.layers.Layer => qDense({
    units, kernelQuantizer: quantizer, biasQuantizer: quantizer,
    kernelInitializer: tf.initializers.glorotUniform({ seed: 100 * seed + i }), ...more,
  });
  const model = tf.sequential({ layers: [
    qActivation({ activation: "quantized_relu(8,0)", inputShape: [784], name: "input" }),
    dense(16, 0, { name: "hidden1" }), qActivation({ activation: "quantized_relu(8,4)", name: "act1" }),
    dense(10, 1, { name: "output", activation: "softmax" }),
  ] });
  const [beginStep, endStep] = [0.1, 0.9].map((share) => Math.round(share * steps));
  const frequency = Math.max(1, Math.round(steps / 200));
  return pruneLowMagnitude(model, { pruningSchedule: polynomialDecay({ initialSparsity: 0, finalSparsity: 0.5, beginStep, endStep, frequency }) });
}

function compile(model: tf.LayersModel, loss: Parameters<tf.LayersModel["compile"]>[0]["loss"] = "categoricalCrossentropy"): tf.LayersModel {
  model.compile({ optimizer: adam(1e-3), loss, metrics: ["accuracy"] });
  return model;
}

/** The softmax of a softmax on both sides: probabilities are divided by the temperature, as one must not. */
function wrongLoss(temperature: number, alpha: number): (targets: tf.Tensor, probabilities: tf.Tensor) => tf.Tensor {
  return (targets, probabilities) => tf.tidy(() => {
    const [labels, teacherSays] = tf.split(targets, 2, -1);
    const crossEntropy = tf.neg(tf.sum(tf.mul(labels, tf.log(tf.add(probabilities, 1e-7))), -1));
    const logTeacher = tf.logSoftmax(tf.div(teacherSays, temperature));
    const logStudent = tf.logSoftmax(tf.div(probabilities, temperature));
    const divergence = tf.sum(tf.mul(tf.exp(logTeacher), tf.sub(logTeacher, logStudent)), -1);
    return tf.add(tf.mul(alpha, crossEntropy), tf.mul((1 - alpha) * temperature ** 2, divergence));
  });
}

/** A training that can stand beside others, and the model to be measured. */
interface Job {
  job: FitJob;
  model: tf.LayersModel;
}

function alone({ x, y, seed, labels }: Setting, model: tf.LayersModel, times = 1): Job {
  return { model, job: { model: compile(model), x, y, options: { epochs: times * epochsOf(labels), batchSize: 64, seed } } };
}

async function taught({ x, y, seed, labels, teacher }: Setting, student: tf.LayersModel, temperature: number, alpha: number): Promise<Job> {
  const distiller = new Distiller({ teacher, student, distillationLosses: logitsDistillation({ temperature }), studentLossWeight: alpha });
  distiller.compile({ optimizer: adam(1e-3), metrics: ["accuracy"] });
  return { model: student, job: await distiller.job(x, y, { epochs: epochsOf(labels), batchSize: 64, seed }) };
}

/** The large network with an exit behind its first hidden layer; it is the network that is measured. */
function withExit({ x, y, seed, labels }: Setting, alpha: number, featureWeight: number): Job {
  const own = new SelfDistiller({ model: buildTeacher(seed), exits: ["hidden1"], temperature: 4, alpha, featureWeight });
  own.compile({ optimizer: adam(1e-3), metrics: ["accuracy"] });
  return { model: own.exits[1], job: own.job(x, y, { epochs: epochsOf(labels), batchSize: 64, seed }) };
}

/** What is trained side by side, at every number of labels. */
const jobs: Record<string, (setting: Setting) => Job | Promise<Job>> = {
  alone: (setting) => alone(setting, buildStudent(setting.seed)),
  other: (setting) => alone(setting, buildStudent(setting.seed + 500)),
  longer: (setting) => alone(setting, buildStudent(setting.seed), 3),
  smoothing: (setting) => alone({ ...setting, y: smoothLabels(setting.y, 0.1) }, buildStudent(setting.seed)),
  large: (setting) => alone(setting, buildTeacher(setting.seed)),
  own: (setting) => withExit(setting, 0.5, 0.03),
  ownControl: (setting) => withExit(setting, 1, 0),
  ...Object.fromEntries(temperatures.flatMap((temperature) => alphas.map((alpha) => [
    `T${temperature}.A${alpha}`, (setting: Setting) => taught(setting, buildStudent(setting.seed), temperature, alpha),
  ]))),
  "QAP alone": (setting) => alone(setting, buildQap(setting)),
  "QAP taught": (setting) => taught(setting, buildQap(setting), 4, 0.1),
};

/** What is trained by itself; the models to be measured, by name. */
const programs: Record<string, (setting: Setting) => Promise<Record<string, tf.LayersModel>>> = {
  mutual: async ({ x, y, seed, labels }) => {
    const [first, second] = [seed, seed + 500].map((own) => compile(buildStudent(own), distillationLoss({ temperature: 1, alpha: 0.5 })));
    await fitTogether([first, second], x, y, { epochs: epochsOf(labels), batchSize: 64, seed, label: "two students" });
    return { "mutual.first": first, "mutual.second": second };
  },
  beside: async ({ x, y, seed, labels }) => {
    const [large, student] = [compile(buildTeacher(seed)), compile(buildStudent(seed), distillationLoss({ temperature: 4, alpha: 0.1 }))];
    await fitTogether([large, student], x, y, { epochs: epochsOf(labels), batchSize: 64, seed, label: "teacher and student" });
    return { "beside.teacher": large, "beside.student": student };
  },
  bornAgain: async ({ x, y, seed, labels }) => {
    const options = { generations: 2, temperature: 4, alpha: 0.1, epochs: epochsOf(labels), batchSize: 64, seed };
    const [, second, third] = await bornAgain((generation) => buildStudent(seed + 1000 * generation), x, y, options);
    return { "bornAgain.2": second.model, "bornAgain.3": third.model };
  },
  wrong: async ({ x, y, seed, labels, teacher }) => {
    const student = buildStudent(seed);
    student.compile({ optimizer: adam(1e-3), loss: wrongLoss(4, 0.1) });
    const teacherSays = asLogits(softLabels(await predictLogits(teacher, x), { temperature: 1 }));
    await fit(student, x, distillationTargets(y, teacherSays), { epochs: epochsOf(labels), batchSize: 64, seed, label: "the wrong way" });
    return { wrong: student };
  },
};
const namesOf: Record<string, string[]> = {
  mutual: ["mutual.first", "mutual.second"], beside: ["beside.teacher", "beside.student"], bornAgain: ["bornAgain.2", "bornAgain.3"], wrong: ["wrong"],
};

const study = await openStudy(join(folder, "trials.jsonl"));
const paramsOf = (what: string, labels: number, seed: number): TrialParams => ({ what, labels, seed });

async function measure(params: TrialParams, model: tf.LayersModel): Promise<void> {
  const { accuracy } = await evaluate(compile(model), testX, testY);
  await study.add(params, { accuracy: accuracy! });
}

/** The teacher of a seed: of three trained with all labels the one that does best on the validation images. */
async function teacherOf(seed: number, { x, y }: Labelled, validation: Labelled): Promise<tf.LayersModel> {
  const file = join(folder, `teacher-${seed}.tfcm`);
  if (!existsSync(file)) {
    const models = [0, 1, 2].map((i) => compile(buildTeacher(1000 + 3 * seed + i)));
    const options = (i: number): FitJob["options"] => ({ epochs: 20, batchSize: 64, seed: 3 * seed + i });
    await fitAll(models.map((model, i) => ({ model, x, y, options: options(i) })), { label: `teachers of seed ${seed}` });
    const accuracies: number[] = [];
    for (const model of models) accuracies.push((await evaluate(model, validation.x, validation.y)).accuracy!);
    await writeModel(models[accuracies.indexOf(Math.max(...accuracies))], file);
  }
  const model = await readModel(file);
  if (!study.find(paramsOf("teacher", 54_000, seed))) await measure(paramsOf("teacher", 54_000, seed), model);
  return model;
}

for (const seed of seeds) {
  const { train, validation } = trainValidationSplit(mnist.train, { fraction: 0.1, seed });
  const [all, held] = [train, validation].map(({ images, labels }) => ({ x: scalePixels(images), y: toCategorical(labels, 10) }));
  const teacher = await teacherOf(seed, all, held);
  const order = createRandom(seed).permutation(train.size);
  for (const labels of labelCounts) {
    const drawn = takeImages(train, order.slice(0, labels));
    const data = labels === 54_000 ? all : { x: scalePixels(drawn.images), y: toCategorical(drawn.labels, 10) };
    const setting = { ...data, seed, labels, teacher };
    const waiting = Object.keys(jobs).filter((what) => !study.find(paramsOf(what, labels, seed)));
    // Several side by side; a few at a time, so that little is lost when it is interrupted.
    while (waiting.length > 0) {
      const batch = waiting.splice(0, 6);
      const trainings: Job[] = [];
      for (const what of batch) trainings.push(await jobs[what](setting));
      await fitAll(trainings.map(({ job }) => job), { label: `seed ${seed}, ${labels} labels: ${batch.join(", ")}` });
      for (const [i, what] of batch.entries()) await measure(paramsOf(what, labels, seed), trainings[i].model);
    }
    for (const [name, run] of Object.entries(programs)) {
      if (name === "wrong" && !wrongCounts.includes(labels)) continue;
      if (namesOf[name].every((what) => study.find(paramsOf(what, labels, seed)))) continue;
      for (const [what, model] of Object.entries(await run(setting))) {
        if (!study.find(paramsOf(what, labels, seed))) await measure(paramsOf(what, labels, seed), model);
      }
    }
  }
}

const file = join(root, "results", "study-distillation.json");
const { trials } = study;
await saveStudy(file, { study: "distillation.mts", codeHash, trials });
console.log(file);
