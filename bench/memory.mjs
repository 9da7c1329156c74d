import { readFileSync, writeFileSync } from "node:fs";

/**
 * Memory of another process in MB (10^6 bytes), resident now and at its highest since the last `resetPeak`.
 *
 * @param {number} pid
 * @returns {{now: number, peak: number} | null} null where the system has no /proc, as Linux has
 */
export function memoryOf(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const megabytes = (name) => (Number(status.match(new RegExp(`${name}:\\s+(\\d+) kB`))[1]) * 1024) / 1e6;
    return { now: megabytes("VmRSS"), peak: megabytes("VmHWM") };
  } catch {
    return null;
  }
}

/** Lets a process's highest memory begin anew at what it has now. */
export function resetPeak(pid) {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
  } catch {
    // No /proc; memoryOf answers null.
  }
}
