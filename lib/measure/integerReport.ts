import type * as tf from "@tensorflow/tfjs";
import type { Matrix } from "../data/matrix.js";
import { stepOf } from "../integer/integerFormat.js";
import { integerProgram } from "../integer/integerProgram.js";
import { logitLabels } from "../integer/logitLabels.js";
import { prepareProgram } from "../integer/prepareProgram.js";
import type { IntegerLogits } from "../integer/program.js";
import { describeNetwork } from "../network/describeNetwork.js";
import { logitLayers } from "../network/logitLayers.js";
import { NetworkTrainer } from "../wasm/networkTrainer.js";
import { fakeQuantized64 } from "./fakeQuantized64.js";

/** How a model computes in integers, held against the same model in real numbers. */
export interface IntegerReport {
  /** How many samples. */
  rows: number;
  /** Logits, of rows · outputs, that are others than those of `fakeQuantized64`. */
  differentLogits: number;
  /** Samples whose label is another, see `logitLabels`. */
  differentLabels: number;
  /** The largest distance between two logits, as the real numbers that they stand for. */
  largestDifference: number;
  /** The same in steps (LSB) of the output's format, a whole number; null where the output is not quantized. */
  largestSteps: number | null;
  /**
   * Samples of which some logit in float32, as `predict` computes, is another than that in double precision, rounded to
   * float32.
   */
  differentRows32: number;
}

/** The logits in float32. */
function logits32(model: tf.LayersModel, { values, shape }: Matrix): Float32Array {
  const { network } = describeNetwork(model, { trainable: false });
  const [count, size] = shape;
  const { layers } = logitLayers(network);
  const trainer = new NetworkTrainer(
    { ...network, layers },
    { loss: { kind: "meanSquaredError" }, rule: { kind: "sgd" }, batchSize: Math.max(1, Math.min(128, count)), countsCorrect: false },
  );
  return trainer.predict({ values, count, size, shape: [size] });
}

/** How many rows differ in some number, by more than its rounding to float32. */
function differentRows({ values, shape: [rows, columns] }: IntegerLogits, other: Float32Array): number {
  let count = 0;
  for (let row = 0; row < rows; row++) {
    let i = row * columns;
    const end = i + columns;
    while (i < end && Math.fround(values[i]) === other[i]) i++;
    count += Number(i < end);
  }
  return count;
}

/**
 * Runs a quantized model as a program of integers and compares each logit with the fake-quantized model in double precision.
 * With power-of-two scales all are equal; float32 may differ, for it rounds sums of more than 24 bits. With other scales,
 * where the output is quantized, logits that differ are a step apart or, where an earlier layer's code was, a few; where it
 * is not, they differ by what float32 rounds in the scales of the weights.
 *
 * @param model As `integerProgram` takes it.
 * @param x Samples [n, inputs].
 * @throws {UnsupportedModel} When the model cannot be computed in integers.
 * @throws {TypeError} When the samples have another size.
 * @throws {RangeError} When a number of the samples is NaN.
 * @example
 * integerReport(model, testX);
 * // { rows: 10000, differentLogits: 0, differentLabels: 0, largestDifference: 0, largestSteps: null, differentRows32: 12 }
 */
export function integerReport(model: tf.LayersModel, x: Matrix): IntegerReport {
  const program = integerProgram(model);
  const integers = prepareProgram(program).run(x);
  const exact = fakeQuantized64(model, x);
  const [labels, exactLabels] = [integers, exact].map((logits) => logitLabels(logits, program.activation));
  const report = { rows: integers.shape[0], differentLogits: 0, differentLabels: 0, largestDifference: 0 };
  integers.values.forEach((value, i) => {
    if (value !== exact.values[i]) report.differentLogits++;
    report.largestDifference = Math.max(report.largestDifference, Math.abs(value - exact.values[i]));
  });
  labels.forEach((label, row) => (report.differentLabels += Number(label !== exactLabels[row])));
  const format = program.layers[program.layers.length - 1].output?.format;
  const largestSteps = format ? Math.round(report.largestDifference / stepOf(format)) : null;
  return { ...report, largestSteps, differentRows32: differentRows(exact, logits32(model, x)) };
}
