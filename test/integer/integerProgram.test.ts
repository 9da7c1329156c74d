import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { checkProgram } from "../../lib/integer/checkProgram.js";
import { integerProgram } from "../../lib/integer/integerProgram.js";
import { interpretProgram } from "../../lib/integer/interpretProgram.js";
import { logitLabels } from "../../lib/integer/logitLabels.js";
import { prepareProgram } from "../../lib/integer/prepareProgram.js";
import type { IntegerFormat, IntegerProgram } from "../../lib/integer/program.js";
import { learnedStepActivation, pactActivation } from "../../lib/layers/learnedActivation.js";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qDense } from "../../lib/layers/qDense.js";
import type { QDenseArgs } from "../../lib/layers/qDense.js";
import { fakeQuantized64 } from "../../lib/measure/fakeQuantized64.js";
import type { QuantizerIdentifier } from "../../lib/quantizers/getQuantizer.js";
import { quantizedAffine } from "../../lib/quantizers/quantizedAffine.js";
import { predict } from "../../lib/training/predict.js";

const weights = "quantized_bits(8,3,alpha=1)"; // multiples of 1/16

function dense(name: string, args: Partial<QDenseArgs> = {}): tf.layers.Layer {
  return qDense({ units: 2, name, kernelQuantizer: weights, biasQuantizer: weights, kernelInitializer: "ones", biasInitializer: "ones", ...args });
}
const input = (activation: QuantizerIdentifier = "quantized_relu(8,4)", inputs = 3): tf.layers.Layer => qActivation({ activation, inputShape: [inputs] });
const chain = (...layers: tf.layers.Layer[]): tf.Sequential => tf.sequential({ layers });

/** 3-1-2: inputs and what comes between in steps of 1/16. */
function smallModel(): tf.Sequential {
  const model = chain(input(), dense("fc1", { units: 1, activation: "quantized_relu(8,4)" }), dense("fc2", { activation: "softmax" }));
  model.layers[1].setWeights([tf.tensor2d([0.5, -0.25, 2], [3, 1]), tf.tensor1d([-0.5])]);
  model.layers[2].setWeights([tf.tensor2d([1, -1], [1, 2]), tf.tensor1d([0, 1])]);
  return model;
}

/** 3-1 in affine codes; scales are powers of two, so that one can follow by hand. */
function affineModel(activation?: string): tf.Sequential {
  const kernelQuantizer = quantizedAffine({ symmetric: true, axis: 1, scale: [0.25], zeroPoint: 0 });
  const biasQuantizer = quantizedAffine({ bits: 32, axis: 0, scale: [0.125], zeroPoint: 0 });
  const model = chain(
    input(quantizedAffine({ bits: 4, signed: false, scale: 0.5, zeroPoint: 3 })),
    dense("fc1", { units: 1, kernelQuantizer, biasQuantizer, activation }),
    qActivation({ activation: quantizedAffine({ bits: 4, signed: false, scale: 1, zeroPoint: 2 }) }),
  );
  model.layers[1].setWeights([tf.tensor2d([0.5, -0.25, 2], [3, 1]), tf.tensor1d([-0.5])]);
  return model;
}

