// npm run bench: how fast the library trains beside Keras with QKeras and TFMOT, PyTorch and TensorFlow.js alone,
// all in one run on one machine. See --help.
import { writeFileSync } from "node:fs";
import os from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { describeFailure, setupOrExit } from "../scripts/setup.mjs";
import { progress } from "../scripts/setup/progress.mjs";
import { dataFolders } from "./dataFolders.mjs";
import { leastSpeedup, measureEvaluation, measureProduct, measureWorkers } from "./measureOthers.mjs";
import { measureRow } from "./measureRow.mjs";
import { measureStart } from "./measureStart.mjs";
import { start } from "./programs.mjs";
import { toResult } from "./result.mjs";
import { allRows, nameOf, rivals } from "./rows.mjs";
import { missingLines, shortfallLines, slowerLines, startTable, tableHead, tableRow, unmeasuredLines } from "./table.mjs";

const usage = `npm run bench -- [OPTION…]

  --rows FILTER   only rows such as "784-64-32-10 QAT, MNIST, batch 64" that match this regular expression
  --quick         a few rows with little effort, and the rows only: a glance, no measurement
  --rounds N      how often the programs take turns; default: 3
  --blocks N      trainings a turn, of which the fastest counts; default: 2, without a bar 1
  --seconds S     how long a training takes, about; default: 4
  --json FILE     writes an array of rows {model, data, batch, ours, rivals, ratios, required, …}, in ms a step
  --machine FILE  writes the machine, versions, start-up times, memory and what is measured beside the table
  --check         exit code 1 when something measured is below its bar
  --help          this text

npm run bench:setup installs Keras, QKeras, TFMOT and PyTorch for it, in build/bench-venv.`;
const startTimes = 3;
const quickRows = /^784-64-32-10 (plain|QAP), MNIST, batch 64$|^784-256.*Fashion-MNIST, batch 64$/;

const options = readArguments();
await setupOrExit({ jupyter: false });
try {
  process.exitCode = await bench(options);
} catch (error) {
  console.error(`\n${describeFailure(error)}`);
  process.exitCode = 1;
}

async function bench({ rows, effort, quick, json, machine, check }) {
  const folders = await dataFolders(["MNIST", ...rows.map(({ data }) => data)]);
  const programs = new Map();
  for (const name of ["ours", ...rivals]) programs.set(name, await start(name));
  const about = describeMachine(programs);
  for (const [key, value] of Object.entries(about)) {
    const lines = typeof value === "string" ? [value] : Object.entries(value).map((pair) => pair.join(": "));
    console.log(`${key.padEnd(10)} ${lines.join("\n".padEnd(12))}`);
  }

  console.log(`\n${tableHead()}`);
  const results = [];
  const line = progress("Bench");
  for (const row of rows) {
    const request = { model: row.model, data: row.data, batch: row.batch, folder: folders.get(row.data) };
    const place = `${results.length + 1} of ${rows.length}, ${nameOf(row)}`;
    const blocks = effort.blocks ?? (Object.keys(row.required).length > 0 ? 2 : 1);
    const measured = await measureRow(programs, request, { ...effort, blocks }, (text) => line.update(`${place}: ${text}`));
    const result = toResult(row, measured);
    results.push(result);
    line.end();
    console.log(tableRow(result));
    save(json, results);
  }
  for (const program of programs.values()) await program.end();

  const besides = quick ? null : await measureBesides([...programs.keys()], folders.get("MNIST"), line);
  line.update("a dense product");
  const product = await measureProduct();
  line.end();
  save(machine, { ...about, ...besides, product });

  const { rounds, blocks = "2, without a bar 1,", seconds } = effort;
  console.log(`
ms a training step, the median of ${rounds} rounds; a round's time is the best of ${blocks} trainings of
about ${seconds} s, and ±% is half the distance of the rounds. x: the rival's time over ours; behind it the bar, where
there is one. Every program fits whole trainings with loss and accuracy; one works at a
time, in turn.`);
  if (besides !== null) tellBesides(besides);
  const below = shortfallLines(results);
  if (besides !== null && besides.workers.speedup < leastSpeedup) {
    below.push(`below the bar: two workers have to be ${leastSpeedup} times as fast as one`);
  }
  const notes = [...missingLines(results), ...unmeasuredLines(results), ...slowerLines(results, product), ...below];
  if (notes.length > 0) console.log(`\n${notes.join("\n")}`);
  return check && below.length > 0 ? 1 : 0;
}

