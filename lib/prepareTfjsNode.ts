/**
 * What `@tensorflow/tfjs-node` needs before it is loaded: two functions of `node:util` that it calls and Node 23
 * took away (Node 22 warns of them), and no notes of TensorFlow on the standard error about the processor.
 *
 * `TF_CPP_MIN_LOG_LEVEL` stays as it is where it is set; 0 brings the notes back.
 *
 * @example
 * prepareTfjsNode();
 * const tf = require("@tensorflow/tfjs-node");
 */
export function prepareTfjsNode(): void {
  const util = require("node:util") as Record<string, unknown>;
  util.isNullOrUndefined = (value: unknown): boolean => value === null || value === undefined;
  util.isArray = Array.isArray;
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "1"; // warnings and errors
}
