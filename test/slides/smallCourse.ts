import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { codeHash } from "../../lib/results/codeHash.js";

/** A checkout with one notebook, its results and a theme. */
export class SmallCourse {
  readonly folder: string;

  constructor(t: TestContext) {
    this.folder = mkdtempSync(join(tmpdir(), "päth with späces "));
    t.after(() => rmSync(this.folder, { recursive: true }));
    const cells = [
      { cell_type: "code", source: ["train();"] },
      { cell_type: "markdown", source: ["Prose"] },
    ];
    const runs = [
      { seed: 1, metrics: { "float.accuracy": 0.9, "qap.accuracy": 0.89, "float.bytes": 1000, "qap.bytes": 100 } },
      { seed: 2, metrics: { "float.accuracy": 0.92, "qap.accuracy": 0.9, "float.bytes": 1000, "qap.bytes": 500 } },
    ];
    const results = { notebook: "09-demo.ipynb", codeHash: codeHash({ cells }), runs, figures: ["curve", "lost"] };
    this.write("notebooks/09-demo.ipynb", JSON.stringify({ cells }));
    this.write("results/09-demo.json", JSON.stringify(results));
    this.write("results/09-demo/curve.svg", "<svg>curve</svg>");
    this.write("slides/theme.css", "/* @theme course */ section { color: black; }");
    this.write("slides/drawings/tree.svg", "<svg>tree</svg>");
  }

  /** Writes a file and gives its path. */
  write(name: string, text: string): string {
    const file = join(this.folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  /** Writes a deck whose slides have these texts, with a note each unless they bring one, and gives its path. */
  deck(...slides: string[]): string {
    const withNotes = slides.map((slide) => (slide.includes("<!--") ? slide : `${slide}\n\n<!-- 1 min. Say it. -->`));
    return this.write("slides/09-demo.md", `---\ntheme: course\n---\n\n${withNotes.join("\n\n---\n\n")}\n`);
  }
}
