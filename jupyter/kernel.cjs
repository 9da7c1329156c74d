"use strict";
// The Jupyter kernel "TypeScript": tslab 1.0.22 with its faults mended.
//
//   converter.cjs  a cell's TypeScript -> JavaScript, types checked
//   cells.cjs      runs it; every output and failure belongs to a cell
//   variables.cjs  what cells share; sources.cjs what they import
//   traceback.cjs  errors with the lines of the cell
//   server.cjs     Jupyter's messages; control.cjs answers while a cell blocks
const fs = require("node:fs");
const path = require("node:path");
const inspector = require("node:inspector");
const Module = require("node:module");
const { setImmediate, setTimeout } = require("node:timers"); // not those that guardTimers gives to cells
const { pathToFileURL } = require("node:url");

const root = path.dirname(__dirname);
const exit = process.exit.bind(process);

/** How long a notebook's last timers and promises are waited for. */
const SETTLE_MS = 10_000;

/** After this time without a cell the kernel reads types that a cell will probably need. */
const IDLE_MS = 500;

/** What keeps Node busy and ends by itself. The rest (sockets, workers) may stay open for good. */
const ENDS_BY_ITSELF = /^(Timeout|Immediate|FSReq|GetAddrInfo|GetNameInfo|QueryReq|Shutdown|Write|.*ReqWrap|.*ReqPromise|ZlibWrap|Zlib|ProcessWrap|PBKDF2|RandomBytes|Scrypt|Hash)/;

const [connectionFile] = process.argv.slice(2);
const connection = JSON.parse(fs.readFileSync(connectionFile, "utf8"));
const writeToTerminal = process.stderr.write.bind(process.stderr);

// Node 22 and later keep the compiled form of big packages.
/** @type {any} */ (Module).enableCompileCache?.(path.join(root, "node_modules", ".cache", "node"));
require("./tfjs-node-fallback.cjs");
const { Server } = require("./server.cjs");
const { createCells } = require("./cells.cjs");
const { mapStackTraces } = require("./traceback.cjs");

const server = new Server(connection);
const cells = createCells({ root, publish: (cell, type, content) => server.publish(cell.request, type, content) });

mapStackTraces(root);
guardProcess();
guardTimers();
provideHost();
server
  .listen({ cells, ready: prepare(), settle, info, isComplete, inspect, exit })
  .catch((error) => {
    writeToTerminal(`The kernel could not start: ${error.stack}\n`);
    exit(1);
  });

/** Builds the library where its sources are newer than its build, and loads the compiler. */
async function prepare() {
  const build = path.join(root, "scripts", "build.mjs");
  let problem = "";
  if (fs.existsSync(build)) {
    try {
      const { buildIfStale } = await import(pathToFileURL(build).href);
      await buildIfStale();
    } catch (error) {
      problem = `The library could not be built, so cells use its last build, if any:\n${error.message}\n`;
    }
  }
  // The client's first question needs no compiler.
  await Promise.race([server.asked, new Promise((resolve) => setTimeout(resolve, 500).unref())]);
  await new Promise((resolve) => setTimeout(resolve, 10));
  cells.prepare(problem);
  readAheadWhenIdle();
}

function readAheadWhenIdle() {
  setTimeout(() => {
    if (Date.now() - server.usedAt < IDLE_MS) readAheadWhenIdle();
    else cells.readAhead();
  }, IDLE_MS).unref();
}

/** @param {string} name @returns {any} */
function write(name) {
  const decoder = new TextDecoder();
  return (/** @type {string | Uint8Array} */ chunk, /** @type {any} */ encoding, /** @type {any} */ callback) => {
    const text = typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    server.write(cells.current(), name, text);
    const done = typeof encoding === "function" ? encoding : callback;
    if (done) process.nextTick(done);
    return true;
  };
}

/** What cells' code can reach of the kernel: the library shows figures and progress through it. */
function provideHost() {
  const name = process.env.JPY_SESSION_NAME;
  const notebook = name?.endsWith(".ipynb") ? path.resolve(name) : null;
  /** @type {any} */ (globalThis)[Symbol.for("jupyter.kernel")] = {
    notebook,
    resultsFile: notebook && path.join(root, "build", "results", `${path.basename(notebook, ".ipynb")}.json`),
    interruptSignal() {
      const cell = cells.current();
      if (cell?.state === "running") {
        cell.listens = true;
        Atomics.store(server.alive, 1, 1);
      }
      return cell?.controller.signal ?? new AbortController().signal;
    },
    /** @param {Record<string, unknown>} data @param {{ id?: string, update?: boolean, metadata?: object }} [options] */
    display(data, { id, update = false, metadata = {} } = {}) {
      const type = update ? "update_display_data" : "display_data";
      const transient = id === undefined ? {} : { display_id: id };
      server.publish(cells.current()?.request ?? null, type, { data, metadata, transient });
    },
  };
  process.stdout.write = write("stdout");
  process.stderr.write = write("stderr");
  // control.cjs calls this on top of the code that blocks this thread.
  const session = new inspector.Session();
  session.connect();
  const asyncStack = accessAsyncStack();
  /** @type {any} */ (globalThis)[Symbol.for("jupyter.stop")] = () => {
    if (!cells.mayStop()) return "busy";
    asyncStack?.clearAsyncIdStack();
    session.post("Runtime.terminateExecution");
    return "stopped";
  };
}

