import { createInterface } from "node:readline";
import { load } from "./data.mjs";

/** A program has no such model; the message says why. */
export class Missing extends Error {}

/** Writes one line of JSON. */
export function say(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

/**
 * The measured side of the protocol that bench/program.mjs tells of: answers requests until the input ends.
 *
 * @param {Record<string, string>} about what to tell of oneself: versions and, under "runs", on what
 * @param {(sizes: number[], variant: string, x: object, y: object, batch: number) =>
 *   (rows: number, epochs: number) => Promise<number>} build called for each new model, with `sizes` such as
 *   [784, 64, 32, 10] and a variant such as "QAT"; what it returns trains on the first `rows` samples, goes
 *   on where the last call ended and gives the last epoch's accuracy
 */
export async function serve(about, build) {
  say(about);
  let current;
  let fit;
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      const request = JSON.parse(line);
      const { model, data, batch, steps } = request;
      const { x, y } = await load(request);
      if (model === undefined) {
        say({});
        continue;
      }
      const row = JSON.stringify([model, data, batch]);
      if (row !== current) {
        current = undefined;
        const [sizes, variant] = model.split(" ");
        fit = build(sizes.split("-").map(Number), variant, x, y, batch);
        current = row;
      }
      // Whole epochs of whole batches, or one epoch on fewer samples.
      const epoch = Math.min(steps, Math.floor(x.shape[0] / batch));
      const epochs = Math.max(1, Math.round(steps / epoch));
      const start = performance.now();
      const accuracy = await fit(epoch * batch, epochs);
      say({ ms_per_step: (performance.now() - start) / (epoch * epochs), steps: epoch * epochs, accuracy });
    } catch (error) {
      if (!(error instanceof Missing)) console.error(error);
      say(error instanceof Missing ? { missing: error.message } : { error: String(error) });
    }
  }
}
