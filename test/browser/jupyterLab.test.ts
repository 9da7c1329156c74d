// The course in a real browser: what a student sees and does. Pictures of it are in build/browser.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Browser, Locator, Page } from "playwright-core";
import { type Student, launchBrowser, openStudent } from "./browser.js";
import { hover, pictureWidths, zoom } from "./figure.js";
import { JupyterLab, root } from "./jupyterLab.js";
import { NotebookPage } from "./notebookPage.js";
import { writeNotebook } from "./writeNotebook.js";

const pictures = join(root, "build", "browser");
mkdirSync(pictures, { recursive: true });
for (const name of readdirSync(pictures)) if (name.endsWith(".png")) rmSync(join(pictures, name));
const folder = mkdtempSync(join(pictures, "run-"));

const shown = [
  { markdown: "Half of the weights: $s = \\frac{1}{2}$" },
  `import { accuracyByEpoch, imageGrid, loadMnist, show, table, takeImages } from "tfjs-compression";

const { train } = await loadMnist();
const digits = takeImages(train, Array.from({ length: 10 }, (_, i) => i));
show(imageGrid(digits.images, { labels: digits.labels, title: "Ten digits" }));`,
  `const epoch = Array.from({ length: 40 }, (_, i) => i);
const accuracy = epoch.map((e) => 1 - 0.5 * 0.8 ** e);
show(accuracyByEpoch([{ name: "QAT", method: "quantized", history: { epoch, history: { accuracy } } }]));`,
  'table([{ model: "float", bytes: 16276 }, { model: "QAP", bytes: 4069 }], { caption: "Sizes" });',
];

const model = `import * as tf from "@tensorflow/tfjs";
import { accuracyByEpoch, fit, ready, show, table } from "tfjs-compression";

const backend = await ready();
console.log(\`kernel \${process.pid}\`);
const x = tf.tensor2d(Array.from({ length: 2048 }, (_, i) => Math.sin(i * i)), [1024, 2]);
const y = tf.oneHot(x.sum(1).greater(0).toInt(), 2).toFloat();
const model = tf.sequential({ name: "small", layers: [
  tf.layers.dense({ units: 8, activation: "relu", inputShape: [2] }),
  tf.layers.dense({ units: 2, activation: "softmax" }),
] });
model.compile({ optimizer: tf.train.adam(1e-3), loss: "categoricalCrossentropy", metrics: ["accuracy"] });`;

const live = [
  model,
  // So short epochs that the bar is often drawn at the end of one, where more is known.
  `const validationData: [tf.Tensor, tf.Tensor] = [x, y];
const history = await fit(model, x, y, { epochs: 2000, batchSize: 256, label: "training", validationData });`,
  'show(accuracyByEpoch([{ name: "small network", method: "baseline", history }]));',
  "table([{ backend, parameters: model.countParams() }]);",
];

const failing = [
  'let kept = 1;\nkept = 2;\nthrow new RangeError("no such digit");',
  '// How many?\nconst count: number = "three";',
  "console.log(`kept ${kept}`);",
];

const unawaited = [
  'void Promise.reject(new Error("nobody waits for this"));',
  'setTimeout(() => { throw new Error("the cell has long ended"); }, 500);\nconsole.log("started");',
  'console.log("goes on");',
];

const stopped = [
  model,
  `let steps = 0;
await fit(model, x, y, { epochs: 1_000_000, callbacks: { onBatchEnd: (step) => { steps = step; } } });`,
  `const before = steps;
await new Promise((done) => setTimeout(done, 500));
console.log(before > 0 && steps === before ? "it has stopped" : "it goes on");`,
  "while (true) {}",
  "console.log(`still ${before} steps`);",
];

let lab: JupyterLab;
let browser: Browser;
let student: Student;
/** The notebook `shown`, executed headlessly. */
let executed: Promise<{ notebook: string; html: string }>;
/** Processes that JupyterLab has started. */
const kernels: number[] = [];

