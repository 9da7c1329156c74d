import { spawn, spawnSync } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { constants } from "node:os";
import { dirname } from "node:path";
import { root } from "./project.mjs";

const windows = process.platform === "win32";
const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
const patience = 5_000;
const running = new Set();
let ending;

/**
 * Runs a program to its end with an argument list, never through a shell. When this process is told to
 * stop, the program and everything it started is stopped too.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {object} [options]
 * @param {string} [options.cwd] working folder, the checkout by default
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {string} [options.log] file that receives everything the program prints
 * @param {boolean} [options.show] whether its output is shown as it comes, default false
 * @param {(line: string) => void} [options.onLine] called with each line of output
 * @param {number} [options.timeLimit] seconds after which it is stopped, default none
 * @returns {Promise<{code: number, output: string, seconds: number, timedOut: boolean}>} its exit code (128 + n
 *   after signal n) and the end of what it printed
 * @throws when the program cannot be started
 */
export function run(program, args, options = {}) {
  const { cwd = root, env = process.env, log, show = false, onLine, timeLimit } = options;
  const started = performance.now();
  return new Promise((resolve, reject) => {
    // A process group of its own, so that the whole group can be stopped.
    const child = spawn(program, args, {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: !windows,
      windowsHide: true,
    });
    watch(child);
    let file;
    if (log !== undefined) {
      mkdirSync(dirname(log), { recursive: true });
      file = createWriteStream(log);
    }
    let output = "";
    let timedOut = false;
    const timer =
      timeLimit === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            stop(child);
          }, timeLimit * 1000);

    for (const [stream, shown] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      let rest = "";
      stream.setEncoding("utf8");
      stream.on("data", (text) => {
        file?.write(text);
        if (show) shown.write(text);
        output = (output + text).slice(-200_000);
        if (onLine === undefined) return;
        const lines = (rest + text).split(/\r?\n|\r/);
        rest = lines.pop();
        lines.forEach(onLine);
      });
    }
    // A program left behind by this one may hold its output open: that is not waited for.
    let grace;
    child.on("exit", () => {
      grace = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, 2_000);
    });
    child.on("error", (error) => {
      clearTimeout(timer);
      unwatch(child);
      file?.end();
      reject(error);
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      clearTimeout(grace);
      unwatch(child);
      const result = {
        code: code ?? exitCodeOf(signal),
        output,
        timedOut,
        seconds: (performance.now() - started) / 1000,
      };
      if (file === undefined) resolve(result);
      else file.end(() => resolve(result));
    });
  });
}

/** The exit code that a shell reports for a program which ended by this signal. */
export function exitCodeOf(signal) {
  return 128 + (constants.signals[signal] ?? 1);
}

/** While a program runs, and only then, signals are ours to handle. */
function watch(child) {
  if (running.size === 0) for (const signal of signals) process.on(signal, stopAll);
  running.add(child);
}

function unwatch(child) {
  running.delete(child);
  if (running.size > 0) return;
  for (const signal of signals) process.off(signal, stopAll);
  if (ending !== undefined) process.exit(ending);
}

/** Stops everything and ends; a second signal does not wait for it. */
function stopAll(signal) {
  if (ending !== undefined) process.exit(ending);
  ending = exitCodeOf(signal);
  for (const child of running) stop(child, signal);
  setTimeout(() => process.exit(ending), patience + 500);
}

function stop(child, signal = "SIGTERM") {
  if (windows) {
    spawnSync("taskkill", ["/pid", String(child.pid), "/t", "/f"], { windowsHide: true });
    return;
  }
  const send = (what) => {
    try {
      process.kill(-child.pid, what);
    } catch {
      // It has ended by itself.
    }
  };
  send(signal);
  const last = setTimeout(() => send("SIGKILL"), patience);
  child.on("close", () => clearTimeout(last));
}
