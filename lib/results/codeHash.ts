import { createHash } from "node:crypto";

/** The part of a notebook file that matters here. */
export interface NotebookFile {
  cells: { cell_type: string; source: string | string[] }[];
}

/**
 * sha256 of a notebook's code cells, so that results can be told to belong to them. Prose and outputs
 * do not count.
 *
 * @param notebook Parsed .ipynb.
 */
export function codeHash(notebook: NotebookFile): string {
  const sources = notebook.cells
    .filter((cell) => cell.cell_type === "code")
    .map(({ source }) => (Array.isArray(source) ? source.join("") : source));
  return createHash("sha256").update(JSON.stringify(sources)).digest("hex");
}
