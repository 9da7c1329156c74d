import { copyFileSync, existsSync, linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readText } from "../setup/stamp.mjs";
import { napiVersion } from "./compileBinding.mjs";
import { libraries } from "./tensorflowWheel.mjs";

/** Where things are in the folder of the package @tensorflow/tfjs-node. */
export function placesIn(folder) {
  const deps = join(folder, "deps");
  return {
    deps,
    libraries: join(deps, "lib"),
    binding: join(folder, "lib", `napi-v${napiVersion}`, "tfjs_binding.node"),
    // Beside the libraries: the package's own install script deletes that folder, and with it the claim.
    stamp: join(deps, ".course-stamp"),
  };
}

/**
 * What native library the package has: "current" is the one with this stamp, "ours" an older one or one that
 * is not whole, "other" one that its own install script fetched.
 *
 * @param {string} folder of the package
 * @param {string} [stamp]
 * @returns {"none" | "current" | "ours" | "other"}
 */
export function stateOf(folder, stamp) {
  const places = placesIn(folder);
  const found = readText(places.stamp);
  if (found === undefined) return existsSync(places.binding) ? "other" : "none";
  const whole = existsSync(places.binding) && libraries.every((name) => existsSync(join(places.libraries, name)));
  return whole && found === stamp ? "current" : "ours";
}

/**
 * Puts the binding and its libraries into the package: the libraries first, so that a binding which is there
 * can be loaded. They are hard links where the disk can do that, and take no room then.
 *
 * @param {string} folder of the package
 * @param {{binding: string, tensorflow: string, stamp: string}} from
 */
export function placeBinding(folder, { binding, tensorflow, stamp }) {
  takeBinding(folder);
  const places = placesIn(folder);
  const part = `${places.deps}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(join(part, "lib"), { recursive: true });
  for (const name of libraries) linkOrCopy(join(tensorflow, name), join(part, "lib", name));
  writeFileSync(join(part, ".course-stamp"), stamp);
  renameSync(part, places.deps);
  mkdirSync(dirname(places.binding), { recursive: true });
  copyFileSync(binding, `${places.binding}.part`);
  renameSync(`${places.binding}.part`, places.binding);
}

/** Takes the binding and its libraries away. @param {string} folder of the package */
export function takeBinding(folder) {
  const places = placesIn(folder);
  for (const path of [dirname(dirname(places.binding)), places.deps]) {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

function linkOrCopy(from, to) {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to); // another disk, or one without links
  }
}
