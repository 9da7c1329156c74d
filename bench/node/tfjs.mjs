// TensorFlow.js alone: LayersModel.fit on the backend that is named as argument, "wasm" or "node".
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { firstRows } from "./data.mjs";
import { Missing, say, serve } from "./protocol.mjs";

const require = createRequire(import.meta.url);
const [name] = process.argv.slice(2);
const prepare = { wasm: prepareWasm, node: prepareNode };

/** See serve; networks with two outputs as in ours.mjs. */
function build(tf, sizes, variant, x, y, batchSize) {
  if (variant !== "plain") throw new Missing("not built in TensorFlow.js alone");
  const demo = sizes.at(-1) === 2;
  const [between, output] = demo ? ["linear", "sigmoid"] : ["relu", "softmax"];
  const layers = sizes.slice(1).map((units, index) =>
    tf.layers.dense({ units, activation: index === sizes.length - 2 ? output : between, inputShape: [sizes[index]] }),
  );
  const model = tf.sequential({ layers });
  model.compile({ optimizer: tf.train.adam(demo ? 1e-5 : 1e-3), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  return async (rows, epochs) => {
    const tensors = [x, y].map((matrix) => {
      const { values, shape } = firstRows(matrix, rows);
      return tf.tensor2d(values, shape);
    });
    const { history } = await model.fit(...tensors, { batchSize, epochs, verbose: 0 });
    tf.dispose(tensors);
    return history.acc.at(-1);
  };
}

async function prepareWasm() {
  const tf = require("@tensorflow/tfjs");
  const { setWasmPaths } = require("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(join(dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json")), "dist") + sep);
  await tf.setBackend("wasm");
  return tf;
}

function prepareNode() {
  require("tfjs-compression/dist/prepareTfjsNode.js").prepareTfjsNode();
  return require("@tensorflow/tfjs-node");
}

let tf;
try {
  tf = await prepare[name]();
} catch (error) {
  const [reason] = error.message.split("\n");
  say({ missing: reason.includes("tfjs_binding.node") ? "not installed: npm run setup:native" : reason });
  process.exit();
}
const packageName = name === "wasm" ? "@tensorflow/tfjs-backend-wasm" : "@tensorflow/tfjs-node";
const versions = { [packageName]: tf.version.tfjs };
await serve({ versions, runs: `backend ${tf.getBackend()}` }, (...rest) => build(tf, ...rest));
