// Everything the course needs, in order, each step only when it is not done yet. Node built-ins only:
// this runs before anything is installed.
import { join } from "node:path";
import { isMain } from "./isMain.mjs";
import { root, venv, venvPython } from "./project.mjs";
import { checkNode } from "./setup/checkNode.mjs";
import { filterNotebooks } from "./setup/filterNotebooks.mjs";
import { installJupyter } from "./setup/installJupyter.mjs";
import { installPackages } from "./setup/installPackages.mjs";
import { withLock } from "./setup/lock.mjs";
import { prepareData } from "./setup/prepareData.mjs";
import { SetupError } from "./setup/setupError.mjs";

/**
 * Sets the course up: packages, JupyterLab, the built library, the data. What is done already is not
 * done again; two runs at once wait for each other.
 *
 * @param {object} [options]
 * @param {boolean} [options.jupyter] whether JupyterLab is needed, default true
 * @param {boolean} [options.data] whether the data sets are needed, default true
 * @throws {SetupError} that says what is missing and the cure
 */
export async function setup({ jupyter = true, data = true } = {}) {
  checkNode();
  const wait = (owner) => console.log(`Another set-up (process ${owner}) is at work; waiting for it.`);
  await withLock(
    join(root, "build", "setup", "lock"),
    async () => {
      filterNotebooks(root);
      await installPackages(root);
      if (jupyter) await installJupyter(root, { venv, venvPython });
      const { buildIfStale } = await import("./build.mjs");
      if (await buildIfStale()) console.log("Library: built in lib/dist");
      if (data) await prepareData(root);
    },
    wait,
  );
}

/** Runs set-up; when it cannot go on, prints why and the cure and ends this process with code 1. */
export async function setupOrExit(options) {
  try {
    await setup(options);
  } catch (error) {
    console.error(`\n${describeFailure(error)}`);
    process.exit(1);
  }
}

/** What to tell the user: of a fault in the project's own code the stack too. */
export function describeFailure(error) {
  if (error instanceof SetupError) return error.toString();
  return error instanceof SyntaxError ? error.message : error.stack;
}

if (isMain(import.meta.url)) await setupOrExit();
