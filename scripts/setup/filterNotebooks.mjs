import { spawnSync } from "node:child_process";

const setting = "filter.course-notebook.clean";
const command = "node scripts/cleanNotebook.mjs";

/**
 * Tells this clone's git to leave outputs out of notebooks (.gitattributes names the filter; git asks
 * each clone to agree). Without git, or outside a clone, there is nothing to do.
 *
 * @param {string} root the checkout
 */
export function filterNotebooks(root) {
  const git = (...args) => spawnSync("git", ["-C", root, "config", "--local", ...args], { encoding: "utf8", windowsHide: true });
  const { status, stdout } = git("--get", setting);
  // 0: it is set; 1: it is not; anything else: no git, or no clone.
  if (status === 1 || (status === 0 && stdout.trim() !== command)) git(setting, command);
}
