import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { createRandom } from "../../lib/data/random.js";
import { cloneModel } from "../../lib/layers/cloneModel.js";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qDense } from "../../lib/layers/qDense.js";
import { bernoulli } from "../../lib/quantizers/bernoulli.js";
import { binary } from "../../lib/quantizers/binary.js";
import { getQuantizer } from "../../lib/quantizers/getQuantizer.js";
import { quantizedBits } from "../../lib/quantizers/quantizedBits.js";
import { quantizedHswish } from "../../lib/quantizers/quantizedHswish.js";
import { quantizedRelu } from "../../lib/quantizers/quantizedRelu.js";
import type { Quantizer } from "../../lib/quantizers/quantizer.js";
import { stochasticBinary } from "../../lib/quantizers/stochasticBinary.js";
import { stochasticRounding } from "../../lib/quantizers/stochasticRounding.js";
import { stochasticTernary } from "../../lib/quantizers/stochasticTernary.js";
import { ternary } from "../../lib/quantizers/ternary.js";
import { fit } from "../../lib/training/fit.js";

const seeds = fc.integer({ min: -(2 ** 40), max: 2 ** 40 });
const values = fc.array(fc.integer({ min: -9000, max: 9000 }).map((n) => n / 1000), { minLength: 1, maxLength: 30 });
const alphas = fc.constantFrom(null, 1, 0.5, "auto" as const, "auto_po2" as const);
const rounding = {
  bits: fc.integer({ min: 2, max: 10 }),
  integer: fc.integer({ min: -1, max: 4 }),
  seed: seeds,
  useStochasticRounding: fc.constant(true),
};
const bits = fc.record({ ...rounding, alpha: fc.constantFrom(null, 1, 0.5), symmetric: fc.boolean(), keepNegative: fc.boolean() });
const relus = fc.record({ ...rounding, negativeSlope: fc.constantFrom(0, 0.25) });
const signs = fc.record({ alpha: alphas, temperature: fc.constantFrom(1, 6, 8), useRealSigmoid: fc.boolean(), seed: seeds });
const thirds = fc.record({ alpha: fc.constantFrom("auto" as const, "auto_po2" as const), temperature: fc.constantFrom(6, 8), useRealSigmoid: fc.boolean(), numberOfUnrolls: fc.constantFrom(2, 5), seed: seeds });
const everyKind: fc.Arbitrary<Quantizer> = fc.oneof(
  bits.map(({ bits: b, integer, ...options }) => quantizedBits(b, integer, options)),
  relus.map(({ bits: b, integer, ...options }) => quantizedRelu(b, integer, options)),
  fc.record(rounding).map(({ bits: b, integer, ...options }) => quantizedHswish(b, integer, options)),
  signs.map(stochasticBinary),
  thirds.map(stochasticTernary),
  signs.map(bernoulli),
);
const train = (format: Quantizer, x: number[], shape = [x.length]): number[] => [...format.quantizeInTraining(Float32Array.from(x), shape)];
const infer = (format: Quantizer, x: number[], shape = [x.length]): number[] => [...format.quantize(Float32Array.from(x), shape)];
const again = (format: Quantizer): Quantizer => getQuantizer({ className: format.className, config: format.getConfig() });
const mean = (x: readonly number[]): number => x.reduce((sum, value) => sum + value, 0) / x.length;

/** Mean over many seeds of what training makes of one number. */
function meanOverSeeds(make: (seed: number) => Quantizer, x: number, count: number): number {
  return mean(Array.from({ length: count }, (_, seed) => train(make(seed), [x])[0]));
}