describe("integerProgram", () => {
  it("holds the integers behind the model", () => {
    const program = integerProgram(smallModel());
    const relu = { kind: "fixedPoint", bits: 8, signed: false, fractionBits: 4, scale: 1, zeroPoint: 0, low: 0, high: 255 };
    assert.deepEqual(program, {
      inputs: 3,
      input: relu,
      activation: "softmax",
      layers: [
        {
          name: "fc1",
          inputs: 3,
          units: 1,
          weightBits: 8,
          weights: Int8Array.of(8, -4, 32),
          weightSteps: Float64Array.of(1 / 16),
          sumShifts: Int32Array.of(0),
          bias: Float64Array.of(-128),
          steps: Float64Array.of(1 / 256),
          accumulator: { low: -4 * 255 - 128, high: 40 * 255, bits: 15 },
          output: { format: relu, requantization: { kind: "shift", shifts: Int32Array.of(4) } },
        },
        {
          name: "fc2",
          inputs: 1,
          units: 2,
          weightBits: 8,
          weights: Int8Array.of(16, -16),
          weightSteps: Float64Array.of(1 / 16, 1 / 16),
          sumShifts: Int32Array.of(0, 0),
          bias: Float64Array.of(0, 256),
          steps: Float64Array.of(1 / 256, 1 / 256),
          accumulator: { low: -4080, high: 4080, bits: 13 },
          output: null,
        },
      ],
    });
  });

  it("computes what one can follow by hand", () => {
    // 0.5 · 1 - 0.25 · 2 + 2 · 0.28125 - 0.5 = 0.0625; the input 0.28125 lies halfway between 4/16 and 5/16: the even one.
    const x = { values: Float32Array.of(1, 2, 0.28125), shape: [1, 3] as [number, number] };
    assert.deepEqual([...interpretProgram(integerProgram(smallModel()), x).values], [0, 1]);
    assert.deepEqual([...interpretProgram(integerProgram(smallModel()), { ...x, values: Float32Array.of(1, 2, 0.3125) }).values], [0.125, 0.875]);
  });

  it("takes dropout and a ReLU before a format, and leaves softmax and sigmoid out", () => {
    const model = chain(
      input(), dense("fc1", { activation: "relu" }), qActivation({ activation: "quantized_bits(8,4,alpha=1)" }),
      tf.layers.dropout({ rate: 0.5 }), dense("fc2", { units: 1, activation: "sigmoid" }),
    );
    const program = integerProgram(model);
    assert.deepEqual([program.layers[0].output?.format.low, program.activation], [0, "sigmoid"]);
    const x = { values: Float32Array.of(1, 2, 3, 0, 0, 0), shape: [2, 3] as [number, number] };
    assert.deepEqual(interpretProgram(program, x), fakeQuantized64(model, x));
  });

  it("folds zero points into biases, and rounds halves of affine codes away from zero", () => {
    const program = integerProgram(affineModel());
    assert.deepEqual(program, {
      inputs: 3,
      input: { kind: "affine", bits: 4, signed: false, fractionBits: 0, scale: 0.5, zeroPoint: 3, low: 0, high: 15 },
      activation: "linear",
      layers: [
        {
          name: "fc1",
          inputs: 3,
          units: 1,
          weightBits: 8,
          weights: Int8Array.of(2, -1, 8),
          weightSteps: Float64Array.of(0.25),
          sumShifts: Int32Array.of(0),
          bias: Float64Array.of(-4 - 3 * (2 - 1 + 8)),
          steps: Float64Array.of(0.125),
          accumulator: { low: -15 - 31, high: 15 * 10, bits: 9 },
          output: {
            format: { kind: "affine", bits: 4, signed: false, fractionBits: 0, scale: 1, zeroPoint: 2, low: 0, high: 15 },
            requantization: { kind: "shift", shifts: Int32Array.of(3) },
          },
        },
      ],
    });
    // 1 and 6.6 are the codes 5 and 16, clipped to 15; -2 is -1, clipped to 0: 0.5 · 1 + 0.25 · 1.5 + 2 · 6 - 0.5 = 12.375.
    // Of 0 the output is the bias, -0.5, halfway between two codes. 0.25 and -0.25 are halfway too, and become 0.5 and -0.5.
    const x = { values: Float32Array.of(1, -2, 6.6, 0, 0, 0, 0.25, -0.25, 0), shape: [3, 3] as [number, number] };
    assert.deepEqual([...interpretProgram(program, x).values], [12, -1, 0]);
    assert.deepEqual(prepareProgram(program).run(x), interpretProgram(program, x));
    const real = fakeQuantized64(affineModel(), x).values;
    assert.deepEqual([...real].map((value) => value + 0), [12, -1, 0]);
  });

  it("clips at the zero point behind a ReLU", () => {
    const program = integerProgram(affineModel("relu"));
    assert.equal(program.layers[0].output?.format.low, 2);
    const x = { values: new Float32Array(3), shape: [1, 3] as [number, number] };
    assert.deepEqual([...interpretProgram(program, x).values], [0]);
    assert.deepEqual([...prepareProgram(program).run(x).values], [0]);
  });

  it("takes a bias in steps of the sum as it is, though float32 rounded them", () => {
    const kernelQuantizer = quantizedAffine({ symmetric: true, scale: 0.01, zeroPoint: 0 });
    const biasQuantizer = quantizedAffine({ bits: 32, axis: 0, scale: [0.1 * 0.01, 0.1 * 0.01], zeroPoint: 0 });
    const model = chain(
      input(quantizedAffine({ scale: 0.1, zeroPoint: 0 })),
      dense("fc1", { kernelQuantizer, biasQuantizer, activation: quantizedAffine({ bits: 16, scale: 1e-5, zeroPoint: 0 }) }),
    );
    model.layers[1].setWeights([tf.zeros([3, 2]), tf.tensor1d([0.123, -7])]);
    const [{ bias, sumShifts }] = integerProgram(model).layers;
    assert.deepEqual([...bias, ...sumShifts], [123, -7000, 0, 0]);
  });

  it("takes the formats that activations have learned", async () => {
    const model = chain(
      input(), dense("fc1", { kernelInitializer: "heNormal" }), learnedStepActivation({ bits: 4, signed: true }),
      dense("fc2", { kernelInitializer: "heNormal" }), pactActivation({ bits: 5, initialBound: 3 }), dense("fc3"),
    );
    const x = { values: Float32Array.from({ length: 3 * 40 }, (_, i) => ((i * 37) % 256) / 16), shape: [40, 3] as [number, number] };
    const samples = tf.tensor2d(x.values, x.shape);
    model.predict(samples);
    const program = integerProgram(model);
    assert.deepEqual(program.layers.map(({ output }) => output && [output.format.bits, output.format.signed]), [[4, true], [5, false], null]);
    const [integers, exact] = [interpretProgram(program, x).values, fakeQuantized64(model, x).values];
    const [tfjs, kernels] = [(model.predict(samples) as tf.Tensor).dataSync(), (await predict(model, x)).values];
    tfjs.forEach((logit, i) => assert.ok(Math.abs(logit - kernels[i]) <= 1e-5));
    // The last layer's bias has steps of 1 / 16, and is at most a 32nd of one off; the other numbers are the same.
    exact.forEach((logit, i) => assert.ok(Math.abs(logit - integers[i]) <= 1 / 512 && Math.abs(logit - tfjs[i]) <= 1e-5, `${integers[i]}, ${logit}, ${tfjs[i]}`));
  });

  it("takes ternary, binary and power-of-two weights, as integers of few bits", () => {
    const kernels: [string, number][] = [["ternary(alpha=1)", 2], ["binary(alpha=1)", 2], ["quantized_po2(3)", 5], ["quantized_bits(1,0,alpha=1)", 2]];
    for (const [kernelQuantizer, weightBits] of kernels) {
      const weighted = { kernelQuantizer, kernelInitializer: "heNormal" };
      const model = chain(input("quantized_bits(8,2,alpha=1)", 20), dense("fc1", { units: 7, ...weighted, activation: "quantized_bits(8,4,alpha=1)" }), dense("fc2", weighted));
      const program = integerProgram(model);
      assert.deepEqual(program.layers.map((layer) => layer.weightBits), [weightBits, weightBits], kernelQuantizer);
      const x = { values: Float32Array.from({ length: 20 * 9 }, (_, i) => ((i * 37) % 100) / 11 - 4), shape: [9, 20] as [number, number] };
      assert.deepEqual(interpretProgram(program, x), fakeQuantized64(model, x), kernelQuantizer);
      assert.deepEqual(prepareProgram(program).run(x), interpretProgram(program, x), kernelQuantizer);
    }
  });

  it("computes the lecture's network of 16- and 32-bit formats, whose output needs accumulators of 64 bits", () => {
    const kernel = { kernelQuantizer: "quantized_bits(9,1,alpha=1)", biasQuantizer: "quantized_bits(23,15,alpha=1)", kernelInitializer: "heNormal" };
    const hidden = { ...kernel, activation: "quantized_relu(16,15)" };
    const model = chain(
      input("quantized_relu(16,15)", 30), dense("fc1", { units: 20, ...hidden }), dense("fc2", { units: 10, ...hidden }),
      dense("fc3", { units: 10, ...hidden }), dense("fc4", { units: 4, ...kernel }),
      qActivation({ activation: "quantized_bits(32,15,alpha=1)" }), tf.layers.softmax(),
    );
    const program = integerProgram(model);
    const prepared = prepareProgram(program);
    const x = { values: Float32Array.from({ length: 30 * 7 }, (_, i) => (i * 37) % 1000), shape: [7, 30] as [number, number] };
    assert.deepEqual(interpretProgram(program, x), fakeQuantized64(model, x));
    assert.deepEqual(prepared.run(x), interpretProgram(program, x));
    assert.equal(prepared.accumulatorBits, 64);
  });

  const relu = { activation: "quantized_relu(8,4)" };
  const refused: [string, () => tf.Sequential, RegExp][] = [
    ["an input that is not quantized", () => chain(dense("fc1", { inputShape: [3] })), /its input is not quantized: begin with qActivation/],
    ["a float layer", () => chain(input(), tf.layers.dense({ units: 2, name: "fc1" })), /^fc1\/kernel has no quantizer$/],
    ["a float bias", () => chain(input(), dense("fc1", { biasQuantizer: null })), /^fc1\/bias has no quantizer$/],
    ["a layer whose output is not quantized", () => chain(input(), dense("fc1"), dense("fc2")), /^fc1: its output is not quantized: follow it with qActivation$/],
    ["tanh", () => chain(input(), dense("fc1", { activation: "tanh" }), dense("fc2")), /^the output of fc1 goes through tanh in real numbers: quantize it$/],
    ["quantized_tanh", () => chain(input(), dense("fc1", { activation: "quantized_tanh(8)" }), dense("fc2")), /^the output of fc1 goes through quantized_tanh, which does more than round and clip/],
    ["a leaky ReLU", () => chain(input(), dense("fc1", { activation: "quantized_relu(8,4,0,0.25)" }), dense("fc2")), /fc1 goes through quantized_relu, which does more/],
    ["an activation with a scale of its own", () => chain(input("quantized_bits(8,0,alpha='auto')"), dense("fc1")), /^the input goes through/],
    ["two activations", () => chain(input(), dense("fc1", relu), qActivation({ activation: "quantized_relu(4,4)" }), dense("fc2")), /^the output of fc1 goes through two activations: one must do$/],
    ["batch normalization", () => chain(input(), dense("fc1"), tf.layers.batchNormalization({ name: "bn" }), dense("fc2")), /^bn: a batch normalization computes in real numbers/],
    ["a scale for each input", () => chain(input(), dense("fc1", { kernelQuantizer: "quantized_bits(4,0,alpha='auto',scale_axis=0)" })), /^fc1\/kernel has a scale for each input/],
    ["part of the quantization", () => chain(input(), dense("fc1", { kernelQuantizer: "quantized_bits(4,-1,alpha=1,qnoise_factor=0.5)" })), /^fc1\/kernel is not quantized all the way/],
    ["a negative scale", () => chain(input(), dense("fc1", { kernelQuantizer: "quantized_bits(4,0,alpha=-1)" })), /^fc1: its weights have a negative scale$/],
    ["a range that follows the numbers", () => chain(input("quantized_affine(8)"), dense("fc1")), /^the input goes through quantized_affine without one fixed range: give it min and max/],
    ["a range for each channel", () => chain(input(quantizedAffine({ axis: 1, min: [0, 0, 0], max: [1, 2, 3] })), dense("fc1")), /^the input goes through quantized_affine without one fixed range/],
    ["affine codes of more than 16 bits", () => chain(input("quantized_affine(17,scale=0.001,zero_point=0)"), dense("fc1")), /^the input goes through .* at most 16 bits$/],
    ["a step that is still to be learned", () => chain(input(), dense("fc1"), learnedStepActivation({ name: "lsq" }), dense("fc2")), /^lsq has no format yet/],
    ["31 bits without a sign and one more", () => chain(input("quantized_relu(32,4)"), dense("fc1")), /^the input has 32 bits without a sign, of at most 31$/],
    ["sums of more than 53 bits", () => chain(input("quantized_relu(31,0)"), dense("fc1", { kernelQuantizer: "quantized_bits(30,1,alpha=1)" })), /^fc1: its sums can need 6\d bits, of at most 53$/],
    ["sums of more than 32 bits with scales that are no powers of two", () => chain(input("quantized_relu(16,0)"), dense("fc1", { kernelQuantizer: "quantized_bits(16,0,alpha='auto')", ...relu })), /^fc1: its sums can need 34 bits, of at most 32, because its scales are no powers of two/],
  ];
  for (const [what, build, message] of refused) {
    it(`refuses ${what}, naming the layer`, () => assert.throws(() => integerProgram(build()), { name: "UnsupportedModel", message }));
  }
});

