import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Finds the course's checkout: the nearest folder above this file that holds `notebooks/` or a
 * package.json with workspaces. Where the library is installed without the course, the current folder.
 */
export function checkoutFolder(): string {
  let folder = __dirname;
  while (dirname(folder) !== folder) {
    folder = dirname(folder);
    if (existsSync(join(folder, "notebooks")) || hasWorkspaces(join(folder, "package.json"))) return folder;
  }
  return process.cwd();
}

function hasWorkspaces(packageFile: string): boolean {
  try {
    return "workspaces" in (JSON.parse(readFileSync(packageFile, "utf8")) as object);
  } catch {
    return false; // no such file, or not for us to judge
  }
}