describe("stochastic rounding", () => {
  it("goes to a neighbouring multiple, and stays on a multiple", () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(0.125, 0.5, 1), fc.integer({ min: -4000, max: 4000 }), (seed, precision, n) => {
        const round = stochasticRounding(createRandom(seed), precision);
        const x = n / 64;
        const q = round(x);
        assert.ok(Number.isInteger(q / precision) && Math.abs(q - x) < precision);
        assert.equal(round(q), q);
      }),
    );
  });

  it("is right in the mean over seeds", () => {
    // Five standard deviations of the mean: the deviation of one draw is at most half a step.
    const count = 1000;
    const bound = 2.5 / Math.sqrt(count);
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 8 }), fc.double({ min: -1, max: 1, noNaN: true }), (b, share) => {
        const step = 2 ** (1 - b);
        const x = share * (1 - step);
        const found = meanOverSeeds((seed) => quantizedBits(b, 0, { useStochasticRounding: true, seed }), x, count);
        assert.ok(Math.abs(found - x) <= bound * step, `mean ${found} of ${x}`);
        const y = Math.abs(x);
        const relu = meanOverSeeds((seed) => quantizedRelu(b - 1, 0, { useStochasticRounding: true, seed }), y, count);
        assert.ok(Math.abs(relu - y) <= (bound * step) / 2 + 1e-7, `mean ${relu} of ${y}`);
      }),
      { seed: 1, numRuns: 20 },
    );
  });

  it("of quantized_bits gives values of the format, next to the number", () => {
    fc.assert(
      fc.property(bits, values, ({ bits: b, integer, ...options }, x) => {
        const format = quantizedBits(b, integer, options);
        const { step } = format.encode(Float32Array.of(0), [1]);
        const bounds = infer(format, [-1e6, 1e6]);
        train(format, x).forEach((q, i) => {
          assert.ok(Number.isInteger(q / step[0]) && q >= bounds[0] && q <= bounds[1]);
          const scaled = (options.alpha ?? 1) * x[i];
          if (scaled > bounds[0] && scaled < bounds[1]) assert.ok(Math.abs(q - scaled) < step[0] * 1.001);
        });
      }),
    );
  });

  it("of quantized_relu gives multiples of half its last bit, as QKeras does", () => {
    fc.assert(
      fc.property(relus, values, ({ bits: b, integer, ...options }, x) => {
        const format = quantizedRelu(b, integer, options);
        const { step } = format.encode(Float32Array.of(0));
        const bounds = infer(format, [-1e6, 1e6]);
        for (const q of train(format, x)) assert.ok(Number.isInteger((2 * q) / step[0]) && q >= bounds[0] && q <= bounds[1]);
      }),
    );
    const found = new Set(train(quantizedRelu(2, 0, { useStochasticRounding: true }), Array<number>(100).fill(0.3)));
    assert.deepEqual([...found].sort(), [0.25, 0.375]);
  });

  it("changes nothing with an automatic scale, and nothing but hswish's rounding", () => {
    const x = [0.3, -0.7, 0.11, 1.4];
    const format = quantizedBits(4, 0, { alpha: "auto", useStochasticRounding: true });
    assert.equal(format.isStochastic, false);
    assert.deepEqual(train(format, x), infer(format, x));
    const hswish = quantizedHswish(8, 2, { useStochasticRounding: true });
    train(hswish, x).forEach((q, i) => assert.ok(Math.abs(q - (x[i] * Math.min(x[i] + 3, 6)) / 6) < 2 ** -5));
  });
});

