import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * Name of a file or folder while it is written. It is this process's own: of a run that was killed, a program
 * may still be writing.
 */
export function partOf(path) {
  return `${path}.${process.pid}.part`;
}

/** Removes what interrupted runs left in a folder. */
export function removeParts(folder) {
  for (const name of readdirSync(folder)) {
    if (/\.\d+\.part$/.test(name)) rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 3 });
  }
}
