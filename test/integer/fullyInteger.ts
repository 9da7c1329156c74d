import * as tf from "@tensorflow/tfjs";
import type { Matrix } from "../../lib/data/matrix.js";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qDense } from "../../lib/layers/qDense.js";
import { affineParameters, quantizedAffine } from "../../lib/quantizers/quantizedAffine.js";

type Range = { min: number; max: number };

/** The smallest and the largest number that comes out of each layer. */
function ranges(model: tf.Sequential, samples: tf.Tensor2D): Range[] {
  return tf.tidy(() => {
    let x: tf.Tensor = samples;
    return model.layers.map((layer) => {
      x = layer.apply(x) as tf.Tensor;
      return { min: x.min().dataSync()[0], max: x.max().dataSync()[0] };
    });
  });
}

/**
 * Full integer quantization as TFLite has it: everything in 8 bits, kernels symmetric with a scale for each unit, biases of
 * 32 bits, activations within the range that calibration samples have.
 *
 * @param model Dense layers, all but the last with relu.
 */
export function fullyInteger(model: tf.Sequential, { values, shape }: Matrix): tf.Sequential {
  const samples = tf.tensor2d(values, shape);
  const input: Range = { min: samples.min().dataSync()[0], max: samples.max().dataSync()[0] };
  const outputs = ranges(model, samples);
  samples.dispose();
  const quantized = tf.sequential({ layers: [qActivation({ activation: quantizedAffine(input), inputShape: [shape[1]] })] });
  let before = input;
  for (const [i, layer] of model.layers.entries()) {
    const [kernel, bias] = layer.getWeights();
    const kernelQuantizer = quantizedAffine({ symmetric: true, axis: 1 });
    const { step } = kernelQuantizer.encode(kernel.dataSync() as Float32Array, kernel.shape);
    const { scale } = affineParameters(before.min, before.max);
    const biasQuantizer = quantizedAffine({ bits: 32, axis: 0, scale: Array.from(step, (weightScale) => scale * weightScale), zeroPoint: 0 });
    const isLast = i === model.layers.length - 1;
    const dense = qDense({ units: bias.size, activation: isLast ? null : "relu", kernelQuantizer, biasQuantizer, kernelInitializer: "zeros" });
    quantized.add(dense);
    dense.setWeights([kernel, bias]);
    quantized.add(qActivation({ activation: quantizedAffine(outputs[i]) }));
    before = outputs[i];
  }
  return quantized;
}
