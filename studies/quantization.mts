// npm run study -- quantization: the trainings of notebook 03 with the original's 16 epochs and 5 seeds. What is measured
// is kept in build/studies, so that an interrupted study goes on where it stopped; at its end
// results/study-quantization.json holds all of it.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import compression from "tfjs-compression";
import type { TrialParams } from "tfjs-compression";

const {
  adaRound, adam, evaluate, fitAll, loadFashionMnist, openStudy, qActivation, qDense, readModel, ready, saveStudy, scalePixels,
  toCategorical, trainValidationSplit, weightOnlyQuantize, writeModel,
} = compression;

const seeds = [1, 2, 3, 4, 5];
const bitsTried = [2, 3, 4, 6, 8];
const bitsOfAutoPo2 = [2, 4];
const widths = [250, 100, 20, 10];
const program = fileURLToPath(import.meta.url);
const root = join(program, "..", "..");
const codeHash = createHash("sha256").update(await readFile(program)).digest("hex");
// Another recipe is another study: what an older one measured stays in its own file.
const folder = join(root, "build", "studies", `quantization-${codeHash.slice(0, 8)}`);

await ready();
const fashion = await loadFashionMnist();
if (!fashion.isReal) throw new Error("The study needs Fashion-MNIST itself: see data/README.md.");
const { train, validation } = trainValidationSplit(fashion.train, { fraction: 0.2, method: "last" });
const [trainX, testX] = [train, fashion.test].map(({ images }) => scalePixels(images));
const [trainY, testY] = [train, fashion.test].map(({ labels }) => toCategorical(labels, 10));
const calibration = scalePixels(validation.images.subarray(0, 1000 * 784));

/** Number formats, none for float32; activations one after the other behind each hidden layer. */
interface Formats {
  weights?: string;
  activations: string[];
}

/** 784-250-100-20-10 of the lecture's demo. */
function build({ weights, activations }: Formats, seed: number): tf.LayersModel {
  const layers = widths.flatMap((units, i): tf.layers.Layer[] => [
    qDense({
      units, name: `fc${i + 1}`, kernelQuantizer: weights, biasQuantizer: weights,
      kernelInitializer: tf.initializers.heNormal({ seed: 100 * seed + i + 1 }),
      ...(i === 0 && { inputShape: [784] }), ...(units === 10 && { activation: "softmax" }),
    }),
    ...(units === 10 ? [] : activations.map((activation, at) => qActivation({ activation, name: `act${i + 1}${"ab"[at]}` }))),
  ]);
  return tf.sequential({ layers });
}

/** A softmax on the pixels. */
function linearSoftmax(seed: number): tf.LayersModel {
  const kernelInitializer = tf.initializers.heNormal({ seed: 100 * seed });
  return tf.sequential({ layers: [qDense({ units: 10, inputShape: [784], activation: "softmax", kernelInitializer })] });
}

/** Weights of so many bits; activations stay float32. */
function byBits(name: string, bits: number[], alpha: string): typeof trainings {
  const format = (bits: number): string => `quantized_bits(${bits},0,alpha=${alpha})`;
  return Object.fromEntries(
    bits.map((bits) => [`${name}.${bits}`, (seed: number) => build({ weights: format(bits), activations: ["relu"] }, seed)]),
  );
}

/** What is trained for each seed; all of it for 16 epochs of Adam. */
const trainings: Record<string, (seed: number) => tf.LayersModel> = {
  float: (seed) => build({ activations: ["relu"] }, seed),
  "linear softmax": linearSoftmax,
  "linear, float activations": (seed) => build({ weights: "quantized_bits(8,4,alpha=1)", activations: [] }, seed),
  "linear, 8,4 activations": (seed) =>
    build({ weights: "quantized_bits(8,4,alpha=1)", activations: ["quantized_bits(8,4,alpha=1)"] }, seed),
  "ReLU, float activations": (seed) => build({ weights: "quantized_bits(8,4,alpha=1)", activations: ["relu"] }, seed),
  "ReLU, 8,4 activations": (seed) =>
    build({ weights: "quantized_bits(8,4,alpha=1)", activations: ["relu", "quantized_bits(8,4,alpha=1)"] }, seed),
  "quantized_relu(8,4)": (seed) => build({ weights: "quantized_bits(8,4,alpha=1)", activations: ["quantized_relu(8,4)"] }, seed),
  ...byBits("QAT alpha 1", bitsTried, "1"),
  ...byBits("QAT auto_po2", bitsOfAutoPo2, "'auto_po2'"),
};

/** What is made of the trained float network of each seed. */
const roundings: Record<string, (model: tf.LayersModel, bits: number, seed: number) => tf.LayersModel | Promise<tf.LayersModel>> = {
  "PTQ a layer": (model, bits) => weightOnlyQuantize(model, { bits, perChannel: false }),
  "PTQ a neuron": (model, bits) => weightOnlyQuantize(model, { bits }),
  "PTQ AdaRound": (model, bits, seed) => adaRound(model, calibration, { bits, seed, label: `AdaRound, ${bits} bits, seed ${seed}` }),
};

const study = await openStudy(join(folder, "trials.jsonl"));
const fileOf = (seed: number): string => join(folder, `float-${seed}.tfcm`);

function compile(model: tf.LayersModel): tf.LayersModel {
  model.compile({ optimizer: adam(1e-3), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  return model;
}

async function measure(params: TrialParams, model: tf.LayersModel): Promise<void> {
  const { accuracy } = await evaluate(compile(model), testX, testY);
  await study.add(params, { accuracy: accuracy! });
}

const paramsOf = (what: string, seed: number): TrialParams => ({ what, seed });
const waiting = seeds.flatMap((seed) => Object.keys(trainings).map((what) => ({ what, seed })))
  .filter(({ what, seed }) => !study.find(paramsOf(what, seed)) || (what === "float" && !existsSync(fileOf(seed))));
const all = seeds.length * Object.keys(trainings).length;
// Several side by side; a few at a time, so that little is lost when it is interrupted.
for (let done = all - waiting.length; waiting.length > 0; ) {
  const batch = waiting.splice(0, 4);
  const models = batch.map(({ what, seed }) => compile(trainings[what](seed)));
  const jobs = models.map((model, i) => ({ model, x: trainX, y: trainY, options: { epochs: 16, batchSize: 64, seed: batch[i].seed } }));
  await fitAll(jobs, { label: `${done + 1} to ${done + batch.length} of ${all} trainings` });
  for (const [i, { what, seed }] of batch.entries()) {
    if (what === "float") await writeModel(models[i], fileOf(seed));
    if (!study.find(paramsOf(what, seed))) await measure(paramsOf(what, seed), models[i]);
    models[i].dispose();
  }
  done += batch.length;
}

for (const seed of seeds) {
  const model = await readModel(fileOf(seed));
  for (const [name, round] of Object.entries(roundings)) {
    for (const bits of bitsTried) {
      const params = paramsOf(`${name}.${bits}`, seed);
      if (!study.find(params)) await measure(params, await round(model, bits, seed));
    }
  }
}

const file = join(root, "results", "study-quantization.json");
const { trials } = study;
await saveStudy(file, { study: "quantization.mts", codeHash, trials });
console.log(file);
