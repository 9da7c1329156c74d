import { mkdirSync, statfsSync } from "node:fs";
import { SetupError } from "../setup/setupError.mjs";

/**
 * Makes sure that a disk has room, before work that would end half done.
 *
 * @param {string} folder on that disk; it is made when missing
 * @param {number} needed bytes
 * @throws {SetupError} when less is free
 */
export function checkRoom(folder, needed) {
  mkdirSync(folder, { recursive: true });
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < needed) throw noRoom(needed, bavail * bsize);
}

/** The same when a disk was full after all. */
export function noRoom(needed, free) {
  const found = free === undefined ? "" : `, and ${megabytes(free)} are free`;
  return new SetupError(`There is too little room on the disk: native TensorFlow needs about ${megabytes(needed)}${found}.`, [
    "Make room and try again; what is done already is kept.",
  ]);
}

function megabytes(bytes) {
  return `${Math.round(bytes / 1e6)} MB`;
}
