import { asLogits } from "../../lib/distillation/logits.js";
import { accuracyAgainstSize } from "../../lib/figures/accuracyAgainstSize.js";
import { accuracyByBits } from "../../lib/figures/accuracyByBits.js";
import { accuracyByEpoch, type TrainingHistory } from "../../lib/figures/accuracyByEpoch.js";
import { accuracyByLabels } from "../../lib/figures/accuracyByLabels.js";
import { accuracyBySparsity } from "../../lib/figures/accuracyBySparsity.js";
import { accuracyByTemperature } from "../../lib/figures/accuracyByTemperature.js";
import { confusionMatrix } from "../../lib/figures/confusionMatrix.js";
import { accuracyMap } from "../../lib/figures/accuracyMap.js";
import { errorByBits } from "../../lib/figures/errorByBits.js";
import type { Figure } from "../../lib/figures/figure.js";
import { imageGrid } from "../../lib/figures/imageGrid.js";
import { fixedPointFormats } from "../../lib/figures/fixedPointFormats.js";
import { levelHistogram } from "../../lib/figures/levelHistogram.js";
import { numberFormats } from "../../lib/figures/numberFormats.js";
import { pairedDifferences } from "../../lib/figures/pairedDifferences.js";
import { softLabelsByTemperature } from "../../lib/figures/softLabelsByTemperature.js";
import { sparsityByStep } from "../../lib/figures/sparsityByStep.js";
import { weightHistograms } from "../../lib/figures/weightHistograms.js";