/** Writes a notebook and gives its path. */
function write(name: string, cells: Parameters<typeof writeNotebook>[1]): string {
  const path = join(folder, `${name}.ipynb`);
  writeNotebook(path, cells);
  return path;
}

/** Runs a notebook as `npm run notebooks` does; gives the files that it writes. */
async function execute(path: string): Promise<{ notebook: string; html: string }> {
  const out = join(folder, "executed");
  const script = join(root, "scripts", "notebooks.mjs");
  await promisify(execFile)(process.execPath, [script, "--out", out, path]);
  const name = basename(path, ".ipynb");
  return { notebook: join(out, `${name}.ipynb`), html: join(out, `${name}.html`) };
}

/** Notes the kernel that a notebook has told. */
async function remember(notebook: NotebookPage): Promise<void> {
  kernels.push(Number(/kernel (\d+)/.exec(await notebook.text(0))![1]));
}

/** Kinds of the outputs of a notebook file's cells, which are all code. */
function outputTypes(file: string): string[][] {
  interface Cell {
    source: string | string[];
    outputs: { output_type: string }[];
  }
  const { cells } = JSON.parse(readFileSync(file, "utf8")) as { cells: Cell[] };
  // JupyterLab has added an empty cell for what is typed next.
  return cells
    .filter(({ source }) => source.length > 0)
    .map(({ outputs }) => outputs.map((output) => output.output_type));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Opens a notebook, alone, in JupyterLab. */
function open(path: string, workspace: string, options?: { kernel: boolean }): Promise<NotebookPage> {
  return NotebookPage.open(student.context, lab.addressOf(path, workspace), options);
}

let taken = 0;

/** Keeps what a page shows. */
async function picture(page: Page, name: string): Promise<void> {
  const number = String(++taken).padStart(2, "0");
  await page.screenshot({ path: join(pictures, `${number}-${name}.png`) });
}

/** Holds the two figures of `shown` to what one can see and do. */
async function expectFigures(digits: Locator, curve: Locator): Promise<void> {
  const widths = await pictureWidths(digits);
  assert.equal(widths.length, 10);
  assert.ok(
    widths.every((width) => width >= 28),
    widths.join(),
  );
  assert.match(await hover(curve), /epoch \d+: \d\d\.\d\d %/);
  const { before, after } = await zoom(curve);
  assert.notDeepEqual(after, before);
}

/** What is below a table's head. */
function rows(table: Locator): Promise<string[][]> {
  return table
    .locator("tbody tr")
    .evaluateAll((found) => found.map((row) => [...row.children].map((cell) => cell.textContent ?? "")));
}

const sizes = [
  ["float", "16,276"],
  ["QAP", "4,069"],
];

/** Opens a file where there is no network at all, and looks at its figures, table and formula. */
async function expectOffline(file: string, name: string): Promise<void> {
  const { context, outside } = await openStudent(browser, { offline: true });
  const page = await context.newPage();
  try {
    await page.goto(pathToFileURL(file).href);
    const figures = page.locator(".js-plotly-plot");
    await figures.nth(1).waitFor();
    await picture(page, `${name}-before-use`);
    await expectFigures(figures.nth(0), figures.nth(1));
    assert.equal(await figures.count(), 2);
    const prose = page.locator(".jp-MarkdownOutput");
    assert.equal(await prose.locator("p math mfrac").count(), 1, await prose.innerText());
    assert.deepEqual(await rows(page.locator("table")), sizes);
    assert.deepEqual(outside, []);
  } finally {
    await picture(page, name);
    await context.close();
  }
}

before(async () => {
  executed = execute(write("shown", shown));
  executed.catch(() => {}); // the tests that need it fail with it
  browser = await launchBrowser();
  student = await openStudent(browser);
  lab = await JupyterLab.start(join(folder, "state"));
});

afterEach(async (t) => {
  const name = (t as { name: string }).name.replace(/\W+/g, "-").slice(0, 60);
  for (const page of student?.context.pages() ?? []) {
    await picture(page, name);
    await page.close();
  }
});

after(async () => {
  await browser?.close();
  await lab?.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

describe("JupyterLab as npm start opens it", () => {
  test("shows the course's notebooks, offers TypeScript alone, and nothing pops up", async () => {
    const page = await student.context.newPage();
    await page.goto(lab.address.href);
    await page.locator(".jp-LauncherCard").first().waitFor();
    for (const category of ["Notebook", "Console"]) {
      const cards = page.locator(`.jp-LauncherCard[data-category="${category}"]`);
      assert.deepEqual(await cards.locator(".jp-LauncherCard-label").allInnerTexts(), ["TypeScript"]);
    }
    const notebooks = readdirSync(join(root, "notebooks")).filter((name) => name.endsWith(".ipynb"));
    for (const name of notebooks) await page.locator(".jp-DirListing-itemText", { hasText: name }).waitFor();
    // News, a build or an update would be offered about now.
    await page.waitForTimeout(3000);
    assert.deepEqual(await page.evaluate(() => window.popUps), []);
  });

  test("shows an executed notebook that it does not trust: pictures, living figures, tables", async () => {
    const notebook = await open((await executed).notebook, "untrusted", { kernel: false });
    await notebook.figures(2).waitFor();
    await picture(notebook.page, "untrusted-before-use");
    await expectFigures(notebook.figures(1), notebook.figures(2));
    await notebook.page.locator('#jp-main-statusbar [title*="not trusted: 0 of 3"]').waitFor();
    assert.deepEqual(await rows(notebook.cell(3).locator("table")), sizes);
    assert.equal(await notebook.cell(0).locator("mjx-container").count(), 1);
    assert.deepEqual(await notebook.popUps(), []);
  });

  test("runs all cells: a training shows one line that changes in place, then a figure and a table", async () => {
    const notebook = await open(write("live", live), "live");
    const states = await notebook.watch(1);
    await notebook.choose(["Run", "Run All Cells"]);
    await notebook.saying(1, /left · loss/);
    await picture(notebook.page, "training");
    await notebook.ended(1);
    await notebook.ended(3);
    await remember(notebook);

    const seen = (await states()).filter(({ texts }) => texts.length > 0);
    assert.deepEqual(
      seen.filter(({ texts, lines }) => texts.length !== 1 || lines !== 1),
      [],
    );
    const told = seen.map(({ texts }) => texts[0]);
    const bar = /^training █*░* +(\d+) % +[\d,]+\/8,000 steps, .* left · loss \d\.\d+, accuracy \d\.\d+/;
    const percents = told.flatMap((text) => (bar.exec(text) ?? []).slice(1).map(Number));
    assert.ok(new Set(percents).size >= 3, told.join("\n"));
    const ascending = [...percents].sort((a, b) => a - b);
    assert.deepEqual(percents, ascending);
    assert.match(
      await notebook.text(1),
      /^training: 8,000 steps in [\d.]+ s by wasm · loss [\d.]+, accuracy [\d.]+, val_loss [\d.]+, val_accuracy [\d.]+$/,
    );
    assert.match(await hover(notebook.figures(2)), /epoch \d+: \d+\.\d\d %/);
    assert.equal((await rows(notebook.cell(3).locator("table")))[0][1], "42");
    assert.deepEqual(await notebook.popUps(), []);
  });

  test("shows an error with the cell's own line, and cells after it run with what it left", async () => {
    const file = write("failing", failing);
    const notebook = await open(file, "failing");
    await notebook.run(0);
    const thrown = await notebook.error(0).innerText();
    assert.match(thrown, /^RangeError: no such digit/);
    assert.match(thrown, /> 3 \| throw new RangeError/);
    assert.match(thrown, /cell \[1\]:3:7/);
    await notebook.run(1);
    const mistaken = await notebook.error(1).innerText();
    assert.match(mistaken, /^TypeScriptError: cell \[2\]:2:7 - Type 'string' is not assignable to type 'number'/);
    assert.match(mistaken, /> 2 \| const count/);
    assert.equal(await notebook.run(2), "kept 2");
    await notebook.save();
    assert.deepEqual(outputTypes(file), [["error"], ["error"], ["stream"]]);
  });

  test("shows a rejection nobody awaited, and a late failure, as errors of their cells", async () => {
    const file = write("unawaited", unawaited);
    const notebook = await open(file, "unawaited");
    await notebook.run(0);
    assert.match(await notebook.error(0).innerText(), /^Error: nobody waits for this[^]*> 1 \|/);
    await notebook.run(1);
    assert.equal(await notebook.run(2), "goes on");
    assert.match(await notebook.error(1).innerText(), /^Error: the cell has long ended[^]*> 1 \|/);
    await notebook.save();
    assert.deepEqual(outputTypes(file), [["error"], ["stream", "error"], ["stream"]]);
  });

  test("stops a training and an endless loop at the stop button, and the next cells run", async () => {
    const notebook = await open(write("stopped", stopped), "stopped");
    await notebook.run(0);
    await remember(notebook);
    const states = await notebook.watch(1);
    await notebook.start(1);
    await notebook.saying(1, /left · loss/);
    await notebook.page.waitForFunction(() => window.outputStates.length > 3);
    await notebook.stop();
    await notebook.ended(1);
    assert.match(await notebook.error(1).innerText(), /^Interrupted: The cell was stopped/);
    const [line] = (await notebook.text(1)).split("\n");
    assert.match(line, /^small: stopped at [1-9][\d,]*\/32,000,000 steps after/);
    const noted = (await states()).length;
    assert.equal(await notebook.run(2), "it has stopped");
    assert.equal((await states()).length, noted);

    await notebook.start(3);
    await notebook.cell(3).locator(".jp-InputPrompt", { hasText: "[*]:" }).waitFor();
    await notebook.stop();
    await notebook.ended(3);
    assert.match(await notebook.error(3).innerText(), /^Interrupted: The cell was stopped[^]*> 1 \| while/);
    assert.match(await notebook.run(4), /^still [1-9]\d* steps$/);
    assert.deepEqual(await notebook.popUps(), []);
  });

  test("exports HTML whose figures live without a network", async () => {
    const notebook = await open((await executed).notebook, "exported", { kernel: false });
    const download = student.context.waitForEvent("download");
    await notebook.choose(["File", "Save and Export Notebook As", "HTML"]);
    await notebook.page.locator(".jp-Dialog").getByRole("button", { name: "Ok" }).click();
    const file = join(folder, "exported.html");
    await (await download).saveAs(file);
    await expectOffline(file, "exported-by-jupyterlab");
  });

  test("asks nothing of any other machine", () => {
    assert.deepEqual(student.outside, []);
  });

  test("ends with all its kernels when it is told to", async () => {
    assert.ok(kernels.length > 0, "no notebook has told its kernel");
    assert.ok(kernels.every(isAlive));
    assert.equal(await lab.stop(), 0, lab.output);
    // A kernel that has been told to end may take a moment.
    const deadline = Date.now() + 20_000;
    while (kernels.some(isAlive) && Date.now() < deadline) await sleep(100);
    assert.deepEqual(kernels.filter(isAlive), []);
  });
});

describe("the HTML that npm run notebooks writes", () => {
  test("has figures that live without a network", async () => {
    await expectOffline((await executed).html, "executed-headlessly");
  });

  test("has no button that would send a figure to a server", async () => {
    const page = await student.context.newPage();
    await page.goto(pathToFileURL((await executed).html).href);
    const titles = page.locator(".modebar-btn");
    await titles.first().waitFor({ state: "attached" });
    const offered = await titles.evaluateAll((buttons) =>
      buttons.map((button) => button.getAttribute("data-title") ?? ""),
    );
    assert.deepEqual(
      offered.filter((title) => /share|cloud|edit in/i.test(title)),
      [],
    );
  });
});
