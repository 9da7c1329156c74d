import * as tf from "@tensorflow/tfjs";
import { progressBar } from "../notebook/progressBar.js";
import { kernelOf } from "../pruning/pruneLowMagnitudeLayer.js";
import { evaluate } from "../training/evaluate.js";
import type { Samples } from "../training/samples.js";

/** What is scanned. */
export interface LayerScan<Setting> {
  /** Plain; its kernels are changed on the way and put back. */
  model: tf.LayersModel;
  x: Samples;
  y: Samples;
  layers: readonly tf.layers.Layer[];
  settings: readonly Setting[];
  /** The kernel of a layer, compressed; row-major. */
  compress: (layer: tf.layers.Layer, kernel: Float32Array, setting: Setting) => Float32Array;
  label: string;
  /** 1 shows a bar, 0 nothing. */
  verbose: 0 | 1;
}

/** Accuracy with one layer compressed. */
export interface LayerScanPoint<Setting> {
  layer: string;
  /** Weights of the kernel. */
  weights: number;
  setting: Setting;
  accuracy: number;
}

/** Accuracy with one layer compressed at a time and the others as they are: layers in order, settings as given. */
export async function scanLayers<Setting>(scan: LayerScan<Setting>): Promise<LayerScanPoint<Setting>[]> {
  const { model, x, y, layers, settings, compress, label, verbose } = scan;
  // Only accuracies are asked for; the optimizer is not used.
  model.compile({ optimizer: "sgd", loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  const bar = verbose ? progressBar({ label, total: layers.length * settings.length, unit: "points" }) : null;
  const points: LayerScanPoint<Setting>[] = [];
  try {
    for (const layer of layers) {
      const kernel = (kernelOf(layer) as tf.LayerVariable).read() as tf.Variable;
      const whole = kernel.clone();
      try {
        const values = (await whole.data()) as Float32Array;
        for (const setting of settings) {
          const compressed = compress(layer, values, setting);
          tf.tidy(() => kernel.assign(tf.tensor(compressed, whole.shape)));
          const { accuracy = NaN } = await evaluate(model, x, y);
          points.push({ layer: layer.name, weights: values.length, setting, accuracy });
          bar?.update(points.length);
        }
      } finally {
        kernel.assign(whole);
        whole.dispose();
      }
    }
    bar?.finish();
  } catch (error) {
    bar?.fail(error instanceof Error ? error.message : String(error));
    throw error;
  }
  return points;
}
