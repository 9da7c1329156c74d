import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { qDense } from "../../lib/layers/qDense.js";
import type { QDense } from "../../lib/layers/qDense.js";
import { binary } from "../../lib/quantizers/binary.js";
import { getQuantizer } from "../../lib/quantizers/getQuantizer.js";
import { parseCall } from "../../lib/quantizers/parseCall.js";
import { quantizedBits } from "../../lib/quantizers/quantizedBits.js";
import { quantizedHswish } from "../../lib/quantizers/quantizedHswish.js";
import { quantizedPo2 } from "../../lib/quantizers/quantizedPo2.js";
import { quantizedRelu } from "../../lib/quantizers/quantizedRelu.js";
import { quantizedReluPo2 } from "../../lib/quantizers/quantizedReluPo2.js";
import { quantizedSigmoid } from "../../lib/quantizers/quantizedSigmoid.js";
import { quantizedTanh } from "../../lib/quantizers/quantizedTanh.js";
import { quantizedUlaw } from "../../lib/quantizers/quantizedUlaw.js";
import type { Quantizer } from "../../lib/quantizers/quantizer.js";
import { ternary } from "../../lib/quantizers/ternary.js";

const values = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -100, max: 100 }), { minLength: 1, maxLength: 30 });
const formats = fc.oneof(
  fc
    .record({ bits: fc.integer({ min: 1, max: 12 }), integer: fc.integer({ min: -2, max: 6 }), symmetric: fc.boolean(), keepNegative: fc.boolean() })
    .map(({ bits, integer, ...options }) => quantizedBits(bits, integer, { ...options, alpha: 1 })),
  fc
    .record({ bits: fc.integer({ min: 1, max: 12 }), integer: fc.integer({ min: -2, max: 6 }) })
    .map(({ bits, integer }) => quantizedRelu(bits, integer)),
);
const alphas = fc.constantFrom(null, 1, 0.7, -2);
const automatic = fc.constantFrom("auto" as const, "auto_po2" as const);
const binaries = (alpha: fc.Arbitrary<number | "auto" | "auto_po2" | null>): fc.Arbitrary<Quantizer> =>
  fc.record({ use01: fc.boolean(), alpha }).map(binary);
const ternaries = fc.record({ alpha: alphas, threshold: fc.constantFrom(null, 0, 0.5, 1.5) }).map(ternary);
/** Few enough bits to be stored as integers, where QKeras allows as few. */
const po2Options = {
  bits: fc.integer({ min: 2, max: 4 }),
  maxValue: fc.constantFrom(null, 0.3, 1, 3, 8),
  quadraticApproximation: fc.boolean(),
  log2Rounding: fc.constantFrom("rnd" as const, "floor" as const),
};
const po2s: fc.Arbitrary<Quantizer> = fc.oneof(
  fc.record(po2Options).map(({ bits, ...options }) => quantizedPo2(bits, options)),
  fc
    .record({ ...po2Options, bits: fc.integer({ min: 1, max: 3 }), negativeSlope: fc.constantFrom(0, 0.25, 1) })
    .map(({ bits, ...options }) => quantizedReluPo2(bits, options)),
);
const curves: fc.Arbitrary<Quantizer> = fc.oneof(
  fc
    .record({ bits: fc.integer({ min: 1, max: 24 }), symmetric: fc.boolean(), useRealTanh: fc.boolean() })
    .map(({ bits, ...options }) => quantizedTanh(bits, options)),
  fc
    .record({ bits: fc.integer({ min: 1, max: 24 }), symmetric: fc.boolean(), useRealSigmoid: fc.boolean() })
    .map(({ bits, ...options }) => quantizedSigmoid(bits, options)),
);
const hswishes = fc
  .record({ bits: fc.integer({ min: 1, max: 12 }), integer: fc.integer({ min: -2, max: 4 }), symmetric: fc.boolean(), reluShift: fc.constantFrom(1, 3), reluUpperBound: fc.constantFrom(1, 6) })
  .map(({ bits, integer, ...options }) => quantizedHswish(bits, integer, options));
