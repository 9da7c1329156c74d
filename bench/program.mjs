import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, openSync } from "node:fs";
import { dirname, relative } from "node:path";
import { createInterface } from "node:readline";
import { root } from "../scripts/project.mjs";

const patience = 300; // seconds

/**
 * Starts a program that trains when it is asked to. Requests and answers are lines of JSON, see
 * bench/python/protocol.py; what else it prints is passed over.
 *
 * @param {{command: string[], log: string, env?: NodeJS.ProcessEnv, timeLimit?: number}} options `log`: file for its
 *   standard error; `timeLimit`: seconds an answer may take
 * @returns {Promise<Program>} when the program is ready, or cannot become so
 *
 * @typedef {object} Program
 * @property {number} [pid] of its process
 * @property {string} [missing] why there is nothing to measure; then `ask` answers the same
 * @property {Record<string, string>} versions of what it measures
 * @property {string} runs on what it does
 * @property {(request: object) => Promise<object>} ask answered one after the other; a failure is an answer
 *   `{missing}` too
 * @property {() => Promise<void>} end ends the program and waits until it has
 */
export async function startProgram({ command: [file, ...args], log, env = process.env, timeLimit = patience }) {
  mkdirSync(dirname(log), { recursive: true });
  const child = spawn(file, args, { env, stdio: ["pipe", "pipe", "pipe"], windowsHide: true });
  const errors = createWriteStream(log, { fd: openSync(log, "w") }); // opened now: the folder may be gone later
  child.stderr.pipe(errors);
  child.stdin.on("error", () => {}); // it has ended, which "close" tells
  let gone;
  let receive = () => {};
  const lost = (reason) => receive((gone ??= { missing: reason }));
  child.on("error", (error) => lost(`${file} does not start: ${error.message}`));
  const closed = new Promise((resolve) => child.on("close", resolve)).then((code) => {
    lost(`it ended with code ${code}, see ${relative(root, log)}`);
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    const answer = parse(line);
    if (answer !== undefined) receive("error" in answer ? { missing: answer.error } : answer);
  });

  function next() {
    if (gone !== undefined) return Promise.resolve(gone);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        lost(`no answer within ${timeLimit} s`);
        child.kill("SIGKILL");
      }, timeLimit * 1000);
      receive = (answer) => {
        clearTimeout(timer);
        receive = () => {};
        resolve(answer);
      };
    });
  }

  const { versions = {}, runs = "", missing } = await next();
  if (missing !== undefined) gone = { missing };
  return {
    pid: child.pid,
    versions,
    runs,
    missing,
    ask(request) {
      const answer = next();
      if (gone === undefined) child.stdin.write(`${JSON.stringify(request)}\n`);
      return answer;
    },
    async end() {
      child.stdin.end();
      await closed;
    },
  };
}

/** The object in a line of JSON, undefined for anything else. */
function parse(line) {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
