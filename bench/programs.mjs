import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "../scripts/project.mjs";
import { venvPython } from "./place.mjs";
import { startProgram } from "./program.mjs";

const node = (script, ...args) => [process.execPath, join(root, "bench", "node", script), ...args];
const python = (script) => [venvPython, join(root, "bench", "python", script)];
const commands = {
  ours: node("ours.mjs"),
  keras: python("keras_fit.py"),
  torch: python("torch_fit.py"),
  "tfjs-wasm": node("tfjs.mjs", "wasm"),
  "tfjs-node": node("tfjs.mjs", "node"),
};

/**
 * Starts what is measured under this name.
 *
 * @param {"ours" | "keras" | "torch" | "tfjs-wasm" | "tfjs-node"} name
 * @returns {Promise<import("./program.mjs").Program>} one that is not installed says so in `missing`
 */
export async function start(name) {
  const command = commands[name];
  if (command[0] === venvPython && !existsSync(venvPython)) {
    const missing = "not installed: npm run bench:setup";
    return { missing, versions: {}, runs: "", ask: async () => ({ missing }), end: async () => {} };
  }
  return startProgram({ command, log: join(root, "build", "bench", `${name}.log`) });
}
