import { memoryOf, resetPeak } from "./memory.mjs";
import { summarize } from "./statistic.mjs";

const model = "784-64-32-10 plain";
const batch = 64;
const epoch = 937; // steps

/**
 * How long it takes from starting a program to its first trained step, and how much memory training takes:
 * 784-64-32-10 on MNIST at batch 64, in a process of its own that does nothing else.
 *
 * @param {() => Promise<import("./program.mjs").Program>} start
 * @param {string} folder of MNIST
 * @param {number} times how often; the time is the median, the memory that of the last
 * @returns {Promise<{startMs: number, loadedMB: number | null, peakMB: number | null, trainingMB: number | null} |
 *   {missing: string}>} `loadedMB`: with the data loaded; `peakMB`: the highest during one epoch; `trainingMB`:
 *   the difference. Memory is null where it cannot be read
 */
export async function measureStart(start, folder, times) {
  const request = { data: "MNIST", folder };
  const durations = [];
  let memory;
  for (let i = 0; i < times; i++) {
    const began = performance.now();
    const program = await start();
    await program.ask(request);
    const loaded = program.missing === undefined ? memoryOf(program.pid) : null;
    if (loaded !== null) resetPeak(program.pid);
    const { missing } = await program.ask({ ...request, model, batch, steps: 1 });
    durations.push([performance.now() - began]);
    if (missing === undefined && i === times - 1) {
      await program.ask({ ...request, model, batch, steps: epoch });
      const trained = memoryOf(program.pid);
      memory =
        loaded === null || trained === null
          ? { loadedMB: null, peakMB: null, trainingMB: null }
          : { loadedMB: loaded.now, peakMB: trained.peak, trainingMB: trained.peak - loaded.now };
    }
    await program.end();
    if (missing !== undefined) return { missing };
  }
  return { startMs: summarize(durations).ms, ...memory };
}
