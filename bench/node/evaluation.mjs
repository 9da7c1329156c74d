// How long evaluate takes for 10,000 images: one JSON line with the median of several, after the first two.
import * as tf from "@tensorflow/tfjs";
import compression from "tfjs-compression";
import { firstRows, load } from "./data.mjs";

const { evaluate, ready } = compression;
const images = 10_000;
const [folder] = process.argv.slice(2);

await ready();
const { x, y } = await load({ data: "MNIST", folder });
const layers = [64, 32, 10].map((units, i) =>
  tf.layers.dense({ units, activation: i === 2 ? "softmax" : "relu", ...(i === 0 && { inputShape: [784] }) }),
);
const model = tf.sequential({ layers });
model.compile({ optimizer: "adam", loss: "categoricalCrossentropy", metrics: ["accuracy"] });
const times = [];
for (let i = 0; i < 17; i++) {
  const started = performance.now();
  await evaluate(model, firstRows(x, images), firstRows(y, images));
  times.push(performance.now() - started);
}
const [middle] = times.slice(2).sort((a, b) => a - b).slice(7);
console.log(JSON.stringify({ images, ms: middle }));
