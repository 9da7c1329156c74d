import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { getQuantizer } from "../../lib/quantizers/getQuantizer.js";
import { parseCall } from "../../lib/quantizers/parseCall.js";
import { quantizedBits } from "../../lib/quantizers/quantizedBits.js";
import { quantizedRelu } from "../../lib/quantizers/quantizedRelu.js";
import type { Quantizer } from "../../lib/quantizers/quantizer.js";

const values = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -100, max: 100 }), { minLength: 1, maxLength: 30 });
const formats = fc.oneof(
  fc
    .record({ bits: fc.integer({ min: 1, max: 12 }), integer: fc.integer({ min: -2, max: 6 }), symmetric: fc.boolean(), keepNegative: fc.boolean() })
    .map(({ bits, integer, ...options }) => quantizedBits(bits, integer, { ...options, alpha: 1 })),
  fc
    .record({ bits: fc.integer({ min: 1, max: 12 }), integer: fc.integer({ min: -2, max: 6 }) })
    .map(({ bits, integer }) => quantizedRelu(bits, integer)),
);
const quantize = (format: Quantizer, x: number[]): number[] => [...format.quantize(Float32Array.from(x), [x.length])];

describe("every fixed-point quantizer", () => {
  it("changes nothing that lies on its grid already", () => {
    fc.assert(fc.property(formats, values, (format, x) => assert.deepEqual(quantize(format, quantize(format, x)), quantize(format, x))));
  });

  it("never turns the order of two numbers around", () => {
    fc.assert(
      fc.property(formats, values, (format, x) => {
        const q = quantize(format, [...x].sort((a, b) => a - b));
        assert.ok(q.every((value, i) => i === 0 || q[i - 1] <= value));
      }),
    );
  });

  it("is its codes times their step, and the codes fit the bits", () => {
    fc.assert(
      fc.property(formats, values, (format, x) => {
        const { codes, step, bits, signed } = format.encode(Float32Array.from(x), [x.length]);
        quantize(format, x).forEach((value, i) => assert.equal(value, codes[i] * step[0] + 0));
        const low = signed ? -(2 ** (bits - 1)) : 0;
        assert.ok(codes.every((code) => code >= low && code < low + 2 ** bits));
      }),
    );
  });

  it("is off by at most half its step within its range", () => {
    fc.assert(
      fc.property(formats, values, (format, x) => {
        if (format.bits < 2) return; // one bit keeps the sign only
        const { step } = format.encode(Float32Array.of(0), [1]);
        const low = format.min();
        quantize(format, x).forEach((q, i) => {
          const inside = x[i] >= low + 1 && x[i] <= quantize(format, [1e6])[0];
          if (inside && x[i] >= quantize(format, [-1e6])[0]) assert.ok(Math.abs(q - x[i]) <= step[0] / 2);
        });
      }),
    );
  });
});

describe("automatic scales", () => {
  it("keep the largest weight of each channel, up to half a step", () => {
    // Whole multiples keep clear of subnormal numbers, where float32 has no digits left.
    const weights = fc.array(fc.integer({ min: -4000, max: 4000 }).map((n) => n / 1000), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(weights, fc.integer({ min: 2, max: 8 }), (x, bits) => {
        const format = quantizedBits(bits, 0, { alpha: "auto" });
        const q = format.quantize(Float32Array.from(x), [3, 2]);
        for (const channel of [0, 1]) {
          const rows = [channel, channel + 2, channel + 4];
          const largest = Math.max(...rows.map((i) => Math.abs(x[i])));
          const found = Math.max(...rows.map((i) => Math.abs(q[i])));
          assert.ok(Math.abs(found - largest) <= 1e-6 * largest, `${found} is not ${largest}`);
        }
      }),
    );
  });

  it("of a power of two are powers of two", () => {
    const format = quantizedBits(4, 0, { alpha: "auto_po2" });
    format.quantize(Float32Array.of(0.3, -0.7, 2, 0.11), [2, 2]);
    for (const scale of format.scale as Float32Array) assert.ok(Number.isInteger(Math.log2(scale)));
  });
});

describe("a quantizer's config", () => {
  it("makes the same quantizer again, whatever its options", () => {
    const share = fc.constantFrom(0, 0.5, 1);
    const any = fc.oneof(
      fc
        .record({ symmetric: fc.boolean(), keepNegative: fc.boolean(), alpha: fc.constantFrom(null, 1, 0.5, "auto", "auto_po2"), scaleAxis: fc.constantFrom(null, 0, 1), qnoiseFactor: share, useSte: fc.boolean() })
        .map((options) => quantizedBits(4, 1, options as Parameters<typeof quantizedBits>[2])),
      fc
        .record({ useSigmoid: fc.boolean(), negativeSlope: fc.constantFrom(0, 0.25), reluUpperBound: fc.constantFrom(null, 1.5), isQuantizedClip: fc.boolean(), qnoiseFactor: share, useSte: fc.boolean() })
        .map((options) => quantizedRelu(4, 1, options)),
    );
    const matrix = fc.array(fc.integer({ min: -5000, max: 5000 }).map((n) => n / 1000), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(any, matrix, (format, numbers) => {
        const again = getQuantizer({ className: format.className, config: format.getConfig() });
        const x = Float32Array.from(numbers);
        assert.deepEqual(again.quantize(x, [2, 3]), format.quantize(x, [2, 3]));
        assert.deepEqual(again.slope(x), format.slope(x));
      }),
    );
  });
});

describe("getQuantizer", () => {
  it("says what it knows when a name, an argument or a value is wrong", () => {
    assert.throws(() => getQuantizer("quantised_bits(8)"), { name: "RangeError", message: /one of quantized_bits, quantized_relu, but found "quantised_bits"/ });
    assert.throws(() => getQuantizer("quantized_bits(8,3,alpah=1)"), { name: "SyntaxError", message: /no argument "alpah"; it has bits, integer/ });
    assert.throws(() => getQuantizer("quantized_bits(0)"), { name: "RangeError", message: /bits to be a whole number from 1 to 32 but found 0/ });
    assert.throws(() => getQuantizer("quantized_bits(8,alpha='best')"), { name: "RangeError", message: /alpha .* but found "best"/ });
    assert.throws(() => getQuantizer("quantized_bits(8,3"), { name: "SyntaxError", message: /found "quantized_bits\(8,3"/ });
    assert.throws(() => getQuantizer("quantized_bits(alpha=1,8)"), { name: "SyntaxError", message: /positional argument follows a named one/ });
    assert.throws(() => getQuantizer("quantized_bits(8,bits=8)"), { name: "SyntaxError", message: /"bits" twice/ });
    assert.throws(() => getQuantizer(null as unknown as string), { name: "TypeError", message: /found null/ });
  });

  it("never runs what a string says", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseCall(text);
        } catch (error) {
          assert.ok(error instanceof SyntaxError);
        }
      }),
    );
    assert.throws(() => getQuantizer("constructor()"), RangeError);
  });
});
