import { createRandom } from "tfjs-compression/dist/data/random.js";
import { loadFashionMnist } from "tfjs-compression/dist/data/loadFashionMnist.js";
import { loadMnist } from "tfjs-compression/dist/data/loadMnist.js";
import { scalePixels } from "tfjs-compression/dist/data/scalePixels.js";
import { selectClasses } from "tfjs-compression/dist/data/selectClasses.js";
import { toCategorical } from "tfjs-compression/dist/data/toCategorical.js";

let key;
let samples;

/**
 * The samples that models are trained on; only the last set asked for is kept.
 *
 * @param {{model?: string, data: string, folder: string | null}} request a model with two outputs tells 1 from 9
 * @returns {Promise<{x: {values: Float32Array, shape: number[]}, y: {values: Float32Array, shape: number[]}}>} x [n, 784]
 *   from 0 to 1, y [n, classes] one-hot, classes as the model's last size says
 */
export async function load({ model = "10 plain", data, folder }) {
  const classes = Number(model.split(" ")[0].split("-").at(-1));
  const wanted = JSON.stringify([data, folder, classes]);
  if (wanted !== key) {
    key = samples = undefined; // make room first
    samples = data === "random" ? draw(classes) : await read(data, folder, classes);
    key = wanted;
  }
  return samples;
}

function draw(classes) {
  const random = createRandom(0);
  const values = Float32Array.from({ length: 60_000 * 784 }, () => random.uniform());
  const labels = Uint8Array.from({ length: 60_000 }, () => random.integer(classes));
  return { x: { values, shape: [60_000, 784] }, y: toCategorical(labels, classes) };
}

async function read(data, folder, classes) {
  const loadSet = data === "MNIST" ? loadMnist : loadFashionMnist;
  let { train } = await loadSet({ folder, download: false });
  if (classes === 2) train = selectClasses(train, [1, 9]);
  return { x: scalePixels(train.images), y: toCategorical(train.labels, classes) };
}

/** The first rows of a matrix, without copying. */
export function firstRows({ values, shape: [, columns] }, rows) {
  return { values: values.subarray(0, rows * columns), shape: [rows, columns] };
}
