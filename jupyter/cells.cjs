"use strict";
// Runs cells, and knows for everything that happens later which cell it came from.
const vm = require("node:vm");
const { setImmediate, setTimeout } = require("node:timers"); // not those that kernel.cjs gives to cells
const { AsyncLocalStorage } = require("node:async_hooks");
const { inspect } = require("node:util");
const { rememberSource, describeThrown, describeDiagnostics } = require("./traceback.cjs");
const { createCellRequire, reloadChanged } = require("./sources.cjs");
const { createVariables } = require("./variables.cjs");

/** @typedef {import("./traceback.cjs").Described} Described */

/** The cell that the running code belongs to, through timers and promises. @type {AsyncLocalStorage<Cell>} */
const context = new AsyncLocalStorage();

/** Where a cell's compiled code finds its `exports`, `require` and DECLARE. */
const SCOPE = Symbol.for("jupyter.cell");

/** How long an interrupted cell's code may still use timers, so that it can clean up. */
const CLEANUP_MS = 2000;

/** What a cell that was stopped ends with. */
class Interrupted extends Error {
  /** @param {string} [stack] where it was stopped */
  constructor(stack) {
    super("The cell was stopped before it ended.");
    this.name = "Interrupted";
    this.stack = `${this.name}: ${this.message}${stack?.slice(stack.indexOf("\n")) ?? ""}`;
  }
}

/** One execution of a notebook cell. */
class Cell {
  /**
   * @param {number} count execution count
   * @param {string} text source
   * @param {import("./messages.cjs").Message} request what its outputs answer
   */
  constructor(count, text, request) {
    this.count = count;
    this.text = text;
    this.request = request;
    this.name = `cell [${count}]`;
    this.controller = new AbortController();
    /** @type {"queued" | "running" | "ended"} */
    this.state = "queued";
    /** @type {Described | null} */
    this.failure = null;
    this.interruptedAt = Infinity;
    /** Whether its code has asked for the signal, and so ends by itself. */
    this.listens = false;
    /** The stack of the code that blocked when the cell was stopped. @type {string | undefined} */
    this.stoppedAt = undefined;
    /** Ends the cell, once. @type {(failure: Described | null) => void} */
    this.end = () => {};
  }
}

/**
 * @param {object} options
 * @param {string} options.root the checkout
 * @param {(cell: Cell, type: string, content: object) => void} options.publish
 */
