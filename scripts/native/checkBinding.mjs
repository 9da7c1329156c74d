import { run } from "../run.mjs";
import { SetupError } from "../setup/setupError.mjs";

const program = `
const tf = require("@tensorflow/tfjs");
require("./lib/dist/backend.js").ready().then(() => {
  if (tf.scalar(1).add(1).dataSync()[0] !== 2) throw new Error("Expected 1 + 1 to be 2.");
});`;

/**
 * Loads native TensorFlow the way the library does, in a process of its own, and computes with it.
 *
 * @param {string} root the checkout
 * @throws {SetupError} when that fails; it has the reason
 */
export async function checkBinding(root) {
  // Reading the libraries for the first time takes up to half a minute on a slow disk.
  const { code, output, timedOut } = await run(process.execPath, ["-e", program], {
    cwd: root,
    env: { ...process.env, TFJS_BACKEND: "tensorflow" },
    timeLimit: 300,
  });
  if (code === 0) return;
  const how = timedOut ? " within 5 minutes" : code > 128 ? ` (signal ${code - 128})` : "";
  throw new SetupError(
    `Native TensorFlow is there, but does not work${how}.`,
    ["It needs a processor with AVX. Without it everything works too, on WebAssembly."],
    output
      .trim()
      .split("\n")
      .filter((text) => !/^\s+at /.test(text))
      .slice(-8)
      .join("\n"),
  );
}
