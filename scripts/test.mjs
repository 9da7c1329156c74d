// npm test: sets the course up, then runs the parts one after the other; a part that fails does not keep
// the others from running. npm test -- PART… runs these parts, npm run test:quick the quick ones.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./project.mjs";
import { run } from "./run.mjs";
import { describeFailure, setup } from "./setup.mjs";
import { browserCure, findBrowser } from "./test/findBrowser.mjs";
import { readJunit } from "./test/junit.mjs";
import { runNodeTests, testFiles } from "./test/nodeTests.mjs";
import { titlesIn } from "./test/titlesIn.mjs";

const logs = join(root, "build", "test");
const nothing = { passed: [], failed: [], skipped: [] };

/** In the order they run: what fails soonest comes first. */
const parts = [
  { name: "types", quick: true, run: checkTypes },
  { name: "lint", quick: true, run: lint },
  { name: "kernel-types", quick: true, run: checkKernelTypes },
  { name: "unit", quick: true, data: true, run: runUnitTests },
  { name: "kernel", quick: true, jupyter: true, data: true, run: runKernelTests },
  { name: "notebooks", jupyter: true, data: true, run: runNotebooks },
  { name: "results", run: checkResults },
  { name: "slides", run: buildSlides },
  { name: "browser", jupyter: true, data: true, run: runBrowserTests },
];

const args = process.argv.slice(2);
const quick = args.includes("--quick");
const named = args.filter((arg) => arg !== "--quick");
const unknown = named.filter((name) => !parts.some((part) => part.name === name));
if (unknown.length > 0) {
  console.error(
    `There is no part ${unknown.join(", ")}. The parts are ${parts.map(({ name }) => name).join(", ")}.`,
  );
  process.exit(1);
}
const chosen = parts.filter((part) => (named.length > 0 ? named.includes(part.name) : !quick || part.quick));

const results = [];
await measure("set-up", async () => {
  await setup({ jupyter: chosen.some((part) => part.jupyter), data: chosen.some((part) => part.data) });
  return nothing;
});
if (results[0].failed.length === 0) {
  for (const part of chosen) {
    console.log(`\n=== ${part.name}`);
    await measure(part.name, part.run);
  }
}
summarize(results);
process.exit(results.some(({ failed }) => failed.length > 0) ? 1 : 0);

async function measure(name, work) {
  const started = performance.now();
  let result;
  try {
    result = await work();
  } catch (error) {
    console.error(`\n${describeFailure(error)}`);
    result = { ...nothing, failed: [{ name, reason: error.message }] };
  }
  results.push({ name, seconds: (performance.now() - started) / 1000, ...result });
}

async function checkTypes() {
  // Not node_modules/.bin/tsc: that one is tslab's TypeScript 5.0.
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  return together(
    await command("types", "types of lib and test", tsc, ["-p", "tsconfig.json"]),
    await command("types-lib", "declarations of lib", tsc, ["-p", join("lib", "tsconfig.json"), "--noEmit"]),
  );
}

function lint() {
  return command("lint", "eslint", join(root, "node_modules", "eslint", "bin", "eslint.js"), [
    "--max-warnings=0",
    ...["lib", "studies", "test", "scripts", "bench", "jupyter", "eslint.config.mjs"], // not what a user put beside them
  ]);
}

function checkKernelTypes() {
  return command(
    "kernel-types",
    "the library's types in the kernel's TypeScript",
    join(root, "scripts", "test", "kernelTypes.mjs"),
    [],
  );
}

function runUnitTests() {
  const elsewhere = ["test/jupyter/", "test/results/", "test/browser/"];
  const files = testFiles("test").filter((file) => !elsewhere.some((folder) => file.startsWith(folder)));
  return runNodeTests("unit", files, { timeLimit: quick ? 170 : 900 });
}

function runKernelTests() {
  const files = testFiles("test/jupyter").filter((file) => !quick || file.includes("smoke"));
  return runNodeTests("kernel", files, { serial: true, timeLimit: 900 });
}

