import { rivals } from "./rows.mjs";

/**
 * What `--json` writes of a row.
 *
 * @param {{model: string, data: string, batch: number, required: Record<string, number>}} row
 * @param {Map<string, {ms: number, low: number, high: number, accuracy: number} | {missing: string}>} measured of
 *   "ours" and each rival
 * @returns {Result}
 *
 * @typedef {object} Result
 * @property {string} model its sizes and how it is trained
 * @property {string} data
 * @property {number} batch samples a step
 * @property {number | null} ours ms a step, null when missing
 * @property {Record<string, number | null>} rivals ms a step of each, null when missing
 * @property {Record<string, number>} ratios ms of the rival / ms of ours, where both are there
 * @property {Record<string, number>} required by how much a rival has to be slower, at least
 * @property {Record<string, [number, number]>} spread lowest and highest of the rounds, in ms
 * @property {Record<string, number>} accuracy of the last epoch trained, as a sign that it learns
 * @property {Record<string, string>} missing why there is no number
 */
export function toResult({ model, data, batch, required }, measured) {
  const names = ["ours", ...rivals];
  const there = names.filter((name) => measured.get(name)?.ms !== undefined);
  const of = (list, value) => Object.fromEntries(list.map((name) => [name, value(measured.get(name), name)]));
  const ours = measured.get("ours")?.ms ?? null;
  const absent = names.filter((name) => !there.includes(name));
  return {
    model,
    data,
    batch,
    ours,
    rivals: of(rivals, (found) => found?.ms ?? null),
    ratios: ours === null ? {} : of(there.slice(1), ({ ms }) => ms / ours),
    required,
    spread: of(there, ({ low, high }) => [low, high]),
    accuracy: of(there, ({ accuracy }) => accuracy),
    missing: of(absent, (found) => found?.missing ?? "not measured"),
  };
}

/**
 * Where a row is below its bars. A row without a number of ours reaches none; a bar whose rival was not measured is
 * neither reached nor missed, see `unmeasured`.
 *
 * @param {Result} result
 * @returns {{rival: string, required: number, ratio: number | null}[]}
 */
export function shortfalls({ ours, required, ratios }) {
  return Object.entries(required)
    .map(([rival, least]) => ({ rival, required: least, ratio: ratios[rival] ?? null }))
    .filter(({ ratio, required: least }) => (ratio === null ? ours === null : ratio < least));
}

/**
 * The bars of a row of which nothing is known, as their rival was not measured.
 *
 * @param {Result} result
 * @returns {{rival: string, required: number}[]}
 */
export function unmeasured({ ours, required, ratios }) {
  if (ours === null) return [];
  const open = Object.entries(required).filter(([rival]) => ratios[rival] === undefined);
  return open.map(([rival, least]) => ({ rival, required: least }));
}