function createCells({ root, publish }) {
  /** @type {import("./converter.cjs").Converter | undefined} */
  let converter;
  let notice = "";
  const variables = createVariables();
  const cellRequire = createCellRequire(process.cwd(), root);
  /** @type {Map<string, Cell>} */
  const byName = new Map();
  /** @type {Cell | null} */
  let running = null;
  /** @type {Cell | null} */
  let latest = null;
  /** Failures that came after their cell had ended. @type {{ cell: Cell, failure: Described }[]} */
  const late = [];
  /** Whether the kernel's own code is on the stack, which must not be torn down half way. */
  let compiling = false;

  /** What fails here fails again in the next cell, which tells. @param {() => void} work */
  function compile(work) {
    compiling = true;
    try {
      work();
    } catch {
      converter = undefined;
    } finally {
      compiling = false;
    }
  }

  function converterNow() {
    // tslab's own `display` writes where this says.
    require("tslab/dist/jupyter.js").lastWriteDisplayData = (/** @type {object} */ content, /** @type {boolean} */ update) => {
      const cell = current();
      if (cell) publish(cell, update ? "update_display_data" : "display_data", content);
    };
    return (converter ??= require("./converter.cjs").createConverter(root));
  }

  /** The cell that the calling code belongs to. */
  const current = () => context.getStore() ?? running ?? latest;

  /**
   * Runs a cell; `done` is called once, when nothing of it is left that could fail at once.
   * @param {Cell} cell
   * @param {(failure: Described | null) => void} done
   */
  function run(cell, done) {
    running = latest = cell;
    cell.state = "running";
    byName.set(cell.name, cell);
    if (notice) publish(cell, "stream", { name: "stderr", text: notice });
    notice = "";
    /** @type {ReturnType<typeof variables.open> | null} */
    let scope = null;
    let ended = false;
    cell.end = (failure) => {
      if (ended) return;
      ended = true;
      cell.failure = failure;
      // A rejection nobody awaited is reported when the microtasks are through.
      setImmediate(() =>
        setImmediate(() => {
          if (cell.failure) cell.controller.abort(new Interrupted());
          cell.state = "ended";
          running = null;
          scope?.close(cell.failure !== null);
          context.exit(() => done(cell.failure));
        }),
      );
    };

    /** @type {import("./converter.cjs").Converted} */
    let converted;
    compiling = true;
    try {
      reloadChanged();
      converted = converterNow().convert(variables.declarations, cell.text);
    } catch (error) {
      converter = undefined; // a compiler that failed half way is not used again
      return cell.end(describeThrown(error));
    } finally {
      compiling = false;
    }
    if (cell.interruptedAt !== Infinity) return cell.end(describeThrown(new Interrupted()));
    if (converted.diagnostics.length > 0) {
      return cell.end(describeDiagnostics(converted.diagnostics, cell.name, cell.text));
    }
    const { DECLARE } = require("./converter.cjs");
    const { output = "", declOutput = "", lastExpressionVar: last } = converted;
    scope = variables.open(declOutput);
    const prefix = `(${converted.hasToplevelAwait ? "async " : ""}function (exports, require, ${DECLARE}) { "use strict"; `;
    const { originalPosition } = converted;
    // TypeScript sets exported names to undefined first, which would lose their earlier values.
    const code = output.replace(/^(?:exports\.[\p{ID_Continue}$]+ = )+void 0;$/mu, "");
    rememberSource(cell.name, {
      text: cell.text,
      originalPosition: (line, column) =>
        originalPosition?.(line, line === 0 ? column - prefix.length : column) ?? null,
    });
    const { exports, declare } = scope;
    /** @type {any} */ (globalThis)[SCOPE] = [exports, cellRequire, declare];
    const succeed = () => {
      if (last) {
        const value = exports[last];
        delete exports[last];
        const isShown = value !== undefined && value !== null && !cell.request.content.silent;
        if (isShown && cell.state === "running") publish(cell, "execute_result", show(cell, value));
      }
      cell.end(null);
    };
    const fail = (/** @type {unknown} */ error) =>
      cell.end(describeThrown(isStopped(error) && cell.interruptedAt !== Infinity ? new Interrupted() : error));
    context.run(cell, () => {
      let result;
      try {
        result = vm.runInThisContext(`${prefix}${code}\n})(...globalThis[Symbol.for("jupyter.cell")])`, {
          filename: cell.name,
          breakOnSigint: true,
          displayErrors: false,
        });
      } catch (error) {
        if (/** @type {any} */ (error)?.code === "ERR_SCRIPT_EXECUTION_INTERRUPTED") cell.interruptedAt = Date.now();
        return fail(error);
      }
      if (converted.hasToplevelAwait) result.then(succeed, fail);
      else succeed();
    });
  }

  /** @param {unknown} error */
  function isStopped(error) {
    return error instanceof Interrupted || /** @type {any} */ (error)?.code === "ERR_SCRIPT_EXECUTION_INTERRUPTED";
  }

  /** Stops the running cell: its signal is aborted and it ends, though its code may still be awaiting. */
  function interrupt() {
    const cell = running;
    if (!cell || cell.interruptedAt !== Infinity) return;
    cell.interruptedAt = Date.now();
    if (cell.stoppedAt) repairTensorFlow();
    cell.controller.abort(new Interrupted());
    // Code that listens to the signal ends the cell itself, in its own words.
    const grace = cell.listens && !cell.stoppedAt ? CLEANUP_MS : 0;
    setTimeout(() => cell.end(describeThrown(new Interrupted(cell.stoppedAt))), grace).unref();
  }

  /**
   * A failure that no cell's code handled.
   * @param {unknown} error
   */
  function unhandled(error) {
    const named = /cell \[\d+\]/.exec(String(/** @type {any} */ (error)?.stack ?? ""))?.[0];
    const cell = context.getStore() ?? byName.get(named ?? "") ?? running ?? latest;
    if (!cell || cell.interruptedAt !== Infinity) return;
    const failure = describeThrown(error);
    if (cell.state !== "ended") {
      cell.failure ??= failure;
      cell.end(failure);
      return;
    }
    late.push({ cell, failure });
    publish(cell, "error", failure);
  }

  /** Whether code of an interrupted cell goes on though it had time to end. */
  function isAbandoned() {
    const cell = context.getStore();
    return cell !== undefined && Date.now() - cell.interruptedAt > CLEANUP_MS;
  }

  return {
    run,
    interrupt,
    unhandled,
    isAbandoned,
    current,
    /** Loads the compiler. @param {string} problem what the first cell says on stderr */
    prepare(problem) {
      notice = problem;
      compile(() => converterNow());
    },
    /** Reads types before a cell needs them. */
    readAhead() {
      if (!running) compile(() => converterNow().readAhead(variables.declarations));
    },
    /** Called on top of code that blocks: whether it may be torn down. */
    mayStop() {
      if (running) running.stoppedAt = new Error().stack;
      return !compiling;
    },
    /** @returns {{ cell: Cell, failure: Described }[]} the failures that came late, each reported once */
    takeLateFailures: () => late.splice(0),
    /** @param {string} text @param {number} position */
    complete: (text, position) => converterNow().complete(variables.declarations, text, position),
    /** @param {string} text @param {number} position */
    inspect: (text, position) => converterNow().inspect(variables.declarations, text, position),
  };
}

/** Closes what code that was torn down in the midst of a TensorFlow.js operation has left open. */
function repairTensorFlow() {
  const engine = /** @type {any} */ (globalThis)._tfengine;
  if (!engine?.state) return;
  const { state } = engine;
  try {
    while (state.scopeStack.length > 0) engine.endScope(); // disposes of the tensors in it
  } catch {
    // A tensor that was only half made: the scopes are dropped as they are.
  }
  Object.assign(state, {
    scopeStack: [], activeScope: null, gradientDepth: 0, kernelDepth: 0, activeTape: null, numDataMovesStack: [],
  });
}

/**
 * The value of a cell's last expression. A value with a method `Symbol.for("Jupyter.display")`
 * gives its own MIME bundle.
 * @param {Cell} cell
 * @param {any} value
 */
function show(cell, value) {
  /** @type {Record<string, unknown>} */
  let data;
  const custom = value[Symbol.for("Jupyter.display")];
  if (typeof custom === "function") data = custom.call(value);
  // Tensors and data frames print themselves as tables.
  else if (typeof value.print === "function" && typeof value.toString === "function") data = { "text/plain": value.toString() };
  else if (typeof value === "string") data = { "text/plain": value };
  // The kernel's own bookkeeping would show on promises.
  else data = { "text/plain": inspect(value).replace(/,?\n +\[Symbol\((async_id|trigger_async_id|kResourceStore).*/g, "") };
  return { execution_count: cell.count, data, metadata: {} };
}

module.exports = { Cell, createCells, context };