async function runNotebooks() {
  const report = join(root, "build", "notebooks", "junit.xml");
  rmSync(report, { force: true });
  const { code } = await run(process.execPath, [join(root, "scripts", "notebooks.mjs")], {
    show: true,
    log: join(logs, "notebooks.log"),
    timeLimit: 1700,
  });
  const result = existsSync(report) ? readJunit(readFileSync(report, "utf8")) : nothing;
  return expectSuccess(result, code, "npm run notebooks");
}

/** What the notebooks just measured, against what is committed. */
function checkResults() {
  return runNodeTests("results", testFiles("test/results"), { timeLimit: 300 });
}

/** Each number and chart of the decks is there, and each slide has its note. */
function buildSlides() {
  return command("slides", "decks of slides/", join(root, "scripts", "slides.mjs"), []);
}

async function runBrowserTests() {
  const files = testFiles("test/browser");
  const browser = findBrowser();
  if (browser === undefined && files.length > 0) {
    const reason = `no Chromium, Chrome or Edge was found; ${browserCure()}, or name one with CHROME_PATH`;
    const skipped = files.flatMap((file) =>
      titlesIn(file).map((title) => ({ name: `${file}: ${title}`, reason })),
    );
    for (const { name } of skipped) console.log(`skipped: ${name}`);
    return { ...nothing, skipped };
  }
  return await runNodeTests("browser", files, {
    serial: true,
    timeLimit: 900,
    env: { ...process.env, CHROME_PATH: browser ?? "" },
  });
}

async function command(log, name, script, rest) {
  const { code, output } = await run(process.execPath, [script, ...rest], {
    show: true,
    log: join(logs, `${log}.log`),
    timeLimit: 900,
  });
  if (code === 0) return { ...nothing, passed: [name] };
  const lines = output
    .trim()
    .split("\n")
    .filter((line) => line !== "");
  const errors = lines.filter((line) => /\berror\b/i.test(line));
  const reason = (errors.length > 0 ? errors : lines).slice(0, 3).join("\n") || `exit code ${code}`;
  return { ...nothing, failed: [{ name, reason }] };
}

function expectSuccess(result, code, name) {
  if (code === 0 || result.failed.length > 0) return result;
  return { ...result, failed: [{ name, reason: `exit code ${code}` }] };
}

function together(one, other) {
  return {
    passed: [...one.passed, ...other.passed],
    failed: [...one.failed, ...other.failed],
    skipped: [...one.skipped, ...other.skipped],
  };
}

function summarize(all) {
  const rows = [["part", "passed", "failed", "skipped", "seconds"]];
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, passed, failed, skipped, seconds } of all) {
    rows.push([name, passed.length, failed.length, skipped.length, seconds.toFixed(1)]);
    count.passed += passed.length;
    count.failed += failed.length;
    count.skipped += skipped.length;
  }
  console.log();
  for (const [name, ...cells] of rows)
    console.log(name.padEnd(14) + cells.map((cell) => String(cell).padStart(9)).join(""));
  const failed = all.flatMap((part) =>
    part.failed.map(({ name, reason }) => [`${part.name}: ${name}`, reason]),
  );
  if (failed.length > 0) console.log("\nFailed:");
  for (const [name, reason] of failed) console.log(`  ${name}\n      ${shorten(reason)}`);

  // By reason: what is missing is said once, with its cure, and then what could not be checked.
  const reasons = new Map();
  for (const part of all) {
    for (const { name, reason } of part.skipped) {
      reasons.set(reason, [...(reasons.get(reason) ?? []), `${part.name}: ${name}`]);
    }
  }
  if (reasons.size > 0) console.log("\nSkipped:");
  for (const [reason, names] of reasons) {
    console.log(`  ${shorten(reason)}\n${names.map((name) => `      ${name}`).join("\n")}`);
  }

  console.log(`\nThe whole output of each part is in build/test.`);
  console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
}

function shorten(reason) {
  const lines = reason
    .trim()
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const text = lines.slice(0, 3).join("; ");
  return text.length > 300 ? `${text.slice(0, 299)}…` : text;
}
