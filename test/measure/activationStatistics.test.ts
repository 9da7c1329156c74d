import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { ready } from "../../lib/backend.js";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qDense } from "../../lib/layers/qDense.js";
import { qDepthwiseConv2D } from "../../lib/layers/qDepthwiseConv2D.js";
import { activationStatistics } from "../../lib/measure/activationStatistics.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";
import { wanda } from "../../lib/pruning/wanda.js";
import { buildChain, convolutionalChains, denseChains, drawWeights, withUnits } from "../pruning/chains.js";

before(ready);

const close = (found: ArrayLike<number>, expected: tf.Tensor): void => {
  const numbers = expected.dataSync();
  assert.equal(found.length, numbers.length);
  numbers.forEach((value: number, i: number) => {
    assert.ok(Math.abs(found[i] - value) <= 1e-5 * (1 + Math.abs(value)), `number ${i} is ${found[i]}, not ${value}`);
  });
};

/** All axes of a tensor but the last. */
const axes = (x: tf.Tensor): number[] => x.shape.slice(0, -1).map((_, axis) => axis);

describe("activationStatistics", () => {
  it("are those of the tensors between the layers, found with tensor operations", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(denseChains, convolutionalChains), fc.integer({ min: 1, max: 6 }), async (chain, batchSize) => {
        const model = buildChain(chain);
        const x = tf.randomNormal([5, ...chain.inputShape], 0, 1, "float32", chain.seed);
        const statistics = await activationStatistics(model, x, { batchSize });
        const layers = withUnits(model);
        assert.deepEqual(Object.keys(statistics.means), layers.map(({ name }) => name));
        tf.tidy(() => {
          let h: tf.Tensor = x;
          let name = "";
          const outputs = new Map<string, tf.Tensor>();
          for (const layer of model.layers.slice(1)) {
            if (layers.includes(layer)) {
              name = layer.name;
              close(statistics.inputNorms[name], tf.sqrt(tf.sum(tf.square(h), axes(h))));
            }
            h = layer.apply(h) as tf.Tensor;
            // The layer itself, and the activation that is a layer of its own.
            if (layers.includes(layer) || layer.getClassName() === "Activation") outputs.set(name, h);
          }
          for (const [layer, a] of outputs) {
            close(statistics.means[layer], tf.mean(a, axes(a)));
            close(statistics.meanMagnitudes[layer], tf.mean(tf.abs(a), axes(a)));
            close(statistics.apoz[layer], tf.mean(tf.cast(tf.equal(a, 0), "float32"), axes(a)));
          }
        });
        x.dispose();
        model.dispose();
      }),
      { numRuns: 30 },
    );
  });

  const quantizer = "quantized_bits(8,3,alpha=1)";
  const build = (): tf.Sequential => {
    const model = tf.sequential({
      layers: [
        qDense({ units: 3, inputShape: [2], kernelQuantizer: quantizer, biasQuantizer: quantizer, name: "hidden" }),
        qActivation({ activation: "quantized_relu(4,2)" }),
        tf.layers.dense({ units: 1, name: "outputs" }),
      ],
    });
    model.setWeights([tf.tensor2d([1, -1, 2, 0, 0, 1], [2, 3]), tf.zeros([3]), tf.ones([3, 1]), tf.zeros([1])]);
    return model;
  };
  const x = { values: Float32Array.of(1, 0, -1, 2, 0.1, 0), shape: [3, 2] as [number, number] };

  it("are taken behind a quantized activation: .1 is rounded to zero", async () => {
    const { inputNorms, means, apoz } = await activationStatistics(build(), x);
    // Outputs: 1 0 2, 0 1 0, 0 0 .25
    close(inputNorms.hidden, tf.tensor1d([Math.sqrt(2.01), 2]));
    close(inputNorms.outputs, tf.tensor1d([1, 1, Math.sqrt(4.0625)]));
    close(means.hidden, tf.tensor1d([1 / 3, 1 / 3, 0.75]));
    close(apoz.hidden, tf.tensor1d([2 / 3, 2 / 3, 1 / 3]));
  });

  it("are the same while the model is being pruned, and serve Wanda", async () => {
    const statistics = await activationStatistics(build(), x);
    const pruned = pruneLowMagnitude(build());
    assert.deepEqual(await activationStatistics(pruned, x), statistics);
    const [first, second] = [Math.sqrt(2.01), 2];
    close(wanda(pruned, statistics.inputNorms).hidden.scores, tf.tensor1d([first, first, 2 * first, 0, 0, second]));
  });

  it("hold the norms of a QDepthwiseConv2D's channels too, which Wanda prunes by", async () => {
    const convolved = tf.sequential({ layers: [qDepthwiseConv2D({ kernelSize: 1, inputShape: [1, 2, 3], name: "depthwise" })] });
    const image = tf.tensor4d([3, 0, 1, 4, 2, 0], [1, 1, 2, 3]);
    const { inputNorms, means } = await activationStatistics(convolved, image);
    close(inputNorms.depthwise, tf.tensor1d([5, 2, 1]));
    assert.deepEqual(means, {}, "it has no units that could be removed");
    const kernel = convolved.getWeights()[0].abs();
    close(wanda(convolved, inputNorms).depthwise.scores, tf.mul(tf.reshape(kernel, [3]), [5, 2, 1]));
  });

  it("leave no tensor behind", async () => {
    const model = build();
    drawWeights(model, 1);
    const before = tf.memory().numTensors;
    await activationStatistics(model, x, { batchSize: 2 });
    assert.equal(tf.memory().numTensors, before);
  });

  it("are refused for samples that do not fit and for models that branch", async () => {
    const message = /samples of shape \[2\] for .* but found \[3\]/;
    await assert.rejects(activationStatistics(build(), tf.zeros([4, 3])), { name: "TypeError", message });
    await assert.rejects(activationStatistics(build(), tf.zeros([0, 2])), { name: "RangeError", message: /found none/ });
    await assert.rejects(activationStatistics(build(), x, { batchSize: 0.5 }), { name: "RangeError", message: /batchSize/ });
    const input = tf.input({ shape: [2] });
    const a = tf.layers.dense({ units: 2, name: "a" }).apply(input) as tf.SymbolicTensor;
    const b = tf.layers.dense({ units: 2, name: "b" }).apply(input) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: tf.layers.add().apply([a, b]) as tf.SymbolicTensor });
    await assert.rejects(activationStatistics(model, x), { name: "TypeError", message: /found b, which does not follow a alone/ });
  });
});
