import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { ready } from "../../lib/backend.js";

type Pad = "same" | "valid";

/** Images, a filter and what the output's gradient is, of whole numbers, so that sums are exact. */
interface Case {
  height: number;
  width: number;
  channels: number;
  /** Filters, or the multiplier of a depthwise convolution. */
  outputs: number;
  window: [number, number];
  strides: [number, number];
  pad: Pad;
}

const cases = fc
  .record({
    height: fc.integer({ min: 1, max: 7 }),
    width: fc.integer({ min: 1, max: 7 }),
    channels: fc.integer({ min: 1, max: 3 }),
    outputs: fc.integer({ min: 1, max: 3 }),
    window: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
    strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    pad: fc.constantFrom<Pad>("same", "valid"),
  })
  .filter(({ height, width, window, pad }) => pad === "same" || (height >= window[0] && width >= window[1]));

const numbers = (shape: number[], factor: number): tf.Tensor4D =>
  tf.tensor4d(Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => ((i * factor) % 11) - 5), shape as [number, number, number, number]);

/** Gradients of a convolution on one backend, as numbers. */
async function gradientsOn(backend: string, { height, width, channels, outputs, window, strides, pad }: Case, depthwise: boolean): Promise<number[][]> {
  await tf.setBackend(backend);
  return tf.tidy(() => {
    const x = numbers([2, height, width, channels], 7);
    const filter = numbers([...window, channels, outputs], 3);
    const convolve = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
      (depthwise ? tf.depthwiseConv2d : tf.conv2d)(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad);
    const dy = numbers(convolve(x, filter).shape, 5);
    return tf.grads(convolve)([x, filter], dy).map((gradient) => [...gradient.dataSync()]);
  });
}

describe("the gradients of convolutions that the WebAssembly backend lacks", async () => {
  await ready();
  const skip = tf.findBackend("wasm") ? false : "native TensorFlow, which has these gradients, is used on this machine";

  for (const depthwise of [false, true]) {
    it(`are those of the plain JavaScript backend: ${depthwise ? "depthwiseConv2d" : "conv2d"}`, { skip }, async () => {
      const chosen = tf.getBackend();
      try {
        await fc.assert(
          fc.asyncProperty(cases, async (drawn) => {
            assert.deepEqual(await gradientsOn("wasm", drawn, depthwise), await gradientsOn("cpu", drawn, depthwise));
          }),
          { numRuns: 60, seed: 1 },
        );
      } finally {
        await tf.setBackend(chosen);
      }
    });
  }

  it("leave no tensors behind", { skip }, async () => {
    const drawn: Case = { height: 6, width: 5, channels: 2, outputs: 3, window: [3, 2], strides: [2, 1], pad: "same" };
    const { numTensors } = tf.memory();
    for (const depthwise of [false, true]) await gradientsOn("wasm", drawn, depthwise);
    assert.equal(tf.memory().numTensors, numTensors);
  });
});
