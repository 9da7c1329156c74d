import type * as tf from "@tensorflow/tfjs";
import type { Matrix } from "../data/matrix.js";
import { describeNetwork } from "../network/describeNetwork.js";
import type { DenseLayer, NetworkLayer } from "../network/network.js";
import { logitLayers } from "../network/logitLayers.js";
import { UnsupportedModel } from "../network/unsupportedModel.js";
import { QuantizedAffine } from "../quantizers/quantizedAffine.js";
import type { Quantizer } from "../quantizers/quantizer.js";
import { Arena } from "../wasm/arena.js";
import { copyRows } from "../wasm/copyRows.js";
import { roundUp } from "../wasm/signal.js";
import { checkRows, checkSample } from "./checkRows.js";
import { ROWS } from "./placed/placedProgram.js";
import { fits, PANEL, placeWeights } from "./placed/placeWeights.js";

/** A dynamic range quantized model, ready to run. */
export interface PreparedDynamicRange {
  /** Bytes that the weights take in memory, filled up to whole panels. */
  readonly weightBytes: number;
  /**
   * A batch.
   *
   * @param x [samples, inputs]
   * @returns Logits [samples, outputs].
   * @throws {TypeError} When the samples have another size.
   * @throws {RangeError} When a number is NaN.
   */
  run(x: Matrix): Matrix;
  /**
   * One sample.
   *
   * @param x [inputs]
   * @returns Logits [outputs].
   * @throws {TypeError} When x has another length.
   * @throws {RangeError} When a number is NaN.
   */
  runSample(x: Float32Array): Float32Array;
}

/** A dense layer, its kernel's quantizer and whether a ReLU follows. */
interface Block {
  dense: DenseLayer;
  quantizer: Quantizer;
  /** Whether inputs have codes from -127 to 127; else from -128 to 127 with a zero point. */
  isSymmetric: boolean;
  isRelu: boolean;
}

/** The quantizer of a layer that quantizes each row to codes of 8 bits with a scale of its own; null where it does not. */
function rowQuantizer(layer: NetworkLayer | undefined): QuantizedAffine | null {
  if (layer?.kind !== "activation" || typeof layer.activation === "string" || layer.activation.kind !== "custom") return null;
  const { quantizer } = layer.activation;
  if (!(quantizer instanceof QuantizedAffine)) return null;
  const { axis, bits, signed, min, scale } = quantizer.getConfig();
  return axis === 0 && bits === 8 && signed === true && min === null && scale === null ? quantizer : null;
}

/** What `dynamicRangeQuantize` makes: a quantizer of rows, a dense layer and maybe a ReLU, again and again. */
function blocksOf(model: tf.LayersModel): { inputs: number; blocks: Block[] } {
  const { network, quantizers } = describeNetwork(model, { trainable: false });
  const chain = logitLayers(network).layers;
  const blocks: Block[] = [];
  while (chain.length > 0) {
    const [rows, dense] = chain.splice(0, 2);
    const quantizer = dense?.kind === "dense" ? quantizers.get(dense.kernel) : undefined;
    const own = rowQuantizer(rows);
    if (!own || dense?.kind !== "dense" || !quantizer) {
      const odd = rows.kind === "activation" && typeof rows.activation === "string" ? `, but found ${rows.activation}` : "";
      throw new UnsupportedModel(
        `${model.name}: expected a model of dynamicRangeQuantize, each dense layer behind a quantizer of its rows, with ReLU or nothing between${odd}`,
      );
    }
    if (dense.bias && quantizers.get(dense.bias)) throw new UnsupportedModel(`${dense.bias.name} is quantized: expected a float bias`);
    const isRelu = chain[0]?.kind === "activation" && chain[0].activation === "relu";
    if (isRelu) chain.shift();
    blocks.push({ dense, quantizer, isSymmetric: own.symmetric, isRelu });
  }
  return { inputs: network.inputs, blocks };
}

/** Throws where a sum of 32 bits might overflow: codes of inputs reach to `most`, either way. */
function checkSums(name: string, codes: Int32Array, units: number, most: number): void {
  const sums = new Float64Array(units);
  codes.forEach((code, i) => (sums[i % units] += most * Math.abs(code)));
  if (sums.some((sum) => sum >= 2 ** 31)) throw new UnsupportedModel(`${name}: its sums could need more than 32 bits: take weights of fewer bits`);
}

