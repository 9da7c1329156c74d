import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../scripts/project.mjs";
import { run } from "../scripts/run.mjs";
import { findPython } from "../scripts/setup/findPython.mjs";
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
  await call("Environment", `Python ${version}`, "bench-venv", program, [...first, "-m", "venv", venv]);
  for (const { name, requirements } of steps) {
    const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar=off", "--prefer-binary"];
    await call(name, "pip", "bench-pip", venvPython, [...pip, "-r", requirements, "-c", constraints]);
  }
  writeFileSync(stamp, state);
}

async function call(label, text, log, program, args) {
  const line = progress(label);
  line.update(text);
  let found = 0;
  const { code, output } = await run(program, args, {
    env: { ...process.env, PYTHONUTF8: "1", PYTHONUNBUFFERED: "1" },
    log: join(root, "build", "setup", `${log}.log`),
    onLine(said) {
      if (/^(Collecting|Processing) /.test(said)) line.update(`pip fetches package ${(found += 1)}`);
      if (/^Installing collected packages/.test(said)) line.update(`pip installs ${found} packages`);
    },
  });
  if (code === 0) return line.done("ready in build/bench-venv");
  line.fail();
  const errors = output.split("\n").filter((said) => /error|could not|no space/i.test(said));
  throw new SetupError(
    `${label} could not be installed.`,
    [
      "Check the network connection and the free space (3.5 GB) and try again; npm run bench does without what is missing.",
      `The whole output is in build/setup/${log}.log.`,
    ],
    errors.slice(-6).join("\n"),
  );
}
