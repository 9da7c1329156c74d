"use strict";
// The thread that answers while a cell blocks the main one: heartbeat, interrupt and shutdown.
const { parentPort, workerData } = require("node:worker_threads");
const inspector = require("node:inspector");
const zmq = require("zeromq");
const { parseMessage, formatMessage } = require("./messages.cjs");

/** @type {{ connection: Record<string, any>, alive: Int32Array }} */
const { connection, alive } = workerData;
const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
const address = (/** @type {string} */ name) => `${connection.transport}://${connection.ip}:${connection[`${name}_port`]}`;

/** How long the main thread may take to see an interrupt before it counts as blocked. */
const PATIENCE_MS = 200;
/** The same for a cell that has asked for its signal: its next step may take a while. */
const LISTENING_PATIENCE_MS = 2000;

const control = new zmq.Router({ sendHighWaterMark: 0, linger: 500 });
const heartbeat = new zmq.Reply();
const parent = process.ppid;
let interrupts = 0;

/** @param {string} type @param {object} content @param {any} request */
function reply(type, content, request) {
  return control.send(formatMessage(connection.key, type, content, request, request.identity));
}

/** Asks the main thread to end its cell, and where it does not listen, tears down what blocks it. */
function interrupt() {
  const mine = ++interrupts;
  port.postMessage({ type: "interrupt", number: mine });
  const patience = Atomics.load(alive, 1) ? LISTENING_PATIENCE_MS : PATIENCE_MS;
  const check = () => {
    if (Atomics.load(alive, 0) >= mine) return;
    const session = new inspector.Session();
    session.connectToMainThread();
    // Runs on top of the code that blocks; see kernel.cjs.
    session.post("Runtime.evaluate", { expression: `globalThis[Symbol.for("jupyter.stop")]()` }, (_error, answer) => {
      session.disconnect();
      if (/** @type {any} */ (answer)?.result?.value === "busy") setTimeout(check, PATIENCE_MS);
    });
  };
  setTimeout(check, patience);
}

function shutdown() {
  port.postMessage({ type: "shutdown" });
  setTimeout(() => process.kill(process.pid, "SIGKILL"), 1000).unref();
}

async function serve() {
  await Promise.all([control.bind(address("control")), heartbeat.bind(address("hb"))]);
  port.postMessage({ type: "ready" });
  const beat = async () => {
    for await (const frames of heartbeat) await heartbeat.send(frames);
  };
  beat().catch(() => {});
  for await (const frames of control) {
    let request;
    try {
      request = parseMessage(connection.key, frames);
    } catch {
      continue; // not from our client
    }
    const type = request.header.msg_type;
    if (type === "interrupt_request") {
      interrupt();
      await reply("interrupt_reply", { status: "ok" }, request);
      port.postMessage({ type: "request", request });
    } else if (type === "shutdown_request") {
      await reply("shutdown_reply", { status: "ok", restart: request.content.restart ?? false }, request);
      port.postMessage({ type: "request", request });
      shutdown();
    } else {
      port.postMessage({ type: "request", request });
    }
  }
}

port.on("message", (message) => {
  if (message.type === "reply") void reply(message.name, message.content, message.request);
  if (message.type === "close") {
    control.close();
    heartbeat.close();
    port.close();
  }
});

// A kernel whose Jupyter died has nobody left to end it.
setInterval(() => {
  if (process.platform !== "win32" && process.ppid !== parent) process.kill(process.pid, "SIGKILL");
}, 1000).unref();

serve().catch((error) => {
  if (!control.closed) throw error;
});