const ulaws = fc
  .record({ bits: fc.integer({ min: 1, max: 12 }), integer: fc.integer({ min: -2, max: 4 }), symmetric: fc.boolean(), u: fc.constantFrom(15, 255) })
  .map(({ bits, integer, ...options }) => quantizedUlaw(bits, integer, options));
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

describe("every format with a grid that does not depend on the numbers", () => {
  const grids = fc.oneof(formats, binaries(alphas), ternaries, po2s, curves, hswishes);

  it("is its codes times their step, and the codes fit the bits", () => {
    fc.assert(
      fc.property(grids, values, (format, x) => {
        const { codes, step, bits, signed } = format.encode(Float32Array.from(x), [x.length]);
        quantize(format, x).forEach((value, i) => assert.equal(value, codes[i] * step[0] + 0));
        const low = signed ? -(2 ** (bits - 1)) : 0;
        assert.ok(codes.every((code) => code >= low && code < low + 2 ** bits));
      }),
    );
  });

  it("gives the same values again from what its codes are decoded to", () => {
    fc.assert(
      fc.property(grids, values, (format, x) => {
        const decoded = format.decode(format.encode(Float32Array.from(x), [x.length]), [x.length]);
        assert.deepEqual(quantize(format, [...decoded]), quantize(format, x));
      }),
    );
  });
});

describe("formats whose values are numbers they represent themselves", () => {
  // A sigmoid moves its own values, and so do a true tanh and a binary 0; a threshold above alpha removes them.
  const fixed: fc.Arbitrary<Quantizer> = fc.oneof(
    fc.constantFrom(null, 1, 0.7).map((alpha) => binary({ alpha })),
    fc.record({ alpha: fc.constantFrom(null, 1, 2), threshold: fc.constantFrom(null, 0, 0.5, 1) }).map(ternary),
    fc
      .record({ ...po2Options, quadraticApproximation: fc.constant(false) })
      .map(({ bits, ...options }) => quantizedPo2(bits, options)),
    fc.record({ bits: fc.integer({ min: 1, max: 24 }), symmetric: fc.boolean() }).map(({ bits, symmetric }) => quantizedTanh(bits, { symmetric })),
  );

  it("change nothing that lies on their grid already", () => {
    fc.assert(fc.property(fixed, values, (format, x) => assert.deepEqual(quantize(format, quantize(format, x)), quantize(format, x))));
  });

  it("never turn the order of two numbers around", () => {
    fc.assert(
      fc.property(fixed, values, (format, x) => {
        const q = quantize(format, [...x].sort((a, b) => a - b));
        assert.ok(q.every((value, i) => i === 0 || q[i - 1] <= value));
      }),
    );
  });
});

describe("quantized_ulaw", () => {
  it("never turns the order of two numbers around, and stays within 2^integer", () => {
    fc.assert(
      fc.property(ulaws, values, (format, x) => {
        const q = quantize(format, [...x].sort((a, b) => a - b));
        assert.ok(q.every((value, i) => (i === 0 || q[i - 1] <= value) && Math.abs(value) <= 2 ** format.integer));
      }),
    );
  });

  it("has more values near 0 with a smaller u, and at most half as many as its bits could hold", () => {
    const x = Array.from({ length: 1001 }, (_, i) => i / 500 - 1);
    const distinct = (format: Quantizer): number[] => [...new Set(quantize(format, x))];
    assert.equal(distinct(quantizedUlaw(6)).length, 31); // of 33 levels, three of which are clipped to the highest value
    const small = (u: number): number => distinct(quantizedUlaw(6, 0, { u })).filter((value) => Math.abs(value) < 0.5).length;
    assert.ok(small(1) > small(255));
  });

  it("has no codes, for its values are no multiples of one step", () => {
    assert.throws(() => quantizedUlaw(6).encode(), { name: "RangeError", message: /^quantized_ulaw\(6,0\) has values that are no multiples/ });
  });
});

