import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { createRandom } from "../../lib/data/random.js";
import { accumulatorRange } from "../../lib/integer/accumulatorRange.js";
import { gridOf, integerFormat, stepOf } from "../../lib/integer/integerFormat.js";
import { integerProgram } from "../../lib/integer/integerProgram.js";
import { accumulate, interpretProgram, quantizeInput, requantize } from "../../lib/integer/interpretProgram.js";
import { logitLabels } from "../../lib/integer/logitLabels.js";
import { prepareProgram } from "../../lib/integer/prepareProgram.js";
import type { IntegerFormat, IntegerLayer, IntegerProgram } from "../../lib/integer/program.js";
import type { QDense } from "../../lib/layers/qDense.js";
import { fakeQuantized64 } from "../../lib/measure/fakeQuantized64.js";
import { UnsupportedModel } from "../../lib/network/unsupportedModel.js";
import { quantizedAffine } from "../../lib/quantizers/quantizedAffine.js";
import { architectures, drawModel, drawSamples } from "./drawModel.js";
import type { Architecture } from "./drawModel.js";

const numRuns = Number(process.env.INTEGER_RUNS ?? 150);

/** The program of a drawn network, or null where an accumulator would need more bits than there are. */
function drawProgram(architecture: Architecture): { model: tf.Sequential; program: IntegerProgram | null } {
  const model = drawModel(architecture);
  try {
    return { model, program: integerProgram(model) };
  } catch (error) {
    if (error instanceof UnsupportedModel && /can need \d+ bits|times as fine/.test(error.message)) return { model, program: null };
    throw error;
  }
}

function assertSame(found: ArrayLike<number>, wanted: ArrayLike<number>, what: string): void {
  assert.equal(found.length, wanted.length);
  for (let i = 0; i < found.length; i++) assert.ok(found[i] === wanted[i], `${what}: logit ${i} is ${found[i]} instead of ${wanted[i]}`);
}

/** What a layer of the model makes of codes, in double precision. */
function realSums(model: tf.Sequential, { name, units }: IntegerLayer, codes: Int32Array, format: IntegerFormat): Float64Array {
  const [kernel, bias] = tf.tidy(() => (model.getLayer(name) as QDense).quantizedWeights().map((weight) => weight?.dataSync()));
  return new Float64Array(units).map((_, unit) =>
    codes.reduce((sum, code, i) => sum + (code - format.zeroPoint) * stepOf(format) * kernel![i * units + unit], bias?.[unit] ?? 0),
  );
}

/** One input times a weight, one output. */
function scaledInput(input: IntegerFormat, weight: number): IntegerProgram {
  const layer = {
    name: "fc1", inputs: 1, units: 1, weightBits: 32, weights: Int32Array.of(weight), weightSteps: Float64Array.of(1), sumShifts: Int32Array.of(0),
    bias: Float64Array.of(-weight * input.zeroPoint), steps: Float64Array.of(1 / weight), output: null,
  };
  return { inputs: 1, input, layers: [{ ...layer, accumulator: accumulatorRange(layer, input) }], activation: "linear" };
}

/** How often each kind of accumulator was met. */
const met = { 32: 0, 64: 0, none: 0 };

