/** How a slide writes a number: what it is multiplied by, digits behind the point, and what follows it. */
const formats = {
  percent: { factor: 100, digits: 1, unit: "\u00a0%" },
  points: { factor: 100, digits: 1, unit: "\u00a0points" }, // a difference of two percentages
  bytes: { factor: 1, digits: 0, unit: "\u00a0bytes" },
  KiB: { factor: 1 / 1024, digits: 1, unit: "\u00a0KiB" },
  count: { factor: 1, digits: 0, unit: "" },
  ratio: { factor: 1, digits: 1, unit: "×" },
  microseconds: { factor: 1, digits: 1, unit: "\u00a0µs" },
};

/**
 * Writes the values that a metric had with several seeds: their mean, or from where to where they reach.
 *
 * @param {number[]} values one a seed, at least one
 * @param {string} format `NAME`, `NAME DIGITS` or either with ` range` behind it: "percent", "percent 2", "bytes range"
 * @returns {string} such as "99.3 %" or "99.25–99.39 %"
 * @throws {RangeError} when there is no such format
 */
export function formatNumber(values, format) {
  const [, name = "", digits, range] = /^(\w+)(?: (\d))?( range)?$/.exec(format) ?? [];
  if (!Object.hasOwn(formats, name)) {
    const known = Object.keys(formats).join(", ");
    throw new RangeError(`Expected a format (${known}), with digits or "range" behind it, but found "${format}"`);
  }
  const { factor, unit } = formats[name];
  const fractionDigits = Number(digits ?? formats[name].digits);
  const write = (value) => {
    const written = (value * factor).toLocaleString("en-US", {
      minimumFractionDigits: fractionDigits,
      maximumFractionDigits: fractionDigits,
    });
    return written.replace(/^-(?=[0.,]*$)/, "").replace("-", "−"); // no minus before a zero
  };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const ends = [...new Set([write(Math.min(...values)), write(Math.max(...values))])];
  return (range ? ends.join("–") : write(mean)) + unit;
}