/**
 * Node 20 and 22 keep a stack of running callbacks and end the process when it does not come out even,
 * as when a callback is torn down. It can be emptied before; Node 24 does not check it (kernel.json).
 */
function accessAsyncStack() {
  const { noDeprecation } = process;
  process.noDeprecation = true;
  try {
    return /** @type {any} */ (process).binding("async_wrap");
  } catch {
    return undefined;
  } finally {
    process.noDeprecation = noDeprecation;
  }
}

/** Failures fail a cell, and neither they nor a cell's `process.exit` end the kernel. */
function guardProcess() {
  let rejected;
  const emit = process.emit;
  // Instead of a listener: emscripten's runtime adds one of its own that throws, and so hides others.
  /** @type {any} */ (process).emit = function (/** @type {any} */ event, /** @type {any[]} */ ...args) {
    if (event !== "unhandledRejection") return Reflect.apply(emit, this, [event, ...args]);
    cells.unhandled((rejected = args[0]));
    try {
      Reflect.apply(emit, this, [event, ...args]);
    } catch (error) {
      if (error !== rejected) cells.unhandled(error);
    }
    return true;
  };
  process.setUncaughtExceptionCaptureCallback((error) => cells.unhandled(error));
  process.on("SIGINT", () => cells.interrupt());
  process.exit = (code) => {
    throw new Error(`process.exit(${code ?? ""}) was called: a cell cannot end the kernel. Throw an error to end the cell.`);
  };
}

/** Code of a stopped cell that goes on and on finds no timer that would call it again. */
function guardTimers() {
  const timers = require("node:timers");
  const promises = /** @type {any} */ (require("node:timers/promises"));
  for (const [set, clear] of /** @type {const} */ ([
    ["setTimeout", "clearTimeout"],
    ["setInterval", "clearInterval"],
    ["setImmediate", "clearImmediate"],
  ])) {
    const original = /** @type {any} */ (globalThis)[set];
    const wrapped = Object.assign((/** @type {any[]} */ ...args) => {
      const timer = original(...args);
      if (cells.isAbandoned()) /** @type {any} */ (globalThis)[clear](timer);
      return timer;
    }, original);
    Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(original));
    /** @type {any} */ (globalThis)[set] = wrapped;
    /** @type {any} */ (timers)[set] = wrapped;
  }
  for (const set of ["setTimeout", "setImmediate"]) {
    const original = promises[set];
    promises[set] = (/** @type {any[]} */ ...args) => (cells.isAbandoned() ? new Promise(() => {}) : original(...args));
  }
}

/** Waits until nothing a cell has started is pending any more; gives the failures that came meanwhile. */
function settle() {
  return new Promise((resolve) => {
    const deadline = Date.now() + SETTLE_MS;
    const check = () => {
      const pending = process.getActiveResourcesInfo().filter((name) => ENDS_BY_ITSELF.test(name));
      if (pending.length > 0 && Date.now() < deadline) setTimeout(() => setImmediate(check), 20).unref();
      else resolve(cells.takeLateFailures());
    };
    setTimeout(() => setImmediate(check), 0).unref();
  });
}

function info() {
  return {
    protocol_version: "5.3",
    implementation: "tslab",
    implementation_version: "1.0.22",
    banner: `TypeScript on Node ${process.version}`,
    language_info: {
      name: "typescript",
      version: "5.0.4",
      mimetype: "text/typescript",
      file_extension: ".ts",
      codemirror_mode: "typescript",
      pygments_lexer: "typescript",
      nbconvert_exporter: "script",
    },
  };
}

/** @param {string} text */
function isComplete(text) {
  const { completed, indent = "" } = require("tslab/dist/converter.js").isCompleteCode(text);
  return completed ? { status: "complete" } : { status: "incomplete", indent };
}

/** @param {string} text @param {number} position */
function inspect(text, position) {
  const found = cells.inspect(text, position);
  if (!found) return { found: false, data: {}, metadata: {} };
  const { printQuickInfo } = require("tslab/dist/inspect.js");
  return { found: true, data: { "text/plain": printQuickInfo(found) }, metadata: {} };
}
