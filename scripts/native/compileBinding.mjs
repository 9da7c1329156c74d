import { readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "../run.mjs";
import { progress } from "../setup/progress.mjs";
import { SetupError } from "../setup/setupError.mjs";
import { fingerprint } from "../setup/stamp.mjs";
import { partOf } from "./part.mjs";
import { libraries } from "./tensorflowWheel.mjs";

/** The version of Node-API that the binding asks for; every Node that runs the course has it. */
export const napiVersion = 8;

/** The same as in the package's binding.gyp, without node-gyp. */
const flags = ["-O2", "-fPIC", "-shared", "-std=c++17", `-DNAPI_VERSION=${napiVersion}`];

// The binding is in lib/napi-v8, the libraries in deps/lib.
const linkerFlags = [...libraries.map((name) => `-l:${name}`), "-Wl,-rpath,$ORIGIN/../../deps/lib"];

/** Hash over all that the compiled binding depends on. */
export function bindingFingerprint({ sources, nodeHeaders, wheel }) {
  const filesIn = (folder) => readdirSync(folder).sort().map((name) => join(folder, name));
  return fingerprint([...filesIn(sources), ...filesIn(nodeHeaders)], ...flags, ...linkerFlags, wheel.sha256);
}

/**
 * Makes sure that there is a C++ compiler: the one that the environment variable CXX names, else g++.
 *
 * @returns {Promise<string>} its name
 * @throws {SetupError} when it does not run
 */
export async function findCompiler(env = process.env) {
  const compiler = env.CXX || "g++";
  const { code } = await run(compiler, ["--version"], { env, timeLimit: 30 }).catch(() => ({ code: 1 }));
  if (code === 0) return compiler;
  throw new SetupError(`The binding has to be compiled, and the C++ compiler ${compiler} does not run.`, [
    "Debian and Ubuntu: sudo apt install g++    Fedora: sudo dnf install gcc-c++",
    "If it has another name: set the environment variable CXX to it.",
  ]);
}

/**
 * Compiles the binding of @tensorflow/tfjs-node from the package's own sources.
 *
 * @param {string} output the file to write; it is there either whole or not at all
 * @param {object} options
 * @param {string} options.compiler
 * @param {string} options.sources the package's folder `binding`
 * @param {string} options.nodeHeaders folder with node_api.h
 * @param {string} options.tensorflow the wheel's folder `tensorflow`, with the libraries and `include`
 * @param {string} options.log file for what the compiler prints
 * @throws {SetupError} when the compiler fails
 */
export async function compileBinding(output, { compiler, sources, nodeHeaders, tensorflow, log }) {
  const line = progress("Binding");
  line.update(`${compiler} compiles it`);
  const part = partOf(output);
  const files = readdirSync(sources).filter((name) => name.endsWith(".cc")).sort();
  const { code, output: printed } = await run(
    compiler,
    [
      ...flags,
      ...[nodeHeaders, join(tensorflow, "include")].flatMap((folder) => ["-I", folder]),
      ...files.map((name) => join(sources, name)),
      "-L",
      tensorflow,
      ...linkerFlags,
      "-o",
      part,
    ],
    { log },
  );
  if (code !== 0) {
    line.fail();
    rmSync(part, { force: true });
    throw new SetupError(
      `${compiler} could not compile the binding of @tensorflow/tfjs-node.`,
      ["It takes a compiler that knows C++17. The whole output is in build/setup/native-compile.log."],
      printed.trim().split("\n").slice(-8).join("\n"),
    );
  }
  renameSync(part, output);
  line.done(`compiled with ${compiler}`);
}
