import { existsSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../run.mjs";
import { findPython } from "./findPython.mjs";
import { pipInstall } from "./pipInstall.mjs";
import { progress } from "./progress.mjs";
import { SetupError } from "./setupError.mjs";
import { fingerprint, readText } from "./stamp.mjs";

/**
 * Makes the project's own Python environment with the pinned JupyterLab, unless it is there.
 *
 * @param {string} root the checkout
 * @param {{venv: string, venvPython: string}} places the environment's folder and its Python
 * @throws {SetupError} when Python is missing or pip fails
 */
export async function installJupyter(root, { venv, venvPython }) {
  const stamp = join(venv, ".course-stamp");
  const requirements = join(root, "jupyter", "requirements.txt");
  const constraints = join(root, "jupyter", "constraints.txt");
  // Scripts in the environment hold its absolute path, so a checkout that was moved starts afresh.
  const state = () =>
    fingerprint(
      [requirements, constraints],
      venv,
      realPath(venvPython),
      readText(join(venv, "pyvenv.cfg")) ?? "",
    );
  if (existsSync(venvPython) && readText(stamp) === state()) return;

  const { command, version } = await findPython();
  const line = progress("JupyterLab");
  line.update(`Python ${version} makes .venv`);
  // Whatever is there is half made, out of date, or made by a Python that has gone.
  rmSync(venv, { recursive: true, force: true, maxRetries: 3 });
  const [program, ...first] = command;
  const made = await run(program, [...first, "-m", "venv", venv], {
    cwd: root,
    log: join(root, "build", "setup", "venv.log"),
  });
  if (made.code !== 0) {
    line.fail();
    throw explainVenv(made.output, version);
  }

  const { code, output } = await pipInstall(venvPython, {
    requirements,
    constraints,
    log: join(root, "build", "setup", "pip.log"),
    packages: (readText(constraints) ?? "").split("\n").filter((text) => /^\w[^;]*==[^;]*$/.test(text)).length,
    onProgress: (text) => line.update(text),
  });
  if (code !== 0) {
    line.fail();
    throw explainPip(output);
  }
  writeFileSync(stamp, state());
  line.done(`installed in .venv with Python ${version}`);
}

function realPath(file) {
  try {
    return realpathSync(file);
  } catch {
    return "";
  }
}

function explainVenv(output, version) {
  const details = output.trim().split("\n").slice(-8).join("\n");
  if (/ensurepip|python3?[\d.]*-venv/.test(output)) {
    return new SetupError(
      `Python ${version} could not make a virtual environment: its venv module is not complete.`,
      ["Debian and Ubuntu: sudo apt install python3-venv"],
      details,
    );
  }
  return new SetupError(
    `Python ${version} could not make the virtual environment .venv.`,
    [
      "Check that this folder may be written to and that the disk is not full (build/setup/venv.log has the output).",
    ],
    details,
  );
}

function explainPip(output) {
  const details = output
    .trim()
    .split("\n")
    .filter((text) => /error|warning|could not/i.test(text))
    .slice(-6)
    .join("\n");
  const log = "The whole output is in build/setup/pip.log.";
  if (/No space left|Errno 28/.test(output)) {
    return new SetupError(
      "pip could not install JupyterLab: the disk is full.",
      ["It needs about 400 MB. Make room and try again.", log],
      details,
    );
  }
  if (
    /connection|Max retries|NewConnectionError|Temporary failure|timed out|ProxyError|SSLError|getaddrinfo|Name or service|from versions: none/i.test(
      output,
    )
  ) {
    return new SetupError(
      "pip could not install JupyterLab: the Python package index cannot be reached.",
      [
        "Check the network connection and try again.",
        "Behind a proxy: set the environment variable HTTPS_PROXY. A mirror: set PIP_INDEX_URL.",
        log,
      ],
      details,
    );
  }
  if (/Permission denied|Errno 13/.test(output)) {
    return new SetupError(
      "pip could not install JupyterLab: it may not write here.",
      ["Put the course into a folder of your own; do not use sudo.", log],
      details,
    );
  }
  return new SetupError(
    "pip could not install JupyterLab.",
    ["Try again; if it fails again, try another Python (environment variable PYTHON).", log],
    details,
  );
}
