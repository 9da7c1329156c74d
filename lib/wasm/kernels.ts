type Pointer = number;

/** The functions of the WebAssembly module; each is documented in its source in lib/wasm/kernels. */
export interface Kernels {
  matmul(x: Pointer, xStride: number, w: Pointer, wRows: number, bias: Pointer, y: Pointer, yStride: number,
    rows: number, inputs: number, units: number): void;
  transposePanels(w: Pointer, wRows: number, out: Pointer, rows: number, columns: number): void;
  weightGradient(x: Pointer, xStride: number, dy: Pointer, dyStride: number, dw: Pointer, wRows: number,
    batch: number, units: number): void;
  biasGradient(dy: Pointer, stride: number, db: Pointer, batch: number): void;
  findNonzero(x: Pointer, xStride: number, lists: Pointer, starts: Pointer, batch: number, inputs: number): number;
  matmulNonzero(starts: Pointer, w: Pointer, wRows: number, bias: Pointer, y: Pointer, yStride: number,
    batch: number, units: number): void;
  weightGradientNonzero(starts: Pointer, dy: Pointer, dyStride: number, dw: Pointer, wRows: number, batch: number,
    units: number, byInput: Pointer): void;

  matvec(x: Pointer, w: Pointer, wRows: number, bias: Pointer, y: Pointer, units: number): void;
  csrMatvec(values: Pointer, columns: Pointer, starts: Pointer, bias: Pointer, x: Pointer, y: Pointer, units: number): void;
  csrMatmul(values: Pointer, columns: Pointer, starts: Pointer, bias: Pointer, x: Pointer, y: Pointer, units: number): void;
  bitmapMatvec(values: Pointer, bitmap: Pointer, words: number, bias: Pointer, x: Pointer, y: Pointer, units: number): void;
  bitmapMatmul(values: Pointer, bitmap: Pointer, words: number, bias: Pointer, x: Pointer, y: Pointer, units: number): void;
  twoFourMatvec(values: Pointer, indices: Pointer, shuffles: Pointer, groups: number, bias: Pointer, x: Pointer, y: Pointer,
    units: number): void;
  twoFourMatmul(values: Pointer, indices: Pointer, groups: number, bias: Pointer, x: Pointer, y: Pointer, units: number): void;
  transpose(from: Pointer, fromStride: number, to: Pointer, toStride: number, rows: number, columns: number): void;

  integerCodes16(x: Pointer, codes: Pointer, count: number, perStep: number, low: number, high: number, offset: number): void;
  affineCodes16(x: Pointer, codes: Pointer, count: number, step: number, low: number, high: number, offset: number): void;
  integerCodes32(x: Pointer, codes: Pointer, count: number, perStep: number, low: number, high: number, offset: number): void;
  affineCodes32(x: Pointer, codes: Pointer, count: number, step: number, low: number, high: number, offset: number): void;
  integerDense8(x: Pointer, xStride: number, w: Pointer, pairs: number, bias: Pointer, y: Pointer, yStride: number,
    rows: number, units: number): void;
  integerDense16(x: Pointer, xStride: number, w: Pointer, pairs: number, bias: Pointer, y: Pointer, yStride: number,
    rows: number, units: number): void;
  integerDense64(x: Pointer, xStride: number, w: Pointer, inputs: number, bias: Pointer, y: Pointer, yStride: number,
    rows: number, units: number): void;
  requantize16(sums: Pointer, sumStride: number, multipliers: Pointer, shifts: Pointer, codes: Pointer, codeStride: number,
    rows: number, units: number, low: number, high: number, offset: number, isAway: boolean): void;
  requantize32(sums: Pointer, sumStride: number, multipliers: Pointer, shifts: Pointer, codes: Pointer, codeStride: number,
    rows: number, units: number, low: number, high: number, offset: number, isAway: boolean): void;

  dynamicCodes16(x: Pointer, codes: Pointer, scales: Pointer, rows: number, stride: number, isSymmetric: boolean): void;
  dynamicOutputs(sums: Pointer, scales: Pointer, unitScales: Pointer, bias: Pointer, y: Pointer, rows: number, stride: number,
    isRelu: boolean): void;

  relu(x: Pointer, y: Pointer, bytes: number): void;
  reluGradient(x: Pointer, dy: Pointer, dx: Pointer, bytes: number): void;
  sigmoid(x: Pointer, y: Pointer, rows: number, columns: number, stride: number): void;
  sigmoidGradient(y: Pointer, dy: Pointer, dx: Pointer, bytes: number): void;
  tanh(x: Pointer, y: Pointer, rows: number, columns: number, stride: number): void;
  tanhGradient(y: Pointer, dy: Pointer, dx: Pointer, bytes: number): void;
  softmax(x: Pointer, y: Pointer, rows: number, columns: number, stride: number): void;
  softmaxGradient(y: Pointer, dy: Pointer, dx: Pointer, rows: number, columns: number, stride: number): void;

