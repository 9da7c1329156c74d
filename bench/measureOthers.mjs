import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { venvPython } from "./place.mjs";

const here = import.meta.dirname;

/** What a program of this folder says in its last line. */
async function answerOf(command, ...args) {
  const { stdout } = await promisify(execFile)(command, args);
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

/** Two workers have to be at least this many times as fast as one. */
export const leastSpeedup = 1.8;

/**
 * Times the same trainings with one worker and with two, the best of three rounds each.
 *
 * @param {string} folder where MNIST is
 * @returns {Promise<{trainings: number, seconds: Record<string, number>, speedup: number}>}
 */
export async function measureWorkers(folder) {
  const { trainings, seconds } = await answerOf(process.execPath, join(here, "node", "workers.mjs"), folder, "1", "2");
  return { trainings, seconds, speedup: seconds[1] / seconds[2] };
}

/**
 * Times `evaluate` of 784-64-32-10 on MNIST's test images, the median of several.
 *
 * @param {string} folder where MNIST is
 * @returns {Promise<{images: number, ms: number}>}
 */
export async function measureEvaluation(folder) {
  return answerOf(process.execPath, join(here, "node", "evaluation.mjs"), folder);
}

/**
 * Speed of a product [64, 784] · [784, 256] without zeros, the first layer of the large network, on one thread: what
 * nobody can be faster than where no input is zero.
 *
 * @returns {Promise<{ours: number, torch: number | null}>} 10⁹ multiplications and additions a second
 */
export async function measureProduct() {
  const { gflops: ours } = await answerOf(process.execPath, join(here, "node", "product.mjs"));
  if (!existsSync(venvPython)) return { ours, torch: null };
  return { ours, torch: (await answerOf(venvPython, join(here, "python", "product.py"))).gflops };
}