describe("quantized_hswish", () => {
  it("is hswish up to half a step within its range", () => {
    fc.assert(
      fc.property(fc.integer({ min: 6, max: 12 }), values, (bits, x) => {
        quantize(quantizedHswish(bits, 3), x).forEach((q, i) => {
          const exact = (x[i] * Math.min(Math.max(x[i] + 3, 0), 6)) / 6;
          if (exact < 7) assert.ok(Math.abs(q - exact) <= 2 ** (3 - bits) + 1e-6);
        });
      }),
    );
  });

  it("has a string and a minimum, which QKeras fails to give", () => {
    const format = quantizedHswish(8, 2);
    assert.equal(String(format), "quantized_hswish(8,2,0,relu_shift=3,relu_upper_bound=6)");
    assert.equal(format.min(), -0.375);
    assert.equal(quantizedHswish(8, 0, { reluShift: 6, reluUpperBound: 2 }).min(), -1);
  });

  it("as a kernel's quantizer finds its scale", () => {
    const kernel = quantizedHswish(4, 1, { reluShift: 2 }).asKernelQuantizer();
    assert.equal(String(kernel), "quantized_hswish(4,1,1,relu_shift=2,relu_upper_bound=6,alpha='auto_po2')");
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
    for (const format of [quantizedBits(4, 0, { alpha: "auto_po2" }), binary({ alpha: "auto_po2" }), ternary({ alpha: "auto_po2" })]) {
      format.quantize(Float32Array.of(0.3, -0.7, 2, 0.11), [2, 2]);
      for (const scale of format.scale as Float32Array) assert.ok(Number.isInteger(Math.log2(scale)));
    }
  });

  /** Matrices with three channels and up to twenty rows. */
  const matrices = fc
    .integer({ min: 1, max: 20 })
    .chain((rows) => fc.array(fc.integer({ min: -4000, max: 4000 }).map((n) => n / 1000), { minLength: 3 * rows, maxLength: 3 * rows }))
    .map((numbers) => ({ x: Float32Array.from(numbers), shape: [numbers.length / 3, 3] }));
  const levelFormats = fc.oneof(
    binaries(automatic),
    fc.record({ alpha: automatic, numberOfUnrolls: fc.constantFrom(2, 5) }).map(ternary),
  );

  it("of binary and ternary are the best that their signs and zeros can have", () => {
    const signs = fc.oneof(fc.boolean().map((use01) => binary({ use01, alpha: "auto" })), fc.constant(ternary({ alpha: "auto" })));
    fc.assert(
      fc.property(signs, matrices, (format, { x, shape }) => {
        const q = format.quantize(x, shape);
        const error = (factor: number): number => x.reduce((sum, value, i) => sum + (value - factor * q[i]) ** 2, 0);
        assert.ok(error(1) <= Math.min(error(0.99), error(1.01)) + 1e-9);
      }),
    );
  });

  it("of binary and ternary multiply codes, and are found again from what the codes are decoded to", () => {
    fc.assert(
      fc.property(levelFormats, matrices, (format, { x, shape }) => {
        const q = format.quantize(x, shape);
        const quantized = format.encode(x, shape);
        assert.deepEqual(quantized.stepShape, [1, 3]);
        assert.deepEqual([...q], Array.from(quantized.codes, (code, i) => Math.fround(code * quantized.step[i % 3]) + 0));
        assert.deepEqual(format.quantize(format.decode(quantized, shape), shape), q);
      }),
    );
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
      binaries(fc.oneof(alphas, automatic)),
      ternaries,
      fc.record({ alpha: automatic, numberOfUnrolls: fc.constantFrom(1, 5) }).map(ternary),
      fc
        .record({ ...po2Options, qnoiseFactor: share, useSte: fc.boolean() })
        .map(({ bits, ...options }) => quantizedPo2(bits, options)),
      fc
        .record({ ...po2Options, negativeSlope: fc.constantFrom(0, 0.25), qnoiseFactor: share, useSte: fc.boolean() })
        .map(({ bits, ...options }) => quantizedReluPo2(bits, options)),
      curves,
      hswishes,
      fc.record({ alpha: fc.constantFrom(2, "auto", "auto_po2"), qnoiseFactor: share, useSte: fc.boolean() }).map((options) => quantizedHswish(4, 1, options as Parameters<typeof quantizedHswish>[2])),
      ulaws,
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

  it("says all of the quantizer, as does the string where QKeras prints every option", () => {
    const printed = fc.oneof(
      binaries(fc.oneof(alphas, automatic)),
      ternaries,
      fc.record({ alpha: automatic, numberOfUnrolls: fc.constantFrom(1, 5) }).map(ternary),
      fc
        .record({ ...po2Options, maxValue: fc.constantFrom(null, 1, 8), log2Rounding: fc.constant("rnd" as const) })
        .map(({ bits, ...options }) => quantizedPo2(bits, options)),
      fc
        .record({ maxValue: fc.constantFrom(1, 8), negativeSlope: fc.constantFrom(0, 0.25) })
        .map((options) => quantizedReluPo2(4, options)),
      fc.integer({ min: 1, max: 24 }).map((bits) => quantizedTanh(bits)),
      fc.boolean().map((symmetric) => quantizedSigmoid(8, { symmetric })),
      hswishes,
      ulaws,
    );
    // Strings hold symmetric as 0 or 1.
    const config = (format: Quantizer): object => {
      const { symmetric, ...rest } = format.getConfig();
      return { ...rest, symmetric: Number(symmetric ?? 0) };
    };
    fc.assert(fc.property(printed, (format) => assert.deepEqual(config(getQuantizer(String(format))), config(format))));
  });

  it("is read with the names that tfjs gives it", async () => {
    const kernels = [binary({ use01: true, alpha: "auto_po2" }), ternary({ alpha: "auto", numberOfUnrolls: 3 }), quantizedPo2(4, { log2Rounding: "floor" })];
    const activations = [quantizedReluPo2(3, { maxValue: 2 }), quantizedTanh(4, { useRealTanh: true }), quantizedSigmoid(4, { symmetric: true })];
    const model = tf.sequential({
      layers: kernels.map((kernelQuantizer, i) => qDense({ units: 2, kernelQuantizer, activation: activations[i], ...(i === 0 && { inputShape: [2] }) })),
    });
    const loaded = await tf.models.modelFromJSON(JSON.parse(model.toJSON() as string) as Parameters<typeof tf.models.modelFromJSON>[0]);
    (loaded.layers as QDense[]).forEach((layer, i) => {
      assert.deepEqual(layer.kernelQuantizer?.getConfig(), kernels[i].getConfig());
      assert.deepEqual(layer.activation?.quantizer?.getConfig(), activations[i].getConfig());
    });
  });
});

describe("getQuantizer", () => {
  it("says what it knows when a name, an argument or a value is wrong", () => {
    assert.throws(() => getQuantizer("quantised_bits(8)"), { name: "RangeError", message: /one of quantized_bits, quantized_relu, .*, ternary, .*, but found "quantised_bits"/ });
    assert.throws(() => getQuantizer("quantized_bits(8,3,alpah=1)"), { name: "SyntaxError", message: /no argument "alpah"; it has bits, integer/ });
    assert.throws(() => getQuantizer("quantized_bits(0)"), { name: "RangeError", message: /bits to be a whole number from 1 to 32 but found 0/ });
    assert.throws(() => getQuantizer("quantized_bits(8,alpha='best')"), { name: "RangeError", message: /alpha .* but found "best"/ });
    assert.throws(() => getQuantizer("quantized_bits(8,3"), { name: "SyntaxError", message: /found "quantized_bits\(8,3"/ });
    assert.throws(() => getQuantizer("quantized_bits(alpha=1,8)"), { name: "SyntaxError", message: /positional argument follows a named one/ });
    assert.throws(() => getQuantizer("quantized_bits(8,bits=8)"), { name: "SyntaxError", message: /"bits" twice/ });
    assert.throws(() => getQuantizer(null as unknown as string), { name: "TypeError", message: /found null/ });
  });

  it("refuses what a format cannot do", () => {
    const range = (name: string, message: RegExp): void => assert.throws(() => getQuantizer(name), { name: "RangeError", message });
    range("binary(alpha=0)", /binary: expected alpha to be a number other than 0.* but found "0"/);
    range("ternary(alpha='best')", /ternary: expected alpha .* but found "best"/);
    range("ternary(threshold=-1)", /threshold to be a number from 0 or null but found -1/);
    range("ternary(alpha='auto',threshold=0.5)", /no threshold beside alpha "auto", which finds its own, but found 0.5/);
    range("ternary(number_of_unrolls=0)", /number_of_unrolls to be a whole number above 0 but found 0/);
    range("quantized_po2(1)", /quantized_po2: expected bits to be a whole number from 2 to 32 but found 1/);
    range("quantized_po2(4,0)", /max_value to be a number above 0 or null but found 0/);
    range("quantized_po2(4,log2_rounding='ceil')", /log2_rounding to be "rnd" or "floor" but found "ceil"/);
    range("quantized_relu_po2(4,1,0.3)", /negative_slope to be 0 or a power of two but found 0.3/);
    range("quantized_tanh(25)", /quantized_tanh: expected bits to be a whole number from 1 to 24 but found 25/);
    range("quantized_ulaw(0)", /quantized_ulaw: expected bits to be a whole number from 1 to 32 but found 0/);
    range("quantized_ulaw(8,0,0,0)", /quantized_ulaw: expected u to be a number above 0 but found 0/);
    range("quantized_hswish(0)", /quantized_hswish: expected bits .* but found 0/);
    range("quantized_hswish(8,relu_shift=0)", /quantized_hswish: expected relu_shift to be a number above 0 but found 0/);
    range("quantized_hswish(8,keep_negative=False)", /quantized_hswish: expected keep_negative to be true/);
    range("quantized_sigmoid(0)", /quantized_sigmoid: expected bits to be a whole number from 1 to 24 but found 0/);
    for (const name of ["binary", "ternary", "quantized_po2", "quantized_relu_po2", "quantized_tanh", "quantized_sigmoid"]) {
      range(`${name}(use_stochastic_rounding=True)`, new RegExp(`${name}: stochastic rounding is not available`));
    }
    assert.throws(() => ternary({ threshold: 0.5 }).asKernelQuantizer(), { name: "RangeError", message: /a kernel without alpha gets "auto_po2": give it a number/ });
    assert.throws(() => quantizedPo2(8).encode(new Float32Array(1)), { name: "RangeError", message: /differ by at most 30, .* found -64 to 63/ });
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

describe("a number that is none", () => {
  it("stays so: training that has come to nothing does not look sound", () => {
    const names = [
      "binary()", "binary(alpha='auto')", "ternary()", "ternary(alpha='auto_po2')", "quantized_po2(4)", "quantized_relu_po2(4)",
      "quantized_tanh(8)", "quantized_tanh(8,use_real_tanh=1)", "quantized_sigmoid(8)", "quantized_sigmoid(8,use_real_sigmoid=1)",
      "quantized_ulaw(8)", "quantized_hswish(8)",
    ];
    for (const name of names) {
      assert.ok(Number.isNaN(getQuantizer(name).quantize(Float32Array.of(1, NaN, 2), [3, 1])[1]), name);
    }
  });
});
