import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { getQuantizer } from "../../lib/quantizers/getQuantizer.js";
import { golden } from "../golden/golden.js";

/** The quantizers of the golden file that the library has so far. */
const available = new Set(["quantized_bits", "quantized_relu"]);

/** One float32 ulp of x: QKeras's x + (q - x) may be that far off the clean grid. */
const ulp = (x: number): number => Math.max(Math.abs(x) * 2 ** -23, 2 ** -149);

describe("quantizers give what QKeras 0.9.0 gives", () => {
  for (const expected of golden.quantizers) {
    const name = `${expected.quantizer} ${JSON.stringify(expected.args)} on ${expected.input}`;
    if (!available.has(expected.quantizer)) continue;
    it(name, () => {
      const quantizer = getQuantizer({ className: expected.quantizer, config: expected.args });
      const input = golden.inputs[expected.input];
      const x = Float32Array.from(input.data);
      const output = quantizer.quantize(x, input.shape);
      const automatic = typeof expected.args.alpha === "string";
      expected.output.forEach((value, i) => {
        const want = Math.fround(value);
        const tolerance = automatic ? 1e-6 * Math.max(Math.abs(want), 1e-30) + ulp(x[i]) : ulp(x[i]);
        assert.ok(
          Math.abs(output[i] - want) <= tolerance,
          `x=${x[i]}: expected ${want}, found ${output[i]}`,
        );
      });
      const tensor = tf.tensor(x, input.shape);
      assert.deepEqual([...quantizer.apply(tensor).dataSync()], [...output], "the op equals the array function");
      const gradient = tf.grad((t) => quantizer.apply(t).sum())(tensor).dataSync();
      const wanted = Array.isArray(expected.grad) ? expected.grad : Array(x.length).fill(expected.grad.all);
      assert.deepEqual([...gradient], wanted);
      assert.equal(quantizer.max(), expected.max);
      assert.equal(quantizer.min() + 0, expected.min);
      assert.equal(String(quantizer), expected.str);
      const config = quantizer.getConfig();
      for (const [key, value] of Object.entries(expected.config)) assert.equal(config[key], value, key);
      if (expected.scale) {
        const scale = typeof expected.scale === "number" ? [expected.scale] : expected.scale.data;
        const found = typeof quantizer.scale === "number" ? [quantizer.scale] : [...quantizer.scale];
        assert.equal(found.length, scale.length);
        scale.forEach((s, i) => assert.ok(Math.abs(found[i] - s) <= 1e-6 * Math.abs(s), `scale ${s} but ${found[i]}`));
      }
      const withRange = quantizer as unknown as { range(): Float32Array };
      if (expected.range) assert.deepEqual([...withRange.range()], expected.range.map(Math.fround));
      if (expected.range_error) assert.throws(() => withRange.range(), RangeError);
    });
  }
});

describe("getQuantizer reads QKeras's strings", () => {
  for (const expected of golden.parse) {
    if (!available.has(expected.cls)) continue;
    it(expected.string, () => {
      const quantizer = getQuantizer(expected.string);
      assert.equal(quantizer.className, expected.cls);
      assert.equal(String(quantizer), expected.str);
      for (const [key, value] of Object.entries(expected.config)) assert.equal(quantizer.getConfig()[key], value, key);
      const kernel = quantizer.asKernelQuantizer();
      assert.equal(String(kernel), expected.as_QDense_kernel);
      assert.deepEqual([-kernel.max(), kernel.max()], expected.kernel_clip);
      const { className } = quantizer;
      assert.equal(String(getQuantizer({ className, config: quantizer.getConfig() })), expected.str);
    });
  }
});
