// The decks as npm run slides builds them: a student's browser without a network, and what is in the PDF.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { inflateSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { slidesModule } from "../slides/modules.js";
import { launchBrowser, openStudent } from "./browser.js";
import { overflows } from "./overflows.js";

const root = resolve(__dirname, "../..");
const built = join(root, "build", "slides");
const decks = readdirSync(join(root, "slides"))
  .filter((name) => /^\d\d-.*\.md$/.test(name))
  .map((name) => name.replace(/\.md$/, ""));

let browser: Browser;
before(async () => {
  await promisify(execFile)(process.execPath, [join(root, "scripts", "slides.mjs")]);
  browser = await launchBrowser();
});
after(() => browser?.close());

/** How often a pattern stands in a PDF, its packed parts included. */
function countInPdf(pdf: Buffer, pattern: RegExp): number {
  let text = pdf.toString("latin1");
  for (const { index, 0: start } of text.matchAll(/stream\r?\n/g)) {
    try {
      text += inflateSync(pdf.subarray(index + start.length)).toString("latin1");
    } catch {
      // A picture, or the word of an "endstream".
    }
  }
  return [...text.matchAll(pattern)].length;
}

for (const deck of decks) {
  describe(`the deck ${deck}`, () => {
    it("shows each slide without a network, with its pictures, and nothing runs over its edge", async () => {
      const { context, outside } = await openStudent(browser, { offline: true });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on("pageerror", ({ message }) => complaints.push(message));
      await page.goto(pathToFileURL(join(built, `${deck}.html`)).href);
      const count = await page.locator("svg[data-marpit-svg]").count();
      assert.ok(count > 1);
      for (let slide = 2; slide <= count; slide++) {
        await page.keyboard.press("ArrowRight");
        await page.waitForURL((url) => url.hash === `#${slide}`);
      }
      const pictures = page.locator("section img");
      const widths = await pictures.evaluateAll((images) => images.map((image) => (image as HTMLImageElement).naturalWidth));
      assert.ok(widths.every((width) => width > 0), `widths of the pictures: ${widths.join()}`);
      assert.deepEqual(await overflows(page), []);
      assert.deepEqual(complaints, []);
      assert.deepEqual(outside, []);
      await context.close();
    });

    it("is a PDF with a page and a note for each slide", () => {
      const html = readFileSync(join(built, `${deck}.html`), "utf8");
      const slides = [...html.matchAll(/<svg data-marpit-svg/g)].length;
      const pdf = readFileSync(join(built, `${deck}.pdf`));
      assert.equal(countInPdf(pdf, /\/Type ?\/Page\b/g), slides);
      assert.equal(countInPdf(pdf, /\/Subtype ?\/Text\b/g), slides);
    });
  });
}

it("a slide that is too full, too wide or has too large a picture would be found", async () => {
  const { createMarp } = (await import(slidesModule("createMarp.mjs"))) as {
    createMarp: (course: string) => { render(markdown: string): { html: string; css: string } };
  };
  const lines = Array.from({ length: 20 }, (_, i) => `- line ${i}`).join("\n");
  const slides = [
    "# Fine",
    `# Long\n\n${lines}`,
    `# Wide\n\n${"w".repeat(200)}`,
    "![h:900](drawings/energy.svg)",
    "# Fine\n\n<!-- _footer: A source -->",
  ];
  const { html, css } = createMarp(root).render(slides.join("\n\n---\n\n"));
  const { context } = await openStudent(browser, { offline: true });
  const page = await context.newPage();
  await page.setContent(`<style>${css}</style>${html}`);
  const found = new Set((await overflows(page)).map((line) => /slide (\d)/.exec(line)![1]));
  assert.deepEqual([...found], ["2", "3", "4"]);
  await context.close();
});
