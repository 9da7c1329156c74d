import type { Figure } from "./figure.js";

const DIGITS = 6;

/**
 * Copies a figure into plain JSON: typed arrays become arrays, the data's numbers are rounded to six
 * significant digits, NaN and infinities become null (Plotly leaves a gap there).
 *
 * @param figure any Plotly figure; it is not changed.
 * @returns a copy that survives `JSON.stringify` unchanged.
 * @throws {TypeError} if the figure holds something JSON has no form for.
 */
export function compactFigure(figure: Figure): Figure {
  const compact: Figure = {
    data: plain(figure.data, true, "data") as Figure["data"],
    layout: plain(figure.layout, false, "layout") as Figure["layout"],
  };
  if (figure.config !== undefined) compact.config = plain(figure.config, false, "config") as Figure["config"];
  return compact;
}

function plain(value: unknown, round: boolean, path: string): unknown {
  if (typeof value === "number") return plainNumber(value, round);
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const numbers = value as unknown as ArrayLike<number | bigint>;
    return Array.from(numbers, (number) => plainNumber(Number(number), true));
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => (item === undefined ? null : plain(item, round, `${path}[${index}]`)));
  }
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object") {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(entries.map(([key, item]) => [key, plain(item, round, `${path}.${key}`)]));
  }
  throw new TypeError(`Expected figure.${path} to be plain data but found a ${typeof value}`);
}

function plainNumber(value: number, round: boolean): number | null {
  if (!Number.isFinite(value)) return null;
  return round && !Number.isInteger(value) ? Number(value.toPrecision(DIGITS)) : value;
}
