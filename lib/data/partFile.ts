import { randomBytes } from "node:crypto";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

// <file>.<process id>-<random>.part: one process writes each; 0 stands for none.

/**
 * Takes over what an interrupted download of a file left behind, or names a new file.
 *
 * @param target the file to be downloaded
 * @returns path of a file that nobody else writes; it may not exist yet
 */
export async function claimPart(target: string): Promise<string> {
  const own = partName(target, process.pid);
  const sizes = await Promise.all(
    (await abandonedParts(target)).map(async (path) => ({ path, size: await sizeOf(path) })),
  );
  for (const { path } of sizes.sort((a, b) => b.size - a.size)) {
    try {
      await rename(path, own); // of several processes that try this one succeeds
      return own;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return own;
}

/** Leaves an unfinished part for the next download to go on with. */
export async function releasePart(target: string, part: string): Promise<void> {
  if ((await sizeOf(part)) === 0) await rm(part, { force: true });
  else await rename(part, partName(target, 0));
}

/** Deletes what interrupted downloads of a file left behind. */
export async function removeAbandonedParts(target: string): Promise<void> {
  await Promise.all((await abandonedParts(target)).map((path) => rm(path, { force: true })));
}

function partName(target: string, processId: number): string {
  return `${target}.${processId}-${randomBytes(4).toString("hex")}.part`;
}

async function abandonedParts(target: string): Promise<string[]> {
  const prefix = `${basename(target)}.`;
  let names: string[];
  try {
    names = await readdir(dirname(target));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return names
    .filter((name) => name.startsWith(prefix) && name.endsWith(".part"))
    .filter((name) => !isRunning(Number.parseInt(name.slice(prefix.length), 10)))
    .map((name) => join(dirname(target), name));
}

function isRunning(processId: number): boolean {
  if (!(processId > 0)) return false;
  try {
    process.kill(processId, 0); // signal 0 only asks
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // runs, but is somebody else's
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0; // taken over or finished by another process meanwhile
  }
}
