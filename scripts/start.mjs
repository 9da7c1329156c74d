// npm start: sets the course up and opens JupyterLab on the notebooks. Arguments are handed on:
// npm start -- --no-browser --port 9000
import { spawn } from "node:child_process";
import { join } from "node:path";
import { jupyterEnv, root, venvPython } from "./project.mjs";
import { exitCodeOf } from "./run.mjs";
import { setupOrExit } from "./setup.mjs";

await setupOrExit();
console.log("JupyterLab starts; Ctrl-C in this terminal ends it.");
const config = join(root, "jupyter", "jupyter_server_config.py");
const lab = spawn(venvPython, ["-m", "jupyterlab", `--config=${config}`, ...process.argv.slice(2)], {
  cwd: root,
  env: jupyterEnv(),
  stdio: "inherit",
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    // A Windows console tells every program of Ctrl-C itself, and kill() would end this one unsaved.
    if (process.platform !== "win32") lab.kill(signal);
  });
}
lab.on("error", (error) => {
  console.error(`JupyterLab could not be started: ${error.message}`);
  process.exit(1);
});
lab.on("exit", (code, signal) => process.exit(code ?? exitCodeOf(signal)));
