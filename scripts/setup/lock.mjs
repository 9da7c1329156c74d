import { hostname } from "node:os";
import { dirname } from "node:path";
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";

const heartbeat = 5_000;
const silence = 120_000;

/**
 * Runs `work` while no other process runs work under the same lock file. A lock whose process is gone,
 * or which gave no sign of life for two minutes, is taken over.
 *
 * @param {string} file the lock file; its folder is made when missing
 * @param {() => Promise<T>} work what to do while holding the lock
 * @param {(owner: number) => void} [onWait] called once, with the process id, when another holds the lock
 * @returns {Promise<T>} what `work` returns
 * @template T
 */
export async function withLock(file, work, onWait = () => {}) {
  mkdirSync(dirname(file), { recursive: true });
  const token = JSON.stringify({
    pid: process.pid,
    host: hostname(),
    at: process.hrtime.bigint().toString(),
  });
  let told = false;
  while (!create(file, token)) {
    const held = read(file);
    if (held === undefined) continue;
    if (isStale(held)) {
      takeAway(file, held.text);
      continue;
    }
    if (!told) {
      told = true;
      onWait(held.pid);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const beat = setInterval(() => touch(file), heartbeat);
  beat.unref();
  // A process that is told to stop ends through "exit"; one that is killed leaves a stale lock.
  const release = () => {
    if (read(file)?.text === token) rmSync(file, { force: true });
  };
  process.once("exit", release);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    process.off("exit", release);
    release();
  }
}

function create(file, text) {
  try {
    writeFileSync(file, text, { flag: "wx" });
    return true;
  } catch (error) {
    // Windows answers EPERM while a deleted file is still open elsewhere.
    if (error.code === "EEXIST" || (error.code === "EPERM" && process.platform === "win32")) return false;
    throw error;
  }
}

function read(file) {
  try {
    const text = readFileSync(file, "utf8");
    const age = Date.now() - statSync(file).mtimeMs;
    let owner = {};
    try {
      owner = JSON.parse(text);
    } catch {
      // Created this instant and not written yet, or damaged: its age decides.
    }
    return { text, age, pid: owner.pid, host: owner.host };
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

function isStale({ pid, host, age }) {
  if (age > silence) return true;
  if (pid === undefined) return age > 10_000;
  return host === hostname() && !isAlive(pid);
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Removes the stale lock with this content; of two processes that want to, one does it at a time. */
function takeAway(file, text) {
  const breaker = `${file}.break`;
  if (!create(breaker, "")) {
    const other = read(breaker);
    if (other !== undefined && other.age > 10_000) rmSync(breaker, { force: true });
    return;
  }
  try {
    if (read(file)?.text === text) rmSync(file, { force: true });
  } finally {
    rmSync(breaker, { force: true });
  }
}

function touch(file) {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // The folder went away: nothing is left to protect.
  }
}