describe("checkProgram", () => {
  const program = (): IntegerProgram => integerProgram(smallModel());
  const changed = (made: () => IntegerProgram) => (edit: (program: IntegerProgram) => unknown) => (): void => {
    const copy = structuredClone(made());
    edit(copy);
    checkProgram(copy);
  };
  const change = changed(program);
  const changeAffine = changed(() => integerProgram(affineModel()));

  it("passes a program that went to another thread and back", () => {
    checkProgram(structuredClone(program()));
    checkProgram(structuredClone(integerProgram(affineModel())));
  });

  const refused: [string, () => void, object][] = [
    ["no layers", change((p) => (p.layers = [])), { name: "TypeError", message: "Expected at least one layer but found []." }],
    ["missing weights", change((p) => (p.layers[0].weights = Int8Array.of(1))), { name: "TypeError", message: "Expected weights of fc1 to have 3 numbers but found 1." }],
    ["a layer that does not fit", change((p) => (p.layers[1].inputs = 2)), { name: "TypeError", message: "Expected fc2 to have the 1 inputs that come before it but found 2." }],
    ["an accumulator that is not proven", change((p) => (p.layers[0].accumulator.high = 7)), { name: "RangeError", message: /^Expected the accumulator of fc1 to be \{"low":-1148,"high":10200,"bits":15\} but found/ }],
    ["weights changed behind the proof", change((p) => (p.layers[0].weights[0] = 9)), { name: "RangeError", message: /accumulator of fc1/ }],
    ["codes beyond the bits", change((p) => (p.input.high = 256)), { name: "RangeError", message: "Expected codes of the input from 0 or more to 255 or less but found [0,256]." }],
    ["a kind of codes that there is not", change((p) => ((p.input as { kind: string }).kind = "float")), { name: "RangeError", message: 'Expected the kind of the input to be fixedPoint or affine but found "float".' }],
    ["a zero point of fixed-point codes", change((p) => (p.input.zeroPoint = 1)), { name: "RangeError", message: "Expected a zeroPoint of the input among its codes, 0 of fixed-point ones but found 1." }],
    ["a zero point beyond the codes", changeAffine((p) => (p.input.zeroPoint = 16)), { name: "RangeError", message: /zeroPoint of the input among its codes.* found 16/ }],
    ["bits behind the point of affine codes", changeAffine((p) => (p.input.fractionBits = 1)), { name: "RangeError", message: /fractionBits of the input, which is affine, to be 0 but found 1/ }],
    ["a scale that float32 does not have", changeAffine((p) => (p.input.scale = 0.1)), { name: "RangeError", message: /a scale of the input, which is affine, in float32 but found 0.1/ }],
    ["a zero point that is missing", changeAffine((p) => delete (p.layers[0].output!.format as Partial<IntegerFormat>).zeroPoint), { name: "RangeError", message: /zeroPoint of the output of fc1 .* found nothing/ }],
    ["a shift out of range", change((p) => (p.layers[0].output!.requantization.shifts[0] = 63)), { name: "RangeError", message: "Expected shifts of fc1 from -30 to 62 but found 63." }],
    ["a bias between whole numbers", change((p) => (p.layers[0].bias[0] = 0.5)), { name: "RangeError", message: "Expected a bias of fc1 that is a whole number but found 0.5." }],
    ["no format between layers", change((p) => (p.layers[0].output = null)), { name: "TypeError", message: /output format of fc1/ }],
  ];
  for (const [what, act, error] of refused) it(`refuses ${what}`, () => assert.throws(act, error));

  it("is what stands before running", () => {
    const wrong = { ...program(), inputs: 0 };
    const x = { values: new Float32Array(3), shape: [1, 3] as [number, number] };
    assert.throws(() => interpretProgram(wrong, x), { name: "RangeError", message: /inputs/ });
    assert.throws(() => prepareProgram(wrong), { name: "RangeError", message: /inputs/ });
  });
});