/** One figure of each kind, and of those that vary much the crowded case. */
export function gallery(): Record<string, Figure> {
  return {
    "accuracy by epoch": accuracyByEpoch([
      { name: "float", method: "baseline", history: history(0.993, 3) },
      { name: "8 bit", method: "quantized", history: history(0.992, 4) },
      { name: "pruned to 20 %", method: "pruned", history: history(0.9925, 4) },
      { name: "QAP: 8 bit, pruned to 20 %", method: "qap", history: history(0.9915, 5) },
    ]),
    "accuracy by epoch without validation": accuracyByEpoch([
      { name: "alone", history: { epoch: [0, 1], history: { accuracy: [0.5, 0.75] } } },
    ]),
    "accuracy by bits": accuracyByBits(
      ["PTQ, one scale", "PTQ, a scale a neuron", "AdaRound", "QAT"].map((name, i) => {
        const accuracy = BITS.map((bits) => 0.89 - (0.5 - 0.1 * i) * 0.4 ** bits);
        return { name, bits: BITS, accuracy, low: accuracy.map((share) => share - 0.01), high: accuracy.map((share) => share + 0.005) };
      }),
      { baseline: { name: "float32", accuracy: 0.89 }, note: "Bars: lowest and highest of five seeds." },
    ),
    "accuracy by sparsity": accuracyBySparsity(
      ["magnitude", "random"].map((name, i) => ({
        name, sparsity: [0.1, 0.5, 0.9], accuracy: [0.89, 0.88 - 0.02 * i, 0.85 - 0.2 * i],
      })),
      { baseline: { name: "not pruned", accuracy: 0.894 } },
    ),
    "accuracy by labels": accuracyByLabels(
      ["alone", "taught, T = 8"].map((name, i) => {
        const accuracy = [0.84 + 0.015 * i, 0.87 + 0.012 * i, 0.91 + 0.008 * i, 0.951];
        return { name, labels: [500, 1000, 5000, 54_000], accuracy, low: accuracy.map((share) => share - 0.004), high: accuracy.map((share) => share + 0.003) };
      }),
      { note: "Bars: lowest and highest of five runs." },
    ),
    "accuracy by temperature": accuracyByTemperature(
      [500, 5000].map((labels, i) => ({
        name: `${labels} labels`, temperature: [1, 2, 4, 8], accuracy: [0.843, 0.85, 0.853, 0.857].map((share) => share + 0.06 * i),
      })),
      { baseline: { name: "alone, 500 labels", accuracy: 0.842 } },
    ),
    "paired differences": pairedDifferences(
      [
        { name: "label smoothing", method: "reference", difference: 0.002, interval: [-0.004, 0.008] },
        { name: "teacher of the same 500", difference: 0.006, interval: [0.001, 0.011] },
        { name: "the teacher", difference: 0.015, interval: [0.011, 0.019] },
      ],
      { controlName: "the student alone", note: "Five paired runs, 95 % intervals." },
    ),
    "soft labels by temperature": softLabelsByTemperature(asLogits({ values: Float32Array.of(6, 3, -4), shape: [1, 3] }), {
      classNames: ["car", "truck", "carrot"], active: 2,
    }),
    "soft labels of four pictures": softLabelsByTemperature(
      asLogits({ values: Float32Array.from({ length: 40 }, (_, i) => 6 * Math.sin(1.7 * i)), shape: [4, 10] }),
      { names: ["label 0", "label 1", "label 2", "label 3"], images: PICTURES.slice(0, 4).map((picture) => Float32Array.from(picture, (byte) => byte / 255)), active: 2 },
    ),
    "sparsity by step": sparsityByStep(
      [
        {
          name: "before quantizing",
          method: "pruned",
          step: STEPS,
          sparsity: STEPS.map((step) => step / 16_000),
        },
        {
          name: "after quantizing",
          method: "qap",
          step: STEPS,
          sparsity: STEPS.map((step) => 0.3 + step / 16_000),
        },
      ],
      { target: 0.2 },
    ),
    "accuracy against size": accuracyAgainstSize([
      { name: "float", method: "baseline", bytes: 16_500, accuracy: 0.9935, error: 0.001 },
      { name: "8 bit (QAT)", method: "quantized", bytes: 4400, accuracy: 0.9925, error: 0.0012 },
      { name: "pruned to 20 %", method: "pruned", bytes: 16_490, accuracy: 0.9928, error: 0.0015 },
      { name: "QAP, bits(16,6)", method: "qap", bytes: 4390, accuracy: 0.9911, error: [0.99, 0.992] },
      { name: "QAP, quantized_relu", method: "qap", bytes: 4395, accuracy: 0.9921 },
      { name: "QAP, softmax", method: "qap", bytes: 4380, accuracy: 0.9918 },
    ]),
    "accuracy against size of a sweep": accuracyAgainstSize(
      [
        { name: "float", method: "baseline", bytes: 16_500, accuracy: 0.9935, error: 0.001 },
        { name: "8 bit (QAT)", method: "quantized", bytes: 4400, accuracy: 0.9925 },
        { name: "QAP", method: "qap", bytes: 3600, accuracy: 0.9921 },
      ],
      { sweep: SWEEP },
    ),
    "accuracy against size of a sweep alone, cut": accuracyAgainstSize([], { sweep: SWEEP, range: [97, 99.5] }),
    "accuracy map": accuracyMap(SWEEP, {
      mark: { bits: 8, sparsity: 0.2, name: "the recipe" },
      baseline: { name: "float baseline", accuracy: 0.9935 },
    }),
    "accuracy map with gaps, cut": accuracyMap(
      SWEEP.filter((_, index) => index % 5 !== 3),
      { range: [97, 99], baseline: { name: "float", accuracy: 0.9935 } },
    ),
    "accuracy map of many trainings": accuracyMap(
      Array.from({ length: 600 }, (_, index) => ({
        bits: 1 + (index % 20),
        sparsity: Math.floor(index / 20) / 40,
        accuracy: index / 600,
      })),
    ),
    "weight histograms": weightHistograms([
      ...LAYERS.map(([name, count, size]) => ({ name, stage: "float", weights: weights(count, size) })),
      ...LAYERS.map(([name, count, size]) => ({
        name,
        stage: "QAP",
        weights: weights(count, size).map((weight) => Math.round(weight * 16) / 16),
        method: "qap" as const,
        levels: Array.from({ length: 256 }, (_, index) => (index - 128) / 16),
      })),
    ]),
    "weight histograms of many layers": weightHistograms(
      ["before", "after"].flatMap((stage) =>
        ["conv 1", "conv 2", "conv 3", "dense 1", "dense 2", "output"].map((name, index) => ({
          name,
          stage,
          weights: weights(500 + index, 0.3),
        })),
      ),
    ),
    "weight histograms of one layer": weightHistograms([{ name: "dense 1", weights: weights(4000, 0.1) }]),
    "levels, most of them unused": levelHistogram(weights(4000, 0.7), "quantized_bits(8,4,alpha=1)", { title: "Levels of dense 1" }),
    "levels with a scale a channel": levelHistogram(weights(4000, 0.3), "quantized_bits(4,0,alpha='auto')", { shape: [400, 10] }),
    "levels of activations that clip": levelHistogram(
      weights(3000, 3).map((value, index) => (index % 4 === 0 ? 0 : value)), "quantized_relu(4,1)", { noun: "activations", method: "qap" },
    ),
    "error by bits": errorByBits([
      { name: "min-max", method: "postTraining", bits: [2, 3, 4, 5, 6, 8], error: [0.3, 0.15, 0.07, 0.035, 0.017, 0.004] },
      { name: "least squares", method: "quantized", bits: [2, 3, 4, 5, 6, 8], error: [0.12, 0.07, 0.04, 0.022, 0.013, 0.0038] },
    ]),
    "bits and integer bits": fixedPointFormats(weights(4000, 0.4)),
    "bits and integer bits of few large numbers": fixedPointFormats(weights(2000, 6), {
      noun: "activation", bits: [2, 3, 4], integer: [0, 1, 2, 3, 4], active: { bits: 3, integer: 2 },
    }),
    "number formats": numberFormats(weights(4000, 0.8), [
      ...[2, 3, 4, 6, 8].map((bits) => `quantized_bits(${bits},0,alpha=1)`), "quantized_bits(4,2,alpha=1)", "ternary(alpha=1)", "quantized_po2(4)",
    ]),
    "number formats of activations": numberFormats(weights(2000, 6), [1, 2, 3, 4].map((integer) => `quantized_relu(8,${integer})`), {
      noun: "activation", title: "Integer bits of quantized_relu", active: 2,
    }),
    "confusion matrix of two classes": confusionMatrix([0, 0, 0, 1, 1], [0, 0, 1, 1, 1], {
      classNames: ["1", "9"],
    }),
    "confusion matrix of ten classes": confusionMatrix(
      Array.from({ length: 1000 }, (_, index) => index % 10),
      Array.from({ length: 1000 }, (_, index) => (index % 7 === 0 ? (index * 3) % 10 : index % 10)),
      { classNames: FASHION },
    ),
    "image grid": imageGrid(PICTURES, { labels: DIGITS, predictions: [...DIGITS.slice(0, -1), 2] }),
    "image grid with long names": imageGrid(PICTURES, {
      labels: DIGITS,
      predictions: DIGITS.map((digit) => (digit * 3) % 10),
      classNames: FASHION,
    }),
  };
}

