import { summarize } from "./statistic.mjs";

const fewest = 10; // steps of a fit
const most = 15_000; // so that six of them lie within the pruning schedule of 100,000 steps

/**
 * Measures one row: the programs warm up, then train in turn, only one at a time, for several rounds. Each fit
 * takes about as long, whoever trains, so that what a fit costs before its first step weighs the same.
 *
 * @param {Map<string, import("./program.mjs").Program>} programs
 * @param {{model: string, data: string, folder: string | null, batch: number}} request
 * @param {{rounds: number, blocks: number, seconds: number}} effort `blocks`: fits a round; `seconds`: a fit
 * @param {(text: string) => void} [onProgress]
 * @returns {Promise<Map<string, {ms: number, low: number, high: number, accuracy: number} | {missing: string}>>}
 */
export async function measureRow(programs, request, { rounds, blocks, seconds }, onProgress = () => {}) {
  const fastest = new Map();
  const times = new Map();
  const accuracy = new Map();
  const missing = new Map();

  async function fit(name, share) {
    // A short fit is mostly what it costs before its first step: the fastest so far says how many fill the time.
    const steps = Math.round((1000 * seconds * share) / (fastest.get(name) ?? Infinity));
    const answer = await programs.get(name).ask({ ...request, steps: Math.min(most, Math.max(fewest, steps)) });
    if (answer.missing === undefined) {
      accuracy.set(name, answer.accuracy);
      fastest.set(name, Math.min(answer.ms_per_step, fastest.get(name) ?? Infinity));
    } else missing.set(name, answer);
    return answer.ms_per_step;
  }

  for (const name of programs.keys()) {
    onProgress(`${name} warms up`);
    times.set(name, []);
    // The first compiles.
    for (const share of [0, 0, 0.25]) if (!missing.has(name)) await fit(name, share);
  }
  for (let round = 1; round <= rounds; round++) {
    for (const name of programs.keys()) {
      const block = [];
      for (let i = 0; i < blocks && !missing.has(name); i++) {
        onProgress(`${name}, round ${round} of ${rounds}`);
        block.push(await fit(name, 1));
      }
      times.get(name).push(block);
    }
  }
  return new Map(
    [...programs.keys()].map((name) => [
      name,
      missing.get(name) ?? { ...summarize(times.get(name)), accuracy: accuracy.get(name) },
    ]),
  );
}