describe("running a program", () => {
  const prepared = prepareProgram(integerProgram(smallModel()));

  it("refuses samples of another size", () => {
    const x = { values: new Float32Array(4), shape: [1, 4] as [number, number] };
    const error = { name: "TypeError", message: /of 3 numbers but found 4/ };
    assert.throws(() => prepared.run(x), error);
    assert.throws(() => prepared.runSample(x.values), error);
    assert.throws(() => interpretProgram(integerProgram(smallModel()), x), error);
  });

  it("gives no rows for none", () => assert.deepEqual(prepared.run({ values: new Float32Array(0), shape: [0, 3] }), { values: new Float64Array(0), shape: [0, 2] }));

  it("takes infinity for the largest code, in both", () => {
    const x = { values: Float32Array.of(0, -Infinity, Infinity), shape: [1, 3] as [number, number] };
    const same = { values: Float32Array.of(0, 0, 15.9375), shape: x.shape };
    assert.deepEqual(prepared.run(x), prepared.run(same));
    assert.deepEqual(interpretProgram(integerProgram(smallModel()), x), prepared.run(same));
  });

  it("refuses NaN, and says where it is", () => {
    const x = { values: Float32Array.of(0, 1, 2, 3, NaN, 5), shape: [2, 3] as [number, number] };
    const error = { name: "RangeError", message: "Expected numbers in the samples but found NaN in sample 1." };
    assert.throws(() => prepared.run(x), error);
    assert.throws(() => prepared.predict(x), error);
    assert.throws(() => interpretProgram(integerProgram(smallModel()), x), error);
    assert.throws(() => fakeQuantized64(smallModel(), x), error);
    const message = "Expected numbers in the sample but found NaN at place 1.";
    assert.throws(() => prepared.runSample(x.values.subarray(3)), { name: "RangeError", message });
  });

  it("says what to hand over where it gets a tensor or a model", () => {
    const x = tf.zeros([1, 3]) as unknown as Parameters<typeof prepared.run>[0];
    assert.throws(() => prepared.run(x), { name: "TypeError", message: /\{ values: Float32Array, shape: .* but found a Tensor: \{ values: await x\.data\(\)/ });
    assert.throws(() => prepared.run(undefined as never), { name: "TypeError", message: /but found undefined\.$/ });
    assert.throws(() => prepared.runSample([0, 0, 0] as never), { name: "TypeError", message: /Float32Array of 3 numbers but found an array of 3/ });
    const model = smallModel() as unknown as IntegerProgram;
    assert.throws(() => prepareProgram(model), { name: "TypeError", message: /^Expected an integer program but found a model: integerProgram\(model\)/ });
    assert.throws(() => prepareProgram(null as never), { name: "TypeError", message: /^Expected an integer program but found null\.$/ });
  });

  it("labels a single output by its probability", () => {
    const one = { values: Float64Array.of(-1, 0.25, 0.75), shape: [3, 1] as [number, number] };
    assert.deepEqual([...logitLabels(one, "sigmoid")], [0, 1, 1]);
    assert.deepEqual([...logitLabels(one, "linear")], [0, 0, 1]);
  });
});
