// npm run setup:native gives @tensorflow/tfjs-node its native TensorFlow where only package registries can be
// reached: the package's own install script wants a storage bucket. npm run setup:native -- --remove takes it away.
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { isMain } from "./isMain.mjs";
import { checkBinding } from "./native/checkBinding.mjs";
import { checkRoom, noRoom } from "./native/checkRoom.mjs";
import { checkSystem, thisSystem } from "./native/checkSystem.mjs";
import { bindingFingerprint, compileBinding, findCompiler } from "./native/compileBinding.mjs";
import { fetchWheel } from "./native/fetchWheel.mjs";
import { removeParts } from "./native/part.mjs";
import { placeBinding, stateOf, takeBinding } from "./native/placeBinding.mjs";
import { tensorflowWheel } from "./native/tensorflowWheel.mjs";
import { isUnpacked, unpackWheel } from "./native/unpackWheel.mjs";
import { root, venvPython } from "./project.mjs";
import { describeFailure, setup } from "./setup.mjs";
import { findPython } from "./setup/findPython.mjs";
import { withLock } from "./setup/lock.mjs";
import { SetupError } from "./setup/setupError.mjs";

const usage = `npm run setup:native [-- --remove]

  Gives @tensorflow/tfjs-node its native TensorFlow from the Python package index (207 MB, 620 MB on disk).
  --remove  takes it away again; what was fetched stays in build/native`;

const cache = join(root, "build", "native");
const packageFolder = join(root, "node_modules", "@tensorflow", "tfjs-node");
const log = (name) => join(root, "build", "setup", `native-${name}.log`);

/**
 * Gives @tensorflow/tfjs-node its native library: fetches TensorFlow, unpacks it, compiles the package's binding
 * and tries it. Each step is done once, so that interrupted work goes on from the last step that was finished;
 * a second run finds nothing to do.
 *
 * @param {object} [options]
 * @param {typeof tensorflowWheel} [options.wheel] where TensorFlow comes from
 * @param {ReturnType<typeof thisSystem>} [options.system] where it shall run
 * @throws {SetupError} that says what is missing and the cure
 */
export async function setupNative({ wheel = tensorflowWheel, system = thisSystem() } = {}) {
  checkSystem(system);
  await setup({ jupyter: false, data: false });
  await exclusively(async () => {
    if (!existsSync(packageFolder)) {
      throw new SetupError("@tensorflow/tfjs-node is not installed: npm left the optional packages out.", [
        "npm install --include=optional",
      ]);
    }
    const sources = join(packageFolder, "binding");
    const nodeHeaders = join(root, "node_modules", "node-api-headers", "include");
    const stamp = bindingFingerprint({ sources, nodeHeaders, wheel });
    const state = stateOf(packageFolder, stamp);
    if (state === "current") {
      console.log("Native TensorFlow: up to date");
      return;
    }
    if (state === "other" && (await works())) {
      console.log("Native TensorFlow: @tensorflow/tfjs-node has a library from elsewhere, which works; it stays");
      return;
    }

    mkdirSync(cache, { recursive: true });
    removeParts(cache);
    const binding = join(cache, `tfjs_binding-${stamp.slice(0, 16)}.node`);
    const unpacked = join(cache, `${wheel.project}-${wheel.version}`);
    // Before anything is fetched: without a compiler it would be in vain.
    const compiler = existsSync(binding) ? undefined : await findCompiler();
    if (!isUnpacked(unpacked)) await provideTensorflow(wheel, unpacked);
    const tensorflow = join(unpacked, "tensorflow");
    if (compiler !== undefined) {
      await compileBinding(binding, { compiler, sources, nodeHeaders, tensorflow, log: log("compile") });
    }
    placeBinding(packageFolder, { binding, tensorflow, stamp });
    try {
      await checkBinding(root);
    } catch (error) {
      // The course goes on without it, and the next run compiles it again.
      takeBinding(packageFolder);
      rmSync(binding, { force: true });
      throw error;
    }
    console.log("Native TensorFlow: ready. A notebook that is open uses it after a kernel restart.");
  });
}

/** Takes the native library out of @tensorflow/tfjs-node again; one that came from elsewhere stays. */
export async function removeNative() {
  await exclusively(async () => {
    const state = stateOf(packageFolder);
    if (state === "none") console.log("Native TensorFlow: not set up");
    else if (state === "other") {
      console.log(`Native TensorFlow: not from here; delete ${join(packageFolder, "deps")} and lib beside it by hand`);
    } else {
      takeBinding(packageFolder);
      const kept = existsSync(cache) ? `; what was fetched stays in ${relative(root, cache)}, 620 MB` : "";
      console.log(`Native TensorFlow: removed${kept}`);
    }
  });
}

async function provideTensorflow(wheel, unpacked) {
  // pip holds the wheel twice while it fetches it, and keeps one in its own cache.
  const fetched = existsSync(join(cache, wheel.file));
  const needed = wheel.unpackedSize + (fetched ? 0 : 2 * wheel.size);
  checkRoom(cache, needed);
  const python = existsSync(venvPython) ? [venvPython] : (await findPython()).command;
  try {
    const path = await fetchWheel(cache, wheel, { python, log: log("pip") });
    await unpackWheel(path, unpacked, { python, unpackedSize: wheel.unpackedSize });
    rmSync(path);
  } catch (error) {
    throw error.code === "ENOSPC" ? noRoom(needed) : error;
  }
}

async function works() {
  try {
    await checkBinding(root);
    return true;
  } catch {
    return false;
  }
}

/** Neither a second run nor npm, which replaces the package, comes between. */
function exclusively(work) {
  const wait = (owner) => console.log(`Another set-up (process ${owner}) is at work; waiting for it.`);
  return withLock(join(root, "build", "setup", "lock"), work, wait);
}

function readArguments() {
  try {
    return parseArgs({ options: { remove: { type: "boolean" }, help: { type: "boolean" } } }).values;
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}

/** Runs one of the above; when it cannot go on, prints why and the cure and ends this process with code 1. */
export async function orExit(work) {
  try {
    await work();
  } catch (error) {
    console.error(`\n${describeFailure(error)}`);
    process.exit(1);
  }
}

if (isMain(import.meta.url)) {
  const { remove, help } = readArguments();
  if (help) console.log(usage);
  else await orExit(remove ? removeNative : setupNative);
}
