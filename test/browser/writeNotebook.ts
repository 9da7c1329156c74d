import { writeFileSync } from "node:fs";

/** Writes a notebook without outputs. A string is a code cell. */
export function writeNotebook(path: string, cells: readonly (string | { markdown: string })[]): void {
  const notebook = {
    cells: cells.map((cell, index) => ({
      id: `cell-${index}`,
      metadata: {},
      ...(typeof cell === "string"
        ? { cell_type: "code", execution_count: null, outputs: [], source: cell }
        : { cell_type: "markdown", source: cell.markdown }),
    })),
    metadata: {
      kernelspec: { display_name: "TypeScript", language: "typescript", name: "typescript" },
      language_info: { name: "typescript" },
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
  writeFileSync(path, JSON.stringify(notebook, null, 1));
}
