import { display } from "../notebook/display.js";

/** Rows as objects, or columns and values as a danfo.js DataFrame has them. */
export type TableData =
  readonly object[] | { readonly columns: readonly string[]; readonly values: readonly unknown[] };

/** How the values of a column are written. */
export interface ColumnFormat {
  /** Its heading. Default: the column's name. */
  title?: string;
  /** `"percent"` writes 0.985 as 98.5 %, `"bytes"` writes 1536 as 1.5 KiB; a function writes what it likes. */
  format?: "number" | "percent" | "bytes" | ((value: unknown) => string);
  /** Digits after the point. Default: as many as the column needs, up to 4; 1 for percent. */
  digits?: number;
  /** Default: numbers to the right, the rest to the left. */
  align?: "left" | "right" | "center";
}

/** How a table is shown. */
export interface TableOptions {
  /** Text above the table. */
  caption?: string;
  /** By column name; a column that is not named is shown as it is. */
  columns?: { readonly [column: string]: ColumnFormat };
  /** Rows shown; of the rest only the number is said. Default: 30. */
  maxRows?: number;
}

interface Cells {
  titles: string[];
  aligns: ("left" | "right" | "center")[];
  rows: string[][];
  /** Rows that are not shown. */
  hidden: number;
}

/**
 * Shows a table: HTML in JupyterLab, in light and dark theme; aligned text in a terminal.
 *
 * @param data rows with the same keys, or a DataFrame.
 * @throws {TypeError} if the data is neither.
 * @throws {RangeError} if `columns` names a column that is not there.
 * @example
 * ```ts
 * table([{ model: "float", accuracy: 0.9935 }], { columns: { accuracy: { format: "percent", digits: 2 } } });
 * ```
 */
export function table(data: TableData, options: TableOptions = {}): void {
  const cells = format(data, options);
  const { caption = "" } = options;
  display({
    "text/html": toHtml(cells, caption),
    "text/markdown": toMarkdown(cells, caption),
    "text/plain": toText(cells, caption),
  });
}

function format(data: TableData, { columns = {}, maxRows = 30 }: TableOptions): Cells {
  const { names, values } = read(data);
  const unknown = Object.keys(columns).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(
      `Expected a column of the table (${names.join(", ")}) but found ${JSON.stringify(unknown)}`,
    );
  }
  const shown = values.slice(0, maxRows);
  const writers = names.map((name, at) =>
    writerOf(
      columns[name] ?? {},
      shown.map((row) => row[at]),
    ),
  );
  return {
    titles: names.map((name) => columns[name]?.title ?? name),
    aligns: names.map(
      (name, at) => columns[name]?.align ?? (shown.every((row) => isNumeric(row[at])) ? "right" : "left"),
    ),
    rows: shown.map((row) => row.map((value, at) => writers[at](value))),
    hidden: values.length - shown.length,
  };
}

function read(data: TableData): { names: string[]; values: unknown[][] } {
  if ("columns" in data && "values" in data) {
    const names = [...data.columns];
    // A DataFrame of one column may hold plain values instead of rows.
    return { names, values: data.values.map((row) => (Array.isArray(row) ? (row as unknown[]) : [row])) };
  }
  if (!Array.isArray(data))
    throw new TypeError(`Expected an array of rows or a DataFrame but found ${typeof data}`);
  const rows = data as readonly { readonly [column: string]: unknown }[];
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return { names, values: rows.map((row) => names.map((name) => row[name])) };
}

function isNumeric(value: unknown): boolean {
  return typeof value === "number" || typeof value === "bigint" || value === null || value === undefined;
}

function writerOf({ format, digits }: ColumnFormat, values: readonly unknown[]): (value: unknown) => string {
  if (typeof format === "function") return format;
  const numbers = values.filter(
    (value): value is number => typeof value === "number" && Number.isFinite(value),
  );
  const needed =
    digits ?? (format === "percent" ? 1 : format === "bytes" ? undefined : digitsNeeded(numbers));
  return (value) => {
    if (value === null || value === undefined) return "–";
    if (typeof value !== "number")
      return typeof value === "object" ? JSON.stringify(value) : String(value as string);
    if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
    if (format === "percent") return `${fixed(value * 100, needed!)} %`;
    if (format === "bytes") return bytes(value, needed);
    if (value !== 0 && Math.abs(value) < 10 ** -needed! / 2) return value.toExponential(2);
    return fixed(value, needed!);
  };
}

// One number of digits for the whole column, so that the points stand below each other.
function digitsNeeded(numbers: readonly number[]): number {
  for (let digits = 0; digits < 4; digits++) {
    if (numbers.every((value) => Math.abs(value - Number(value.toFixed(digits))) < 1e-9)) return digits;
  }
  return 4;
}

function fixed(value: number, digits: number): string {
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function bytes(value: number, digits: number | undefined): string {
  if (Math.abs(value) < 1024) return `${fixed(value, 0)} B`;
  const [size, unit] = Math.abs(value) < 1024 ** 2 ? [value / 1024, "KiB"] : [value / 1024 ** 2, "MiB"];
  return `${fixed(size, digits ?? 1)} ${unit}`;
}

function toHtml({ titles, aligns, rows, hidden }: Cells, caption: string): string {
  const cell = (tag: string, text: string, at: number): string =>
    `<${tag} style="text-align: ${aligns[at]}">${escapeHtml(text)}</${tag}>`;
  return [
    "<table>",
    caption === "" ? "" : `<caption style="text-align: left">${escapeHtml(caption)}</caption>`,
    `<thead><tr>${titles.map((title, at) => cell("th", title, at)).join("")}</tr></thead>`,
    "<tbody>",
    ...rows.map((row) => `<tr>${row.map((text, at) => cell("td", text, at)).join("")}</tr>`),
    "</tbody>",
    "</table>",
    hidden === 0 ? "" : `<p>${escapeHtml(moreRows(hidden))}</p>`,
  ]
    .filter((line) => line !== "")
    .join("\n");
}

function toMarkdown({ titles, aligns, rows, hidden }: Cells, caption: string): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const escape = (text: string): string => escapeHtml(text).replaceAll("|", "\\|").replace(/\s+/g, " ");
  const rules = { left: ":--", right: "--:", center: ":-:" };
  return [
    ...(caption === "" ? [] : [escape(caption), ""]),
    line(titles.map(escape)),
    line(aligns.map((align) => rules[align])),
    ...rows.map((row) => line(row.map(escape))),
    ...(hidden === 0 ? [] : ["", moreRows(hidden)]),
  ].join("\n");
}

function toText({ titles, aligns, rows, hidden }: Cells, caption: string): string {
  const widths = titles.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at].length)));
  const pad = (text: string, at: number): string => {
    if (aligns[at] === "right") return text.padStart(widths[at]);
    if (aligns[at] === "center") return text.padStart((widths[at] + text.length) >> 1).padEnd(widths[at]);
    return text.padEnd(widths[at]);
  };
  return [
    ...(caption === "" ? [] : [caption]),
    titles.map(pad).join("  "),
    widths.map((width) => "-".repeat(width)).join("  "),
    ...rows.map((row) => row.map(pad).join("  ")),
    ...(hidden === 0 ? [] : [moreRows(hidden)]),
  ]
    .map((line) => line.trimEnd())
    .join("\n");
}

function moreRows(count: number): string {
  return `… and ${count.toLocaleString("en-US")} more ${count === 1 ? "row" : "rows"}`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