/** Puts a layer into memory; addresses: x real numbers, codes and sums of them, y what comes out. */
function placeBlock(arena: Arena, { dense, quantizer, isSymmetric, isRelu }: Block, x: number, codes: number, scales: number, sums: number, y: number) {
  const { kernels } = arena;
  const { units, kernel, bias } = dense;
  const inputs = kernel.shape[0];
  const encoded = quantizer.encode(kernel.values, kernel.shape);
  if (!fits(encoded.codes, 16)) throw new UnsupportedModel(`${kernel.name} has codes of more than 16 bits`);
  if (encoded.step.length > 1 && (encoded.step.length !== units || encoded.stepShape.at(-1) !== units)) {
    throw new UnsupportedModel(`${kernel.name} has a scale for each input`);
  }
  checkSums(kernel.name, encoded.codes, units, isSymmetric ? 127 : 255);
  const { address: w, bits, bytes } = placeWeights(arena, { inputs, units, weights: encoded.codes });
  const [stride, outputStride] = [roundUp(inputs, PANEL), roundUp(units, PANEL)];
  const place = (numbers: ArrayLike<number>): number => {
    const address = arena.allocate(outputStride);
    arena.at(address, numbers.length).set(numbers);
    return address;
  };
  const unitScales = place(encoded.step.length > 1 ? encoded.step : new Float32Array(units).fill(encoded.step[0]));
  const realBias = place(bias?.values ?? new Float32Array(units));
  const none = place([]);
  const name = bits === 8 ? "integerDense8" : "integerDense16";
  return {
    bytes,
    forward(rows: number) {
      kernels.dynamicCodes16(x, codes, scales, rows, stride, isSymmetric);
      kernels[name](codes, stride, w, Math.ceil(inputs / 2), none, sums, outputStride, rows, units);
      kernels.dynamicOutputs(sums, scales, unitScales, realBias, y, rows, outputStride, isRelu);
    },
  };
}

/**
 * Brings a model that `dynamicRangeQuantize` made into a WebAssembly memory, to run it as TFLite does: the input of each
 * layer becomes 8-bit codes with a scale of its own for each row, products and sums are integers, and the sums become
 * float32 again.
 *
 * @param model Kernels of at most 16 bits, float biases. A softmax or sigmoid at the end is left out.
 * @throws {UnsupportedModel} When it is another model, or sums could need more than 32 bits.
 * @example
 * const prepared = prepareDynamicRange(dynamicRangeQuantize(model));
 * latency(() => prepared.runSample(image)).median; // microseconds
 */
export function prepareDynamicRange(model: tf.LayersModel): PreparedDynamicRange {
  const { inputs, blocks } = blocksOf(model);
  const outputs = blocks[blocks.length - 1].dense.units;
  const arena = new Arena();
  const sizes = [inputs, ...blocks.map(({ dense }) => dense.units)].map((size) => roundUp(size, PANEL));
  const most = Math.max(...sizes);
  const codes = arena.allocate((ROWS * most) / 2);
  const scales = arena.allocate(ROWS);
  const sums = arena.allocate(ROWS * most);
  const values = sizes.map((size) => arena.allocate(ROWS * size));
  const placed = blocks.map((block, i) => placeBlock(arena, block, values[i], codes, scales, sums, values[i + 1]));
  const [stride, outputStride] = [sizes[0], sizes[sizes.length - 1]];
  // Nothing is allocated from here on, so that views stay valid.
  const x = arena.at(values[0], ROWS * stride);
  const y = arena.at(values[values.length - 1], ROWS * outputStride);
  const forward = (rows: number): void => placed.forEach((block) => block.forward(rows));
  return {
    weightBytes: placed.reduce((sum, { bytes }) => sum + bytes, 0),
    run(samples) {
      const count = checkRows(samples, inputs);
      const logits = new Float32Array(count * outputs);
      for (let first = 0; first < count; first += ROWS) {
        const rows = Math.min(ROWS, count - first);
        copyRows(samples.values.subarray(first * inputs), inputs, x, stride, rows);
        forward(rows);
        copyRows(y, outputStride, logits.subarray(first * outputs), outputs, rows);
      }
      return { values: logits, shape: [count, outputs] };
    },
    runSample(sample) {
      checkSample(sample, inputs);
      x.set(sample);
      forward(1);
      return y.slice(0, outputs);
    },
  };
}
