// How much faster several trainings are side by side: one JSON line with the seconds by number of workers.
import * as tf from "@tensorflow/tfjs";
import compression from "tfjs-compression";
import { load } from "./data.mjs";

const { adam, fitAll, ready } = compression;
const trainings = 8;
const rounds = 3;
const [folder, ...workers] = process.argv.slice(2);

function build() {
  const layers = [64, 32, 10].map((units, i) =>
    tf.layers.dense({ units, activation: i === 2 ? "softmax" : "relu", ...(i === 0 && { inputShape: [784] }) }),
  );
  const model = tf.sequential({ layers });
  model.compile({ optimizer: adam(1e-3), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  return model;
}

await ready();
const { x, y } = await load({ data: "MNIST", folder });
const seconds = Object.fromEntries(workers.map((count) => [count, Infinity]));
for (let round = 0; round < rounds; round++) {
  for (const count of workers) {
    const jobs = Array.from({ length: trainings }, (_, seed) => ({ model: build(), x, y, options: { epochs: 3, batchSize: 64, seed } }));
    const started = performance.now();
    await fitAll(jobs, { workers: Number(count), verbose: 0 });
    seconds[count] = Math.min(seconds[count], (performance.now() - started) / 1000);
  }
}
console.log(JSON.stringify({ trainings, seconds }));
