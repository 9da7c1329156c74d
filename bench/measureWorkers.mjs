import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/**
 * Times the same trainings with one worker and with two, the best of three rounds each.
 *
 * @param {string} folder where MNIST is
 * @returns {Promise<{trainings: number, seconds: Record<string, number>, speedup: number}>}
 */
export async function measureWorkers(folder) {
  const program = join(import.meta.dirname, "node", "workers.mjs");
  const { stdout } = await promisify(execFile)(process.execPath, [program, folder, "1", "2"]);
  const { trainings, seconds } = JSON.parse(stdout.trim().split("\n").at(-1));
  return { trainings, seconds, speedup: seconds[1] / seconds[2] };
}
