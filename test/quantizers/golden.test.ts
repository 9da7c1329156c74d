import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { getQuantizer } from "../../lib/quantizers/getQuantizer.js";
import { golden } from "../golden/golden.js";
import type { GoldenQuantizer } from "../golden/golden.js";

/** Where a tanh, a sigmoid, a logarithm or a product is computed, whose last bit is the machine's. */
const isSmooth = ({ quantizer, args }: GoldenQuantizer): boolean =>
  ["quantized_tanh", "quantized_sigmoid", "quantized_ulaw", "quantized_hswish"].includes(quantizer) || (["binary", "ternary"].includes(quantizer) && args.alpha === null);

/** QKeras's x + (q - x) in float32, which may be off the clean grid. */
const throughDifference = (x: number, q: number): number => Math.fround(x + Math.fround(q - x));

function assertOutput(found: number, want: number, x: number, tolerance: number): void {
  const isSame = found === want || throughDifference(x, found) === want || Math.abs(found - want) <= tolerance * Math.abs(want);
  assert.ok(isSame, `x=${x}: expected ${want}, found ${found}`);
  assert.ok(!Object.is(found, -0), `x=${x}: found a negative zero`);
}

describe("quantizers give what QKeras 0.9.0 gives", () => {
  for (const expected of golden.quantizers) {
    it(`${expected.quantizer} ${JSON.stringify(expected.args)} on ${expected.input}`, () => {
      const quantizer = getQuantizer({ className: expected.quantizer, config: expected.args });
      const input = golden.inputs[expected.input];
      const x = Float32Array.from(input.data);
      const output = quantizer.quantize(x, input.shape);
      const tolerance = typeof expected.args.alpha === "string" || isSmooth(expected) ? 1e-6 : 0;
      expected.output.forEach((value, i) => assertOutput(output[i], Math.fround(value), x[i], tolerance));
      const tensor = tf.tensor(x, input.shape);
      assert.deepEqual([...quantizer.apply(tensor).dataSync()], [...output], "the op equals the array function");
      const gradient = [...tf.grad((t) => quantizer.apply(t).sum())(tensor).dataSync()];
      const wanted = Array.isArray(expected.grad) ? expected.grad : (Array(x.length).fill(expected.grad.all) as number[]);
      if (isSmooth(expected)) {
        wanted.forEach((slope, i) => assert.ok(Math.abs(gradient[i] - slope) <= 1e-6, `x=${x[i]}: slope ${slope}, found ${gradient[i]}`));
      } else {
        assert.deepEqual(gradient, wanted);
      }
      assert.equal(quantizer.max(), expected.max);
      // QKeras fails to give quantized_hswish a minimum and a string.
      if (!expected.min_error) assert.equal(quantizer.min() + 0, expected.min);
      if (!expected.str_error) assert.equal(String(quantizer), expected.str);
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
    it(expected.string, () => {
      const quantizer = getQuantizer(expected.string);
      assert.equal(quantizer.className, expected.cls);
      assert.equal(String(quantizer), expected.str);
      for (const [key, value] of Object.entries(expected.config)) assert.equal(quantizer.getConfig()[key], value, key);
      const kernel = quantizer.asKernelQuantizer();
      assert.equal(String(kernel), expected.as_QDense_kernel);
      const limit = Math.max(1, kernel.max()); // as QDense clips
      assert.deepEqual([-limit, limit], expected.kernel_clip);
      const { className } = quantizer;
      assert.equal(String(getQuantizer({ className, config: quantizer.getConfig() })), expected.str);
    });
  }
});