describe("every stochastic quantizer", () => {
  it("draws the same numbers from the same seed, and others at each call", () => {
    fc.assert(
      fc.property(everyKind, values, (format, x) => {
        const [one, other] = [again(format), again(format)];
        for (let call = 0; call < 3; call++) assert.deepEqual(train(one, x), train(other, x));
      }),
    );
    const x = Array.from({ length: 200 }, (_, i) => i / 100 - 1.003);
    for (const name of ["quantized_bits(4,use_stochastic_rounding=1)", "quantized_relu(4,use_stochastic_rounding=1)", "stochastic_binary()", "stochastic_ternary(alpha='auto')", "bernoulli()"]) {
      const format = getQuantizer(name);
      const first = train(format, x, [x.length, 1]);
      assert.notDeepEqual(train(format, x, [x.length, 1]), first, name);
      assert.notDeepEqual(train(getQuantizer(`${name.slice(0, -1)}${name.endsWith("()") ? "" : ","}seed=1)`), x, [x.length, 1]), first, name);
    }
  });

  it("without training does what its sort that is not stochastic does, but for bernoulli", () => {
    fc.assert(
      fc.property(bits, relus, signs, thirds, values, (b, r, s, t, x) => {
        const off = { useStochasticRounding: false };
        const pairs: [Quantizer, Quantizer][] = [
          [quantizedBits(b.bits, b.integer, b), quantizedBits(b.bits, b.integer, { ...b, ...off })],
          [quantizedRelu(r.bits, r.integer, r), quantizedRelu(r.bits, r.integer, { ...r, ...off })],
          [stochasticBinary(s), binary({ alpha: s.alpha })],
          [stochasticTernary(t), ternary({ alpha: t.alpha, numberOfUnrolls: t.numberOfUnrolls })],
        ];
        for (const [format, plain] of pairs) {
          assert.deepEqual(infer(format, x), infer(plain, x));
          assert.deepEqual(format.slope(Float32Array.from(x)), plain.slope(Float32Array.from(x)));
          assert.deepEqual(format.encode(Float32Array.from(x), [x.length]), plain.encode(Float32Array.from(x), [x.length]));
        }
      }),
    );
  });

  it("is said in full by its config, and by its string but for quantized_relu's without a slope", () => {
    fc.assert(
      fc.property(everyKind, (format) => {
        assert.deepEqual(again(format).getConfig(), format.getConfig());
        if (format instanceof quantizedRelu().constructor && format.getConfig().negative_slope === 0) return;
        assert.equal(String(getQuantizer(String(format))), String(format));
      }),
    );
    assert.equal(String(quantizedBits(4, 0, { useStochasticRounding: true, seed: 7 })), "quantized_bits(4,0,0,use_stochastic_rounding=1,seed=7)");
    assert.equal(String(quantizedRelu(6, 2, { useStochasticRounding: true, negativeSlope: 0.25 })), "quantized_relu(6,2,0,0.25,1)");
    assert.equal(String(stochasticBinary({ alpha: 2, temperature: 4, useRealSigmoid: false })), "stochastic_binary(alpha=2.0,temperature=4.0,use_real_sigmoid=0)");
    assert.equal(String(stochasticTernary({ threshold: 0.5, numberOfUnrolls: 2 })), "stochastic_ternary(threshold=0.5,number_of_unrolls=2)");
    assert.equal(String(bernoulli({ alpha: "auto" })), "bernoulli(alpha='auto')");
    assert.deepEqual(bernoulli().getConfig(), { alpha: null });
    assert.deepEqual([bernoulli({ alpha: 2 }).min(), bernoulli({ alpha: 2 }).max()], [0, 2]);
  });

  it("as a kernel's quantizer keeps what it was told", () => {
    const kernel = (name: string): string => String(getQuantizer(name).asKernelQuantizer());
    assert.equal(kernel("stochastic_binary(temperature=4,seed=7)"), "stochastic_binary(alpha='auto_po2',temperature=4.0,seed=7)");
    assert.equal(kernel("stochastic_ternary(use_real_sigmoid=0)"), "stochastic_ternary(alpha='auto_po2',use_real_sigmoid=0)");
    assert.equal(kernel("bernoulli()"), "bernoulli(alpha='auto_po2')");
    assert.equal(kernel("bernoulli(alpha=1)"), "bernoulli(alpha=1.0)");
  });

  it("refuses what it cannot do", () => {
    assert.throws(() => getQuantizer("stochastic_binary(temperature=0)"), { name: "RangeError", message: /^stochastic_binary: expected temperature .* found 0/ });
    assert.throws(() => getQuantizer("bernoulli(alpha=0)"), { name: "RangeError", message: /^bernoulli: expected alpha/ });
    assert.throws(() => getQuantizer("stochastic_ternary(threshold=1)"), { name: "RangeError", message: /another number than 1/ });
    assert.throws(() => getQuantizer("stochastic_ternary(alpha='auto',threshold=0.5)"), { name: "RangeError", message: /^stochastic_ternary: expected no threshold/ });
    assert.throws(() => train(stochasticTernary({ alpha: 1 }), [1]), { name: "RangeError", message: /"auto" or "auto_po2" for training but found 1/ });
    assert.throws(() => quantizedBits(4, 0, { seed: 0.5 }), RangeError);
    assert.throws(() => bernoulli().encode(), { name: "RangeError", message: /draws its values anew/ });
  });

  it("keeps a number that is none", () => {
    for (const name of ["quantized_bits(4,use_stochastic_rounding=1)", "quantized_relu(4,use_stochastic_rounding=1)", "stochastic_binary(alpha=1)", "stochastic_ternary(alpha='auto')", "bernoulli(alpha=1)"]) {
      assert.ok(Number.isNaN(train(getQuantizer(name), [1, NaN, 2], [3, 1])[1]), name);
    }
  });
});

