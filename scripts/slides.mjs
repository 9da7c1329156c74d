// npm run slides [-- --serve | --no-pdf]: builds the decks of slides/ into build/slides, with the numbers and figures of
// results/. See slides/README.md.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { root } from "./project.mjs";
import { run } from "./run.mjs";
import { setupOrExit } from "./setup.mjs";
import { progress } from "./setup/progress.mjs";
import { fingerprint, readJson } from "./setup/stamp.mjs";
import { browserCure, findBrowser } from "./test/findBrowser.mjs";

const usage = `npm run slides [-- --serve | --no-pdf]

  --serve   shows the decks at http://localhost:8080 (PORT=… for another), anew whenever one is saved; what results/
            does not hold yet stays as it is written
  --no-pdf  makes no PDF, which takes the most time`;

const source = join(root, "slides");
const out = join(root, "build", "slides");
const tools = join(root, "node_modules", "@marp-team", "marp-cli");
const engine = ["--no-config-file", "--engine", join(root, "scripts", "slides", "engine.mjs")];

const { serve, "no-pdf": withoutPdf } = readArguments();
await setupOrExit({ jupyter: false, data: false });
try {
  process.exitCode = serve ? await serveDecks() : await buildDecks();
} catch (error) {
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}

function readArguments() {
  const options = { serve: { type: "boolean" }, "no-pdf": { type: "boolean" }, help: { type: "boolean" } };
  try {
    const { values } = parseArgs({ options });
    if (!values.help) return values;
    console.log(usage);
    process.exit(0);
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}

async function serveDecks() {
  const { code } = await marp(["--server", "--input-dir", source], { show: true, env: { ...process.env, SLIDES_DRAFT: "1" } });
  return code;
}

/** Checks all decks, then converts those that changed. */
async function buildDecks() {
  const { readDeck } = await import("./slides/readDeck.mjs");
  const { overviewPage } = await import("./slides/overviewPage.mjs");
  const files = readdirSync(source).filter((name) => /^\d\d-.*\.md$/.test(name));
  const decks = [];
  const faults = [];
  for (const file of files) {
    try {
      decks.push(readDeck(root, join(source, file)));
    } catch (error) {
      faults.push(error.message);
    }
  }
  if (faults.length > 0) throw new Error(`The slides are not built:\n${faults.join("\n")}`);

  const browser = withoutPdf ? undefined : findBrowser();
  mkdirSync(out, { recursive: true });
  for (const deck of decks) await convert(deck, browser);
  const made = decks.map((deck) => ({ ...deck, pdf: existsSync(join(out, `${deck.name}.pdf`)) }));
  writeFileSync(join(out, "index.html"), overviewPage(made));
  if (browser === undefined && !withoutPdf) {
    console.log(`No PDF: no Chromium, Chrome or Edge was found; ${browserCure()}, or name one with CHROME_PATH.`);
  }
  const minutes = decks.reduce((sum, deck) => sum + deck.minutes, 0);
  console.log(`${decks.length} decks, ${minutes} minutes: open ${relative(process.cwd(), join(out, "index.html"))}`);
  return 0;
}

/** Writes a deck's HTML and, where there is a browser, its PDF, unless they are there. */
async function convert({ name, slides, minutes, hash }, browser) {
  const line = progress(name);
  const summary = `${slides.length} slides, ${minutes} min`;
  const [html, pdf, stamp] = ["html", "pdf", "stamp.json"].map((ending) => join(out, `${name}.${ending}`));
  const wanted = fingerprint([join(tools, "package.json"), fileURLToPath(import.meta.url)], hash);
  const made = readJson(stamp);
  if (made?.pdf !== wanted) rmSync(pdf, { force: true }); // it would show what was
  const deck = join(source, `${name}.md`);
  const work = [];
  if (made?.html !== wanted || !existsSync(html)) {
    work.push(marp(["--output", html, deck], { log: join(out, `${name}.html.log`) }));
  }
  if (browser !== undefined && (made?.pdf !== wanted || !existsSync(pdf))) {
    const options = ["--pdf", "--pdf-notes", "--pdf-outlines", "--browser-path", browser];
    work.push(marp([...options, "--output", pdf, deck], { log: join(out, `${name}.pdf.log`) }));
  }
  if (work.length === 0) {
    line.done(`${summary}, up to date`);
    return;
  }
  line.update(`${summary}, is converted`);
  for (const { code, output } of await Promise.all(work)) {
    if (code === 0) continue;
    line.fail();
    throw new Error(`slides/${name}.md was not converted:\n${output.trim()}`);
  }
  writeFileSync(stamp, JSON.stringify({ html: wanted, pdf: existsSync(pdf) ? wanted : null }));
  line.done(summary);
}

function marp(args, options) {
  const timeLimit = serve ? undefined : 300;
  return run(process.execPath, [join(tools, "marp-cli.js"), ...engine, ...args], { timeLimit, ...options });
}