const BITS = [2, 3, 4, 5, 6, 8];
const DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1];
const PICTURES = DIGITS.map((_, at) =>
  Uint8Array.from({ length: 784 }, (_, pixel) => (pixel * (at + 3)) % 256),
);
const STEPS = Array.from({ length: 33 }, (_, index) => index * 100);
// Accuracy falls with the last bits and the last weights, size with both.
const SWEEP = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9].flatMap((sparsity) =>
  [2, 3, 4, 5, 6, 7, 8].map((bits) => ({
    bits,
    sparsity,
    accuracy: 0.993 - 0.04 * 0.5 ** bits - 0.03 * sparsity ** 6 - 0.001 * Math.abs(Math.sin(bits + 10 * sparsity)),
    bytes: Math.round(500 + 400 * bits * (1 - sparsity)),
  })),
);
const LAYERS = [
  ["dense 1", 3920, 0.2],
  ["dense 2", 35, 1.5],
  ["dense 3", 70, 1.2],
  ["output", 20, 0.9],
] as const;
const FASHION = [
  "T-shirt",
  "trouser",
  "pullover",
  "dress",
  "coat",
  "sandal",
  "shirt",
  "sneaker",
  "bag",
  "ankle boot",
];

function history(end: number, pace: number): TrainingHistory {
  const epoch = Array.from({ length: 32 }, (_, index) => index);
  const curve = (last: number): number[] =>
    epoch.map((index) => last - (last - 0.6) * Math.exp(-index / pace));
  return { epoch, history: { acc: curve(end), val_acc: curve(end - 0.002), loss: curve(0.1) } };
}

// Spread like a bell, without chance: the sum of three waves of different periods.
function weights(count: number, size: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => {
    return (size * (Math.sin(index) + Math.sin(index * 1.7 + 1) + Math.sin(index * 2.3 + 2))) / 3;
  });
}
