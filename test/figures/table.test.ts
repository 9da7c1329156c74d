import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { table, type TableData, type TableOptions } from "../../lib/figures/table.js";
import { inNotebook } from "./fakeKernel.js";

function shown(data: TableData, options?: TableOptions): { html: string; markdown: string; text: string } {
  const { outputs } = inNotebook(() => table(data, options));
  const { bundle } = outputs[0];
  return {
    html: bundle["text/html"] as string,
    markdown: bundle["text/markdown"] as string,
    text: bundle["text/plain"] as string,
  };
}

describe("table", () => {
  it("aligns numbers to the right, with the same digits in a column", () => {
    const { text, markdown } = shown([
      { model: "float", loss: 0.5, parameters: 4069 },
      { model: "QAP", loss: 12.25, parameters: 35 },
    ]);
    assert.equal(
      text,
      [
        "model   loss  parameters",
        "-----  -----  ----------",
        "float   0.50       4,069",
        "QAP    12.25          35",
      ].join("\n"),
    );
    assert.equal(markdown.split("\n")[1], "| :-- | --: | --: |");
  });

  it("writes percent, bytes and what a function says", () => {
    const { text } = shown([{ accuracy: 0.98765, file: 1536, note: 3 }], {
      columns: {
        accuracy: { format: "percent", digits: 2 },
        file: { title: "on disk", format: "bytes" },
        note: { format: (value) => `<${String(value)}>`, align: "left" },
      },
    });
    assert.equal(text.split("\n")[0], "accuracy  on disk  note");
    assert.equal(text.split("\n")[2], " 98.77 %  1.5 KiB  <3>");
  });

  it("lets no value or heading become markup", () => {
    const { html, markdown } = shown([{ "<i>": '<script>alert("x")</script>', b: "1 | 2" }], {
      caption: "a & b",
    });
    assert.ok(!/<(script|i)>/.test(html));
    assert.match(html, /&lt;script&gt;alert\(&quot;x&quot;\)&lt;\/script&gt;/);
    assert.match(html, /a &amp; b/);
    assert.match(markdown, /1 \\\| 2/);
    assert.ok(!markdown.includes("<script>"));
  });

  it("takes a DataFrame", () => {
    const { text } = shown({
      columns: ["a", "b"],
      values: [
        [1, "x"],
        [2, null],
      ],
    });
    assert.equal(text, ["a  b", "-  -", "1  x", "2  –"].join("\n"));
  });

  it("shows values that are missing or not finite, and numbers too small for their digits", () => {
    const { text } = shown([{ a: 1e-7 }, { a: 0.25 }, { a: Number.NaN }, { a: -Infinity }, {}]);
    assert.deepEqual(
      text
        .split("\n")
        .slice(2)
        .map((line) => line.trim()),
      ["1.00e-7", "0.2500", "–", "−∞", "–"],
    );
  });

  it("shows the first rows of many and says how many there are", () => {
    const rows = Array.from({ length: 1500 }, (_, index) => ({ index }));
    const { html, text } = shown(rows, { maxRows: 2 });
    assert.equal(html.match(/<tr>/g)?.length, 3);
    assert.equal(text.split("\n").at(-1), "… and 1,498 more rows");
  });

  it("refuses a format for a column that is not there", () => {
    assert.throws(() => table([{ a: 1 }], { columns: { b: {} } }), {
      name: "RangeError",
      message: 'Expected a column of the table (a) but found "b"',
    });
  });
});
