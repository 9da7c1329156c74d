// npm run notebooks -- [PATH…] [--timeout SECONDS] [--out DIR]
// Executes notebooks headlessly in the course's kernel; see jupyter/execute.py for what counts as a pass.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { jupyterEnv, root, venvPython } from "./project.mjs";
import { exitCodeOf } from "./run.mjs";
import { setupOrExit } from "./setup.mjs";

const usage = `npm run notebooks -- [PATH…] [--timeout SECONDS] [--out DIR]

  PATH       a notebook or a folder of notebooks; default: notebooks/
  --timeout  seconds a cell may take; default: 600
  --out      where the executed notebooks, their HTML and junit.xml go; default: build/notebooks`;

/** Paths are those of the folder the command was typed in, which npm leaves for the package's own. */
function locate(path) {
  const here = resolve(path);
  const there = resolve(process.env.INIT_CWD ?? ".", path);
  return existsSync(here) ? here : existsSync(there) ? there : here;
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        timeout: { type: "string", default: "600" },
        out: { type: "string", default: join(root, "build", "notebooks") },
        help: { type: "boolean", default: false },
      },
    });
    if (!(Number(values.timeout) > 0)) {
      throw new RangeError(`Expected --timeout to be a number of seconds above 0 but found ${values.timeout}`);
    }
    return { ...values, paths: positionals.length > 0 ? positionals.map(locate) : [join(root, "notebooks")] };
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}

const { timeout, out, help, paths } = readArguments();
if (help) {
  console.log(usage);
  process.exit(0);
}
await setupOrExit();
const python = spawn(
  venvPython,
  [join(root, "jupyter", "execute.py"), "--timeout", timeout, "--out", resolve(out), "--", ...paths],
  { env: jupyterEnv(), stdio: "inherit" },
);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  // A terminal tells both programs of Ctrl-C; this one waits until the kernels are gone.
  process.on(signal, () => {
    if (signal !== "SIGINT" && process.platform !== "win32") python.kill("SIGINT");
  });
}
python.on("error", (error) => {
  console.error(`The notebooks could not be run: ${error.message}`);
  process.exit(1);
});
python.on("exit", (code, signal) => process.exit(code ?? exitCodeOf(signal)));
