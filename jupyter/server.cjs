"use strict";
// The kernel as Jupyter sees it: sockets, requests and replies.
// https://jupyter-client.readthedocs.io/en/stable/messaging.html
const { clearTimeout, setImmediate, setTimeout } = require("node:timers"); // not those that kernel.cjs gives to cells
const { Worker } = require("node:worker_threads");
const path = require("node:path");
const zmq = require("zeromq");
const { parseMessage, formatMessage } = require("./messages.cjs");
const { Cell } = require("./cells.cjs");

/**
 * @typedef {import("./messages.cjs").Message} Message
 * @typedef {import("./traceback.cjs").Described} Described
 */

/** A failure is told after this time: what has come until then was sent without knowing of it. */
const ABORT_MS = 20;

/** A cell that prints more often than this in a second has its text gathered. */
const MESSAGES_PER_SECOND = 200;

class Server {
  /** @param {Record<string, any>} connection the content of Jupyter's connection file */
  constructor(connection) {
    this.connection = connection;
    // Without a limit: a publisher drops what exceeds it. Without a limit nothing has to wait to be sent either, which the
    // timeout of 0 says: otherwise a message may wait for the event loop, and the next one throws meanwhile.
    this.iopub = new zmq.Publisher({ sendHighWaterMark: 0, sendTimeout: 0, linger: 500 });
    this.shell = new zmq.Router({ sendHighWaterMark: 0, sendTimeout: 0, linger: 500 });
    this.stdin = new zmq.Router();
    /** For control.cjs: the interrupts that this thread has seen, and whether the running cell listens to its signal. */
    this.alive = new Int32Array(new SharedArrayBuffer(8));
    this.executionCount = 0;
    /** @type {Message[]} */
    this.queue = [];
    this.executing = false;
    /** When a request last came or a cell last ended. */
    this.usedAt = Date.now();
    /** Settled with the first request. @type {Promise<void>} */
    this.asked = new Promise((resolve) => (this.answered = resolve));
    /** @type {{ cell: Cell | null, name: string, text: string } | null} */
    this.pendingText = null;
    this.window = { start: 0, sent: 0, last: 0 };
  }

  /**
   * @param {object} handlers
   * @param {ReturnType<typeof import("./cells.cjs").createCells>} handlers.cells
   * @param {Promise<void>} handlers.ready when cells can be run
   * @param {() => Promise<{ cell: Cell, failure: Described }[]>} handlers.settle
   * @param {() => object} handlers.info
   * @param {(text: string) => object} handlers.isComplete
   * @param {(text: string, position: number) => object} handlers.inspect
   * @param {() => void} handlers.exit
   */
  async listen(handlers) {
    this.handlers = handlers;
    const { transport, ip } = this.connection;
    const bind = (/** @type {any} */ socket, /** @type {string} */ name) =>
      socket.bind(`${transport}://${ip}:${this.connection[`${name}_port`]}`);
    await Promise.all([bind(this.iopub, "iopub"), bind(this.shell, "shell"), bind(this.stdin, "stdin")]);
    this.control = new Worker(path.join(__dirname, "control.cjs"), {
      workerData: { connection: this.connection, alive: this.alive },
    });
    this.control.on("message", (message) => this.handleControl(message));
    this.publish(null, "status", { execution_state: "starting" });
    void this.receive();
  }

  async receive() {
    for await (const frames of this.shell) {
      let request;
      try {
        request = parseMessage(this.connection.key, frames);
      } catch {
        continue; // not from our client
      }
      // From a turn of its own: code that is torn down must not take this loop with it.
      setImmediate(() => this.handle(request, (type, content) => this.reply(request, type, content)));
    }
  }

  /** @param {any} message */
  handleControl(message) {
    if (message.type === "interrupt") {
      Atomics.store(this.alive, 0, message.number);
      this.handlers.cells.interrupt();
    } else if (message.type === "shutdown") {
      this.close();
    } else if (message.type === "request") {
      const { request } = message;
      this.handle(request, (name, content) => this.control.postMessage({ type: "reply", name, content, request }));
    }
  }

  /**
   * @param {Message} request
   * @param {(type: string, content: object) => void} reply
   */
  handle(request, reply) {
    this.usedAt = Date.now();
    const { content } = request;
    const type = request.header.msg_type;
    if (type === "execute_request") {
      this.queue.push(request);
      this.next();
      return;
    }
    this.publish(request, "status", { execution_state: "busy" });
    const finish = (/** @type {object} */ answer) => {
      reply(type.replace(/_request$/, "_reply"), answer);
      this.publish(request, "status", { execution_state: "idle" });
    };
    this.answered();
    const { cells, ready } = this.handlers;
    const later = (/** @type {() => object} */ answer) =>
      ready.then(() => {
        try {
          finish({ status: "ok", ...answer() });
        } catch (error) {
          finish({ status: "error", ename: error.name, evalue: error.message, traceback: [] });
        }
      });
    if (type === "kernel_info_request") finish({ status: "ok", ...this.handlers.info() });
    else if (type === "is_complete_request") finish(this.handlers.isComplete(content.code));
    else if (type === "comm_info_request") finish({ status: "ok", comms: {} });
    else if (type === "history_request") finish({ status: "ok", history: [] });
    else if (type === "complete_request") {
      later(() => {
        const { start, end, candidates } = cells.complete(content.code, content.cursor_pos);
        return { matches: candidates, cursor_start: start, cursor_end: end, metadata: {} };
      });
    } else if (type === "inspect_request") {
      later(() => this.handlers.inspect(content.code, content.cursor_pos));
    } else this.publish(request, "status", { execution_state: "idle" });
  }

