// Where the benchmark's Python environment is.
import { join } from "node:path";
import { root } from "../scripts/project.mjs";

const windows = process.platform === "win32";
export const venv = join(root, "build", "bench-venv");
export const venvPython = join(venv, windows ? "Scripts" : "bin", windows ? "python.exe" : "python");
