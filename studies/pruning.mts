// npm run study -- pruning: the grid of notebook 02 with 10 epochs of fine-tuning and 5 seeds. What is measured is kept in
// build/studies/pruning.jsonl, so that an interrupted study goes on where it stopped; at its end results/study-pruning.json
// holds all of it.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import compression from "tfjs-compression";
import type { PruningCriterionName, TrialParams } from "tfjs-compression";

const {
  adam, cloneModel, evaluate, fitAll, loadFashionMnist, openStudy, pruneAndRetrain, pruningCriteria, readModel, ready, saveStudy,
  scalePixels, sparsityReport, toCategorical, trainValidationSplit, writeModel,
} = compression;

const seeds = [1, 2, 3, 4, 5];
const sparsities = [0.1, 0.3, 0.5, 0.7, 0.9, 0.95];
const ways = { "one-shot": 1, iterative: 5 }; // rounds
const epochsTried = [0, 1, 10]; // of fine-tuning, all rounds together
const criteria: PruningCriterionName[] = ["magnitude", "wanda", "random", "l2Norm", "apoz", "randomUnits"];

const program = fileURLToPath(import.meta.url);
const root = join(program, "..", "..");
const codeHash = createHash("sha256").update(await readFile(program)).digest("hex");
// Another recipe is another study: what an older one measured stays in its own file.
const folder = join(root, "build", "studies", `pruning-${codeHash.slice(0, 8)}`);

await ready();
const fashion = await loadFashionMnist();
if (!fashion.isReal) throw new Error("The study needs Fashion-MNIST itself: see data/README.md.");
const { train, validation } = trainValidationSplit(fashion.train, { fraction: 0.2, method: "last" });
const [trainX, testX] = [train, fashion.test].map(({ images }) => scalePixels(images));
const [trainY, testY] = [train, fashion.test].map(({ labels }) => toCategorical(labels, 10));
const calibration = scalePixels(validation.images.subarray(0, 2000 * 784));

/** The network of the lecture's demo. */
function build(seed: number): tf.LayersModel {
  const dense = (units: number, i: number, more: object = {}): tf.layers.Layer =>
    tf.layers.dense({
      units, activation: "relu", name: `fc${i}`, kernelInitializer: tf.initializers.glorotUniform({ seed: 100 * seed + i }), ...more,
    });
  return tf.sequential({
    layers: [
      dense(256, 1, { inputShape: [784] }), tf.layers.dropout({ rate: 0.2 }), dense(64, 2), dense(32, 3),
      dense(10, 4, { activation: "softmax" }),
    ],
  });
}

function compile(model: tf.LayersModel, optimizer: tf.Optimizer = adam(3e-4)): tf.LayersModel {
  model.compile({ optimizer, loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  return model;
}

/** Number of weights that are not zero, without biases. */
function weightsOf(model: tf.LayersModel): number {
  const { weights, sparsity } = sparsityReport(model).at(-1)!;
  return weights * (1 - sparsity);
}

/** The networks that are pruned: trained to the end, as the notebook's control. */
async function trainDense(): Promise<Map<number, tf.LayersModel>> {
  const file = (seed: number): string => join(folder, `dense-${seed}.tfcm`);
  const job = (seed: number, model: tf.LayersModel, epochs: number, batchSize: number) =>
    ({ model, x: trainX, y: trainY, options: { epochs, batchSize, seed } });
  const missing = seeds.filter((seed) => !existsSync(file(seed)));
  for (let i = 0; i < missing.length; i += 2) {
    const pair = missing.slice(i, i + 2);
    const models = pair.map((seed) => compile(build(seed), tf.train.sgd(1e-3)));
    await fitAll(models.map((model, at) => job(pair[at], model, 32, 50)), { label: `baselines, seeds ${pair.join(", ")}` });
    const continued = models.map((model) => compile(cloneModel(model), adam(1e-4)));
    await fitAll(continued.map((model, at) => job(pair[at], model, 64, 64)), { label: `the same with Adam, seeds ${pair.join(", ")}` });
    for (const [at, seed] of pair.entries()) await writeModel(continued[at], file(seed));
  }
  return new Map(await Promise.all(seeds.map(async (seed): Promise<[number, tf.LayersModel]> => [seed, await readModel(file(seed))])));
}

const dense = await trainDense();
const study = await openStudy(join(folder, "trials.jsonl"));
const all = seeds.flatMap((seed) => epochsTried.flatMap((epochs) => Object.keys(ways).flatMap((way) =>
  sparsities.flatMap((sparsity) => criteria.map((criterion) => ({ criterion, way, sparsity, epochs, seed }))))));
const paramsOf = ({ seed }: { seed: number }): TrialParams => ({ what: "dense", seed });

for (const [seed, model] of dense) {
  if (study.find(paramsOf({ seed }))) continue;
  const { accuracy } = await evaluate(compile(model), testX, testY);
  await study.add(paramsOf({ seed }), { accuracy: accuracy! });
}
// Trials that are alike but for criterion and sparsity run side by side, twelve at a time.
const waiting = all.filter((params) => !study.find(params));
for (let done = all.length - waiting.length; waiting.length > 0; ) {
  const [{ seed, epochs, way }] = waiting;
  let count = 1;
  while (count < 12 && waiting[count]?.seed === seed && waiting[count].epochs === epochs && waiting[count].way === way) count++;
  const batch = waiting.splice(0, count);
  const byName = pruningCriteria({ calibration, seed });
  const jobs = batch.map(({ criterion, sparsity }) => ({ model: dense.get(seed)!, criterion: byName[criterion], sparsity }));
  const models = await pruneAndRetrain(jobs, trainX, trainY, {
    compile, epochs, rounds: ways[way as keyof typeof ways], batchSize: 64, seed,
    label: `seed ${seed}, ${epochs} epochs, ${way}`,
  });
  for (const [i, params] of batch.entries()) {
    const { accuracy } = await evaluate(models[i], testX, testY);
    await study.add(params, { accuracy: accuracy!, pruned: 1 - weightsOf(models[i]) / weightsOf(dense.get(seed)!) });
    models[i].dispose();
  }
  done += batch.length;
  console.log(`${done} of ${all.length} trials`);
}

const file = join(root, "results", "study-pruning.json");
const { trials } = study;
await saveStudy(file, { study: "pruning.mts", codeHash, trials });
console.log(file);
