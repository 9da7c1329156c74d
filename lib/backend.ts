import { dirname, join, sep } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { registerConvolutionGradients } from "./convolutionGradients.js";
import { prepareTfjsNode } from "./prepareTfjsNode.js";

/** Names of the backends the library chooses from, as tfjs knows them. */
export type BackendName = "tensorflow" | "wasm" | "cpu";

const descriptions: Record<BackendName, string> = {
  tensorflow: "native TensorFlow (@tensorflow/tfjs-node)",
  wasm: "WebAssembly (@tensorflow/tfjs-backend-wasm)",
  cpu: "plain JavaScript, which is slow",
};

/** Loads the native binding; gives the reason where that fails, as it does where its binary was not fetched. */
function loadNative(): Error | null {
  try {
    prepareTfjsNode();
    require("@tensorflow/tfjs-node");
    return tf.findBackendFactory("tensorflow") === null ? new Error("it brings no backend") : null;
  } catch (error) {
    return error as Error;
  }
}

/** The plain JavaScript backend is there at once and serves until a better one has been loaded. */
function startWithCpu(): void {
  void tf.setBackend("cpu");
  // Without this it prints an advertisement for tfjs-node at its first op.
  Reflect.set(tf.backend(), "firstUse", false);
}

/**
 * Loads WASM beside the running backend: `tf.setBackend("wasm")` would leave tfjs without any until it is
 * there. The process-wide handlers that its loader installs are taken away; they rethrow what others handle.
 */
async function loadWasm(): Promise<boolean> {
  const events = ["uncaughtException", "unhandledRejection"] as const;
  const before = events.map((event) => process.rawListeners(event));
  setWasmPaths(join(dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json")), "dist") + sep);
  try {
    const backend = await tf.findBackendFactory("wasm")();
    tf.removeBackend("wasm");
    tf.registerBackend("wasm", () => backend, 2);
    registerConvolutionGradients();
    return await tf.setBackend("wasm");
  } catch {
    return false;
  } finally {
    events.forEach((event, i) => {
      for (const listener of process.rawListeners(event)) {
        if (!before[i].includes(listener)) process.off(event, listener as () => void);
      }
    });
  }
}

async function choose(): Promise<BackendName> {
  const wanted = process.env.TFJS_BACKEND || undefined;
  if (wanted !== undefined && !Object.hasOwn(descriptions, wanted)) {
    throw new RangeError(`Expected TFJS_BACKEND to be ${Object.keys(descriptions).join(", ")} but found "${wanted}".`);
  }
  if ((wanted ?? "tensorflow") === "tensorflow") {
    const reason = loadNative();
    if (reason === null) {
      await tf.setBackend("tensorflow");
      return "tensorflow";
    }
    if (wanted === "tensorflow") {
      const why = reason.message.split("\n")[0];
      throw new Error(`TFJS_BACKEND asks for native TensorFlow, but @tensorflow/tfjs-node does not load: ${why}`, {
        cause: reason,
      });
    }
  }
  startWithCpu();
  if (wanted !== "cpu" && (await loadWasm())) return "wasm";
  await tf.setBackend("cpu");
  return "cpu";
}

const chosen = choose();
void chosen.then((name) => {
  console.info(`tfjs-compression: TensorFlow.js ${tf.version.tfjs} on ${descriptions[name]}`);
});

/**
 * Waits until the backend is loaded: native TensorFlow where its binary is there, else WebAssembly, else
 * plain JavaScript. Tensors work before that too; the first few are then computed in plain JavaScript.
 *
 * The choice is made once, when the library loads. The environment variable `TFJS_BACKEND` ("tensorflow",
 * "wasm" or "cpu") overrides it.
 *
 * @returns The name of the backend, as `tf.getBackend()` gives it.
 * @example await ready(); // "wasm"
 */
export function ready(): Promise<BackendName> {
  return chosen;
}