describe("stochastic_binary, stochastic_ternary and bernoulli", () => {
  const count = 20000;
  /** Shares of the values, and the bound of five standard deviations that they keep to. */
  const share = (q: number[], wanted: (value: number) => boolean): number => q.filter(wanted).length / q.length;
  const bound = 2.5 / Math.sqrt(count);
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

  it("take their values as often as the sigmoid says", () => {
    for (const x of [-0.4, -0.1, 0, 0.25]) {
      const many = Array<number>(count).fill(x);
      assert.ok(Math.abs(share(train(stochasticBinary({ alpha: 2 }), many), (q) => q === 2) - sigmoid(6 * x)) < bound);
      assert.ok(Math.abs(share(infer(bernoulli({ temperature: 3 }), many), (q) => q === 1) - sigmoid(3 * x)) < bound);
      const hard = Math.min(Math.max(0.5 * 4 * x + 0.5, 0), 1);
      assert.ok(Math.abs(share(train(bernoulli({ temperature: 4, useRealSigmoid: false }), many), (q) => q === 1) - hard) < bound);
    }
  });

  it("with an automatic scale count in standard deviations of the channel and have the scale of the signs", () => {
    // Two channels, the second ten times as wide: what is drawn is the same in the mean.
    const random = createRandom(3);
    const x = Array.from({ length: count }, () => random.normal()).flatMap((value) => [value, 10 * value]);
    const format = stochasticBinary({ alpha: "auto" });
    const q = train(format, x, [count, 2]);
    const [narrow, wide] = [0, 1].map((channel) => mean(x.filter((_, i) => i % 2 === channel).map(Math.abs)));
    assert.ok(Math.abs((format.scale as Float32Array)[0] - narrow) < 1e-3 && Math.abs((format.scale as Float32Array)[1] - wide) < 1e-2);
    const agree = [0, 1].map((channel) => share(q.filter((_, i) => i % 2 === channel).map((value, i) => value * x[2 * i]), (product) => product > 0));
    assert.ok(agree[0] > 0.85 && Math.abs(agree[0] - agree[1]) < 2 * bound);
  });

  it("of three values depend on the distance from half a scale", () => {
    const x = [...Array<number>(count).fill(0.5), ...Array<number>(count).fill(-1), ...Array<number>(count).fill(1)];
    const format = stochasticTernary({ alpha: "auto", temperature: 2 });
    const q = train(format, x, [x.length, 1]);
    const [scale] = format.scale as Float32Array;
    assert.ok(q.every((value) => value === 0 || Math.abs(value) === scale));
    const average = mean(x);
    const deviation = Math.sqrt(mean(x.map((value) => (value - average) ** 2)));
    const up = sigmoid((2 * (0.5 - scale / 2)) / deviation);
    const down = sigmoid((2 * (0.5 + scale / 2)) / deviation);
    const middle = q.slice(0, count);
    assert.ok(Math.abs(share(middle, (value) => value > 0) - up * down) < bound);
    assert.ok(Math.abs(share(middle, (value) => value < 0) - (1 - up) * (1 - down)) < bound);
  });

  it("have the gradient 1 while a network trains", () => {
    const x = tf.tensor1d([-0.5, 0, 2]);
    const gradient = (format: Quantizer, training: boolean): number[] => [...tf.grad((t) => format.apply(t, { training }).sum())(x).dataSync()];
    assert.deepEqual(gradient(stochasticBinary(), true), [1, 1, 1]);
    assert.deepEqual(gradient(stochasticBinary(), false), gradient(binary(), false));
    assert.deepEqual(gradient(stochasticTernary({ alpha: "auto" }), true), [1, 1, 1]);
    assert.deepEqual(gradient(bernoulli(), false), [1, 1, 1]);
    assert.deepEqual(gradient(quantizedRelu(4, 0, { useStochasticRounding: true }), true), [0, 0, 0]);
  });
});

describe("a network with stochastic quantizers", () => {
  const build = (): tf.Sequential =>
    tf.sequential({
      layers: [
        qDense({ units: 4, inputShape: [3], kernelQuantizer: "stochastic_ternary(alpha='auto',seed=5)", biasQuantizer: "quantized_bits(6,use_stochastic_rounding=1)", kernelInitializer: tf.initializers.heNormal({ seed: 1 }) }),
        qActivation({ activation: "quantized_relu(4,1,use_stochastic_rounding=1,seed=2)" }),
        qDense({ units: 2, kernelQuantizer: "quantized_bits(4,0,alpha=1,use_stochastic_rounding=1)", activation: "softmax", kernelInitializer: tf.initializers.heNormal({ seed: 2 }) }),
      ],
    });
  const x = tf.randomUniform([16, 3], -1, 1, "float32", 4);
  const y = tf.oneHot(tf.tensor1d(Array.from({ length: 16 }, (_, i) => i % 2), "int32"), 2).toFloat();

  it("predicts the same each time and computes with random numbers in training", () => {
    const model = build();
    const outputs = (training: boolean): number[] => [...(model.apply(x, { training }) as tf.Tensor).dataSync()];
    assert.deepEqual(outputs(false), outputs(false));
    assert.notDeepEqual(outputs(true), outputs(true));
  });

  it("trains through TensorFlow.js, and to the same weights each time", async () => {
    const original = build();
    const trained = async (): Promise<number[][]> => {
      const model = cloneModel(original) as tf.Sequential;
      model.compile({ optimizer: tf.train.sgd(0.1), loss: "categoricalCrossentropy" });
      await fit(model, x, y, { epochs: 2, batchSize: 8, verbose: 0, seed: 1 });
      return model.getWeights().map((weight) => [...weight.dataSync()]);
    };
    const weights = await trained();
    assert.deepEqual(await trained(), weights);
    assert.notDeepEqual(weights, original.getWeights().map((weight) => [...weight.dataSync()]));
    const model = cloneModel(original) as tf.Sequential;
    model.compile({ optimizer: tf.train.sgd(0.1), loss: "categoricalCrossentropy" });
    await assert.rejects(fit(model, x, y, { epochs: 1, engine: "wasm" }), /stochastic_ternary\(alpha='auto',seed=5\) draws random numbers/);
  });
});