describe("an integer program", () => {
  it("with power-of-two scales gives the logits of the fake-quantized model in double precision, to the bit", () => {
    fc.assert(
      fc.property(architectures("powers of two"), fc.integer({ min: 1, max: 5 }), (architecture, samples) => {
        const { model, program } = drawProgram(architecture);
        if (!program) return void met.none++;
        const x = drawSamples(samples, architecture.inputs, architecture.seed);
        assertSame(interpretProgram(program, x).values, fakeQuantized64(model, x).values, "the reference");
        model.dispose();
      }),
      { numRuns },
    );
  });

  it("runs in WebAssembly exactly as the reference does, in batches and sample by sample", (t) => {
    const any = fc.oneof(architectures("powers of two"), architectures("any"));
    fc.assert(
      fc.property(any, fc.integer({ min: 1, max: 140 }), (architecture, samples) => {
        const { model, program } = drawProgram(architecture);
        model.dispose();
        if (!program) return void met.none++;
        const { inputs, seed } = architecture;
        const x = drawSamples(samples, inputs, seed);
        const reference = interpretProgram(program, x);
        const prepared = prepareProgram(program);
        met[prepared.accumulatorBits]++;
        assert.deepEqual(prepared.run(x).shape, reference.shape);
        assertSame(prepared.run(x).values, reference.values, "a batch");
        // After a batch, whose samples must not be seen any more.
        const sample = x.values.slice(-inputs);
        assertSame(prepared.runSample(sample), reference.values.slice(-reference.shape[1]), "a sample");
        assert.deepEqual(prepared.predict(x), logitLabels(reference, program.activation));
      }),
      { numRuns },
    );
    t.diagnostic(`accumulators of 32 bits ${met[32]}, of 64 ${met[64]}, too long ${met.none}`);
    assert.ok(met[32] > 0.3 * numRuns && met[64] > 0);
  });

  it("reads affine codes as the quantizer finds them, next to halves too, where the quotient in float32 decides", () => {
    const option = fc.record({ bits: fc.integer({ min: 2, max: 16 }), signed: fc.boolean(), min: fc.double({ min: -3, max: 0, noNaN: true }), max: fc.double({ min: 0.01, max: 3, noNaN: true }) });
    fc.assert(
      fc.property(option, fc.nat(2 ** 20), (options, seed) => {
        const random = createRandom(seed);
        const quantizer = quantizedAffine(options);
        const input = integerFormat("x", { kind: "activation", activation: quantizer.format });
        // Halfway between two codes, as near as float32 comes, and its neighbours.
        const values = Float32Array.from({ length: 70 }, () => input.scale * (random.integer(2 ** options.bits) - input.zeroPoint - 0.5));
        const bits = new Int32Array(values.buffer);
        bits.forEach((_, i) => (bits[i] += random.integer(3) - 1));
        const codes = quantizer.codes(values, [70]);
        assert.deepEqual(quantizeInput(values, input), codes);
        for (const [weight, accumulatorBits] of [[1, 32], [2 ** 15, 64]]) {
          const prepared = prepareProgram(scaledInput(input, weight));
          assert.equal(prepared.accumulatorBits, accumulatorBits);
          assert.deepEqual([...prepared.run({ values, shape: [70, 1] }).values], [...codes].map((code) => code - input.zeroPoint));
        }
      }),
      { numRuns },
    );
  });

  it("with other scales makes of the same codes what real numbers make of them, half a code off at most and a little", () => {
    fc.assert(
      fc.property(architectures("any"), fc.nat(2 ** 20), (architecture, seed) => {
        const { model, program } = drawProgram(architecture);
        if (!program) return;
        let format = program.input;
        for (const layer of program.layers) {
          if (!layer.output) continue;
          const codes = quantizeInput(drawSamples(1, layer.inputs, seed).values, format);
          const wanted = realSums(model, layer, codes, format);
          format = layer.output.format;
          requantize(accumulate(layer, codes), layer.output).forEach((code, unit) => {
            const real = Math.min(Math.max(format.zeroPoint + wanted[unit] / gridOf(format), format.low), format.high);
            assert.ok(Math.abs(code - real) <= 0.54, `${layer.name}[${unit}]: ${code} instead of ${real}`);
          });
        }
        model.dispose();
      }),
      { numRuns },
    );
  });

  it("keeps its sums within the proven range after each addition, whatever the codes and the order", () => {
    fc.assert(
      fc.property(fc.oneof(architectures("powers of two"), architectures("any")), fc.nat(2 ** 20), (architecture, seed) => {
        const { model, program } = drawProgram(architecture);
        model.dispose();
        const random = createRandom(seed);
        let format = program?.input;
        for (const { inputs, units, weights, sumShifts, bias, accumulator, output } of program?.layers ?? []) {
          const { low, high } = format as IntegerFormat;
          for (let unit = 0; unit < units; unit++) {
            const order = random.permutation(inputs);
            // The worst codes for the unit's weights, or any.
            const worst = random.integer(3) - 1;
            const code = (weight: number): number => (worst === 0 ? low + random.integer(high - low + 1) : worst * weight > 0 ? high : low);
            let sum = 0;
            for (const i of order) {
              const weight = weights[i * units + unit];
              sum += weight * code(weight) * 2 ** sumShifts[unit];
              for (const at of [sum, sum + bias[unit]]) assert.ok(at >= accumulator.low && at <= accumulator.high);
            }
          }
          if (output) format = output.format;
        }
      }),
      { numRuns },
    );
  });
});