  /** Runs the next request in the queue when none is running. */
  next() {
    if (this.executing) return;
    const request = this.queue.shift();
    if (!request) return;
    this.executing = true;
    this.window.sent = 0;
    Atomics.store(this.alive, 1, 0);
    this.publish(request, "status", { execution_state: "busy" });
    const done = (/** @type {object} */ content) => {
      this.flush();
      this.reply(request, "execute_reply", content);
      this.publish(request, "status", { execution_state: "idle" });
      this.executing = false;
      this.usedAt = Date.now();
      setImmediate(() => this.next());
    };
    const { code, silent = false, store_history: storeHistory = !silent, stop_on_error: stopOnError = true } = request.content;
    if (silent && code.trim() === "") {
      void this.settle(done);
      return;
    }
    if (!silent && storeHistory) this.executionCount++;
    const count = this.executionCount;
    if (!silent) this.publish(request, "execute_input", { code, execution_count: count });
    const cell = new Cell(count, code, request);
    this.handlers.ready.then(() =>
      // From a turn of its own, like receive().
      setImmediate(() =>
        this.handlers.cells.run(cell, (failure) => {
          if (!failure) {
            done({ status: "ok", execution_count: count, payload: [], user_expressions: {} });
            return;
          }
          this.publish(request, "error", failure);
          const answer = () => done({ status: "error", execution_count: count, ...failure });
          if (!stopOnError) return answer();
          setTimeout(() => {
            const unaware = this.queue.splice(0);
            answer();
            for (const waiting of unaware) this.abort(waiting);
          }, ABORT_MS);
        }),
      ),
    );
  }

  /** Answers a request that followed one that failed. @param {Message} request */
  abort(request) {
    this.publish(request, "status", { execution_state: "busy" });
    this.reply(request, "execute_reply", { status: "aborted", execution_count: this.executionCount });
    this.publish(request, "status", { execution_state: "idle" });
  }

  /** @param {(content: object) => void} done */
  async settle(done) {
    await this.handlers.ready;
    const failures = await this.handlers.settle();
    if (failures.length === 0) {
      done({ status: "ok", execution_count: this.executionCount, payload: [], user_expressions: {} });
      return;
    }
    const lines = failures.map(({ cell, failure }) => `${cell.name}: ${failure.ename}: ${failure.evalue}`);
    done({
      status: "error",
      execution_count: this.executionCount,
      ename: "LateFailure",
      evalue: `After its cell had ended: ${lines.join("; ")}`,
      traceback: failures.flatMap(({ failure }) => failure.traceback),
      failures: failures.map(({ cell, failure }) => ({ execution_count: cell.count, ...failure })),
    });
  }

  /** @param {Message} request @param {string} type @param {object} content */
  reply(request, type, content) {
    void this.shell.send(formatMessage(this.connection.key, type, content, request, request.identity));
  }

  /** @param {Message | null} parent @param {string} type @param {object} content */
  publish(parent, type, content) {
    if (this.iopub.closed) return;
    if (type !== "stream") this.flush();
    void this.iopub.send(formatMessage(this.connection.key, type, content, parent, [type]));
  }

  /**
   * Text that a cell prints. It is sent at once, also out of a loop that blocks, unless it is very much.
   * @param {Cell | null} cell
   * @param {string} name stdout or stderr
   * @param {string} text
   */
  write(cell, name, text) {
    const pending = this.pendingText;
    if (pending && (pending.cell !== cell || pending.name !== name)) this.flush();
    if (this.pendingText) this.pendingText.text += text;
    else this.pendingText = { cell, name, text };
    const now = Date.now();
    if (now - this.window.start > 1000) this.window = { ...this.window, start: now, sent: 0 };
    if (this.window.sent < MESSAGES_PER_SECOND || now - this.window.last > 50) this.flush();
    else if (!this.flushTimer) this.flushTimer = setTimeout(() => this.flush(), 50);
  }

  flush() {
    clearTimeout(this.flushTimer);
    this.flushTimer = undefined;
    const pending = this.pendingText;
    if (!pending) return;
    this.pendingText = null;
    this.window.sent++;
    this.window.last = Date.now();
    this.publish(pending.cell?.request ?? null, "stream", { name: pending.name, text: pending.text });
  }

  /** Ends the process when all has been sent. */
  close() {
    this.flush();
    this.shell.close();
    this.stdin.close();
    this.iopub.close();
    this.control.once("exit", () => this.handlers.exit());
    this.control.postMessage({ type: "close" });
  }
}

module.exports = { Server };