/** Start-up, memory, trainings side by side and evaluation. */
async function measureBesides(names, folder, line) {
  const starts = {};
  for (const name of names) {
    line.update(`start-up and memory of ${name}`);
    starts[name] = await measureStart(() => start(name), folder, startTimes);
    line.end();
  }
  line.update("trainings side by side");
  const workers = await measureWorkers(folder);
  line.update("evaluation");
  return { starts, workers, evaluation: await measureEvaluation(folder) };
}

function tellBesides({ starts, workers, evaluation }) {
  console.log(`\n${startTable(starts).join("\n")}`);
  const times = `the median of ${startTimes} starts`;
  console.log(`784-64-32-10 on MNIST at batch 64, a process of its own, ${times}; memory is what is resident.`);
  const { trainings, seconds: taken, speedup } = workers;
  const told = [1, 2].map((count) => `${taken[count].toFixed(1)} s`).join(" with one worker, ");
  console.log(`\n${trainings} trainings side by side (fitAll): ${told} with two: ${speedup.toFixed(2)} times as fast.`);
  console.log(`evaluate of ${evaluation.images} MNIST images by 784-64-32-10: ${evaluation.ms.toFixed(0)} ms.`);
}

function describeMachine(programs) {
  const [{ model = "unknown" } = {}] = os.cpus();
  const [load] = os.loadavg();
  const advice = load > 0.5 ? ": that makes times longer, and Keras's most, which uses all cores" : "";
  const describe = ({ versions, runs, missing }) =>
    missing === undefined
      ? `${Object.entries(versions).map((pair) => pair.join(" ")).join(", ")} (${runs})`
      : `not measured: ${missing}`;
  return {
    date: new Date().toISOString(),
    processor: `${model.trim()}, ${os.cpus().length} cores, ${(os.totalmem() / 1e9).toFixed(0)} GB`,
    system: `${os.type()} ${os.release()}, ${os.arch()}, Node ${process.versions.node}`,
    load: `${load.toFixed(1)} processes were busy when it began${advice}`,
    programs: Object.fromEntries([...programs].map(([name, program]) => [name, describe(program)])),
  };
}

function save(file, content) {
  // npm leaves the folder the command was typed in for the package's own.
  if (file !== undefined) writeFileSync(resolve(process.env.INIT_CWD ?? ".", file), `${JSON.stringify(content, null, 1)}\n`);
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        rows: { type: "string" },
        quick: { type: "boolean", default: false },
        rounds: { type: "string" },
        blocks: { type: "string" },
        seconds: { type: "string" },
        json: { type: "string" },
        machine: { type: "string" },
        check: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    const { quick, json, machine, check } = values;
    const filter = values.rows !== undefined ? new RegExp(values.rows, "i") : quick ? quickRows : /^/;
    const rows = allRows().filter((row) => filter.test(nameOf(row)));
    if (rows.length === 0) throw new RangeError(`Expected --rows to match a row but found none for ${values.rows}`);
    const effort = {
      rounds: readNumber(values, "rounds", quick ? 2 : 3, true),
      blocks: readNumber(values, "blocks", quick ? 1 : undefined, true),
      seconds: readNumber(values, "seconds", quick ? 2 : 4),
    };
    return { rows, effort, quick, json, machine, check };
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}

function readNumber(values, name, usual, whole = false) {
  if (values[name] === undefined) return usual;
  const value = Number(values[name]);
  if (value > 0 && Number.isFinite(value) && (!whole || Number.isInteger(value))) return value;
  throw new RangeError(`Expected --${name} to be a ${whole ? "whole " : ""}number above 0 but found ${values[name]}`);
}
