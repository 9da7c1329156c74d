import { shortfalls, unmeasured } from "./result.mjs";
import { nameOf, rivals } from "./rows.mjs";

const widths = [23, 14, 5, 13, ...rivals.map(() => 21)];
const line = (cells) => cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("").trimEnd();

/** The heads of the columns. */
export function tableHead() {
  return line(["model", "data", "batch", "ours, ms", ...rivals.map((name) => `${name}, ms`)]);
}

/**
 * A row of the table: ms a step with half the rounds' range in percent, for each rival the ratio and its bar.
 *
 * @param {import("./result.mjs").Result} result
 */
export function tableRow(result) {
  const { model, data, batch, ours, rivals: times, ratios, required, spread } = result;
  const time = (name, ms) => {
    if (ms === null) return "-";
    const [low, high] = spread[name];
    return `${ms.toPrecision(3)}±${Math.round((50 * (high - low)) / ms)}%`;
  };
  const below = new Set(shortfalls(result).map(({ rival }) => rival));
  const cells = rivals.map((name) => {
    const ratio = ratios[name] === undefined ? "" : ` ${ratios[name].toFixed(2)}x`;
    const isOpen = required[name] === undefined || (ratios[name] === undefined && !below.has(name));
    const bar = isOpen ? "" : `${below.has(name) ? "<" : "≥"}${required[name]}`;
    return `${time(name, times[name])}${ratio}${bar}`;
  });
  return line([model, data, String(batch), time("ours", ours), ...cells]);
}

/**
 * What stands below the table: for what there is no number, and why, each reason once.
 *
 * @param {import("./result.mjs").Result[]} results
 * @returns {string[]}
 */
export function missingLines(results) {
  const reasons = new Map();
  for (const { model, missing } of results) {
    for (const [name, reason] of Object.entries(missing)) {
      const key = `${name}: ${reason}`;
      reasons.set(key, (reasons.get(key) ?? new Set()).add(model));
    }
  }
  const all = new Set(results.map(({ model }) => model)).size;
  const where = (models) => (models.size === all ? "" : ` (${[...models].join(", ")})`);
  return [...reasons].map(([key, models]) => `no number: ${key}${where(models)}`);
}

/**
 * One line for each bar that is not reached.
 *
 * @param {import("./result.mjs").Result[]} results
 * @returns {string[]}
 */
export function shortfallLines(results) {
  return results.flatMap((result) =>
    shortfalls(result).map(({ rival, required, ratio }) => {
      const found = ratio === null ? "ours was not measured" : `it is ${ratio.toFixed(2)}`;
      return `below the bar: ${nameOf(result)}: ${rival} / ours has to be ${required}, ${found}`;
    }),
  );
}

/**
 * One line for each rival whose bars are not measured.
 *
 * @param {import("./result.mjs").Result[]} results
 * @returns {string[]}
 */
export function unmeasuredLines(results) {
  const rows = new Map();
  for (const result of results) {
    for (const { rival } of unmeasured(result)) rows.set(rival, (rows.get(rival) ?? 0) + 1);
  }
  return [...rows].map(([rival, count]) => `not measured: the bars beside ${rival} (${count} of the rows)`);
}

/**
 * One line for each rival that is faster, and why these are, each reason once.
 *
 * @param {import("./result.mjs").Result[]} results
 * @param {{ours: number, torch: number | null}} product GFLOP/s of a dense product on one thread
 * @returns {string[]}
 */
export function slowerLines(results, product) {
  const faster = ({ ratios }) => Object.entries(ratios).filter(([, ratio]) => ratio < 1);
  const slow = results.filter((result) => faster(result).length > 0);
  if (slow.length === 0) return [];
  const lines = slow.flatMap((result) =>
    faster(result).map(([rival, ratio]) => `faster than ours: ${rival}, ${nameOf(result)}: ${ratio.toFixed(2)}`),
  );
  const listed = (values) => [...new Set(values)].join(", ");
  const large = listed(slow.map(({ batch }) => batch).filter((batch) => batch > 64));
  if (large !== "") {
    lines.push(
      `At batch ${large} what a rival's step costs beside its products, much of its time at batch 64, is shared by more` +
        ` samples, and a whole batch makes products large enough for all cores, which Keras and tfjs-node use.`,
    );
  }
  const dense = listed(slow.map(({ data }) => data).filter((data) => data !== "MNIST"));
  if (dense !== "") lines.push(`On ${dense} fewer inputs are zero than on MNIST, whose zeros our first layer skips.`);
  const theirs = product.torch === null ? "" : `, with PyTorch's ${product.torch.toFixed(0)}`;
  return [
    ...lines,
    `Products of large layers decide all these rows. Where no input is zero, one thread makes` +
      ` ${product.ours.toFixed(0)} GFLOP/s with WebAssembly's 128-bit SIMD${theirs}; native code has wider registers and` +
      ` fused multiply-add, whose other rounding would make results depend on the processor.`,
  ];
}

/**
 * The table of start-up times and memory.
 *
 * @param {Record<string, {startMs: number, loadedMB: number | null, peakMB: number | null, trainingMB: number | null} |
 *   {missing: string}>} starts by program
 * @returns {string[]}
 */
export function startTable(starts) {
  const row = ([first, ...rest]) => first.padEnd(12) + rest.map((cell) => cell.padStart(26)).join("");
  const megabytes = (value) => (value === null ? "-" : `${Math.round(value)} MB`);
  return [
    row(["", "start to first step", "memory with data loaded", "peak while training", "training on top"]),
    ...Object.entries(starts).map(([name, { missing, startMs, loadedMB, peakMB, trainingMB }]) =>
      missing === undefined
        ? row([name, `${(startMs / 1000).toFixed(2)} s`, ...[loadedMB, peakMB, trainingMB].map(megabytes)])
        : `${name.padEnd(12)}not measured: ${missing}`,
    ),
  ];
}
