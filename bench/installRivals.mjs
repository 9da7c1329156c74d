import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../scripts/project.mjs";
import { run } from "../scripts/run.mjs";
import { findPython } from "../scripts/setup/findPython.mjs";
import { pipInstall } from "../scripts/setup/pipInstall.mjs";
import { progress } from "../scripts/setup/progress.mjs";
import { SetupError } from "../scripts/setup/setupError.mjs";
import { fingerprint, readText } from "../scripts/setup/stamp.mjs";
import { venv, venvPython } from "./place.mjs";

const file = (name) => join(root, "bench", name);
const steps = [
  { name: "Keras, QKeras and TFMOT", requirements: file("requirements.txt") },
  { name: "PyTorch", requirements: file("requirements-torch.txt") },
];
const constraints = file("constraints.txt");
const newest = 13; // TensorFlow 2.21 has no wheel for Python 3.14

/**
 * Makes the environment of the benchmark's Python rivals, with pinned versions, unless it is there.
 *
 * @throws {SetupError} when no Python fits or pip fails
 */
export async function installRivals() {
  const stamp = join(venv, ".course-stamp");
  // Scripts in the environment hold its absolute path, so a checkout that was moved starts afresh.
  const state = fingerprint([...steps.map(({ requirements }) => requirements), constraints], venv);
  if (existsSync(venvPython) && readText(stamp) === state) {
    console.log("The rivals are installed in build/bench-venv.");
    return;
  }

  const { command, version } = await findPython();
  if (Number(version.split(".")[1]) > newest) {
    throw new SetupError(`TensorFlow 2.21 needs Python 3.10 to 3.${newest}; this is Python ${version}.`, [
      "Name another one: set the environment variable PYTHON to its path.",
    ]);
  }
  // Whatever is there is half made or out of date.
  rmSync(venv, { recursive: true, force: true, maxRetries: 3 });
  const [program, ...first] = command;
  await install("Environment", "venv", (log, line) => {
    line.update(`Python ${version}`);
    return run(program, [...first, "-m", "venv", venv], { log });
  });
  for (const { name, requirements } of steps) {
    await install(name, "pip", (log, line) =>
      pipInstall(venvPython, { requirements, constraints, log, onProgress: (text) => line.update(text) }),
    );
  }
  writeFileSync(stamp, state);
}

async function install(name, log, work) {
  const line = progress(name);
  const { code, output } = await work(join(root, "build", "setup", `bench-${log}.log`), line);
  if (code === 0) return line.done("ready in build/bench-venv");
  line.fail();
  const errors = output.split("\n").filter((said) => /error|could not|no space/i.test(said));
  throw new SetupError(
    `${name} could not be installed.`,
    [
      "Check the network connection and the free space (3.5 GB) and try again; npm run bench does without what is missing.",
      `The whole output is in build/setup/bench-${log}.log.`,
    ],
    errors.slice(-6).join("\n"),
  );
}
