// Where things are in the checkout, and the environment Jupyter runs in. Node built-ins only:
// this is loaded before anything is installed.
import { mkdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const windows = process.platform === "win32";
export const venv = join(root, ".venv");
export const venvBin = join(venv, windows ? "Scripts" : "bin");
export const venvPython = join(venvBin, windows ? "python.exe" : "python");

/** Environment in which Jupyter finds the course's kernel and writes nothing outside the checkout. */
export function jupyterEnv() {
  const state = join(root, ".jupyter");
  // IPython, which HTML export loads, looks for a place elsewhere when this folder is missing.
  mkdirSync(state, { recursive: true });
  return {
    ...process.env,
    // The kernel is started as "node": the one that runs this script.
    PATH: [venvBin, dirname(process.execPath), process.env.PATH].join(delimiter),
    JUPYTER_PATH: join(root, "jupyter"),
    JUPYTER_CONFIG_DIR: join(state, "config"),
    JUPYTER_DATA_DIR: join(state, "data"),
    JUPYTER_RUNTIME_DIR: join(state, "runtime"),
    IPYTHONDIR: join(state, "ipython"),
    JUPYTER_PLATFORM_DIRS: "1",
    PYTHONUTF8: "1",
  };
}