  quantizeFixedPoint(x: Pointer, q: Pointer, bytes: number, step: number, low: number, high: number, alpha: number): void;
  quantizeAffine(x: Pointer, q: Pointer, bytes: number, scale: number, low: number, high: number): void;
  quantizeSign(x: Pointer, q: Pointer, bytes: number, low: number, high: number): void;
  quantizeAutoScale(x: Pointer, q: Pointer, xRows: number, rows: number, columns: number, unit: number,
    levels: number, powerOfTwo: boolean): void;
  clippedReluGradient(x: Pointer, dy: Pointer, dx: Pointer, bytes: number, ceiling: number): void;
  affineGradient(x: Pointer, dy: Pointer, dx: Pointer, bytes: number, scale: number, low: number, high: number): void;

  dropoutMask(mask: Pointer, stride: number, rows: number, columns: number, key: number, rate: number): void;
  batchNormalize(x: Pointer, y: Pointer, stride: number, gamma: Pointer, beta: Pointer, movingMean: Pointer,
    movingVariance: Pointer, normalized: Pointer, inverse: Pointer, rows: number, momentum: number, epsilon: number): void;
  batchNormalizeGradient(dy: Pointer, dx: Pointer, stride: number, gamma: Pointer, normalized: Pointer,
    inverse: Pointer, dGamma: Pointer, dBeta: Pointer, rows: number): void;
  batchNormalizeInference(x: Pointer, y: Pointer, stride: number, gamma: Pointer, beta: Pointer, mean: Pointer,
    variance: Pointer, rows: number, epsilon: number): void;

  categoricalCrossentropy(p: Pointer, stride: number, t: Pointer, weights: Pointer, dp: Pointer, batch: number,
    classes: number, clipFirst: boolean): number;
  binaryCrossentropy(p: Pointer, stride: number, t: Pointer, weights: Pointer, dp: Pointer, batch: number,
    outputs: number): number;
  meanSquaredError(p: Pointer, stride: number, t: Pointer, weights: Pointer, dp: Pointer, batch: number,
    outputs: number): number;
  softmaxCrossEntropy(x: Pointer, stride: number, t: Pointer, weights: Pointer, dx: Pointer, batch: number,
    classes: number): number;
  distillationLoss(x: Pointer, stride: number, t: Pointer, weights: Pointer, dx: Pointer, batch: number,
    classes: number, temperature: number, alpha: number): number;
  relationalLoss(x: Pointer, stride: number, columns: number, t: Pointer, tColumns: number, dx: Pointer, batch: number,
    weight: number, room: Pointer): number;

  sgd(w: Pointer, g: Pointer, bytes: number, rate: number): void;
  momentum(w: Pointer, g: Pointer, a: Pointer, bytes: number, rate: number, momentum: number, nesterov: boolean): void;
  adam(w: Pointer, g: Pointer, m: Pointer, v: Pointer, bytes: number, rate: number, beta1: number, beta2: number,
    epsilon: number): void;

  multiply(x: Pointer, mask: Pointer, y: Pointer, bytes: number): void;
  accumulate(x: Pointer, sum: Pointer, bytes: number): void;
  clip(w: Pointer, bytes: number, low: number, high: number): void;
  addRegularizer(w: Pointer, g: Pointer, bytes: number, l1: number, l2: number): number;
  normConstraint(w: Pointer, wRows: number, columns: number, low: number, high: number, rate: number): void;
}

let compiled: WebAssembly.Module | undefined;

/**
 * Compiles the kernels' module from its bytes, where no file can be read: in a browser. In Node nothing needs to be
 * done, the module beside the library is loaded when it is first used.
 *
 * @param bytes The content of dist/wasm/kernels.wasm.
 * @example await loadKernels(await (await fetch("kernels.wasm")).arrayBuffer());
 */
export async function loadKernels(bytes: BufferSource): Promise<void> {
  compiled = await WebAssembly.compile(bytes);
}

function compileFile(): WebAssembly.Module {
  const fs = require("node:fs") as { readFileSync(path: string): Uint8Array<ArrayBuffer> };
  return new WebAssembly.Module(fs.readFileSync(require.resolve("tfjs-compression/dist/wasm/kernels.wasm")));
}

/** Kernels that work on a memory. */
export function instantiate(memory: WebAssembly.Memory): Kernels {
  compiled ??= compileFile();
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports as unknown as Kernels;
}
