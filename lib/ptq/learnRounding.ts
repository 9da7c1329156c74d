import * as tf from "@tensorflow/tfjs";
import { createRandom } from "../data/random.js";

/** What `learnRounding` takes. */
export interface LearnRoundingArgs {
  /** [inputs, units], row-major. */
  kernel: Float32Array;
  /** [units]; null for none. */
  bias: Float32Array | null;
  /** Scale of each unit's weights: [units]. */
  scales: Float32Array;
  /** Smallest and largest code. */
  lowest: number;
  highest: number;
  /** Inputs of the layer in the quantized model: [samples, inputs]. */
  x: Float32Array;
  /** Sums of the layer in the float model: [samples, units]. */
  target: Float32Array;
  /** Whether outputs are compared behind a ReLU. */
  isRelu: boolean;
  iterations: number;
  /** Samples in a step. */
  batchSize: number;
  learningRate: number;
  /** Factor of the regularizer that drives each rounding to one side. */
  regularization: number;
  seed: number;
  /** Told of each step. */
  onStep?: (step: number) => void;
}

// The paper's: a sigmoid that reaches 0 and 1, and its exponent from soft to sharp.
const ZETA = 1.1;
const GAMMA = -0.1;
const BETA = { from: 20, to: 2 };
/** Share of the steps before the regularizer begins. */
const WARM_UP = 0.2;

/** Roundings that are learned, of the weights where there is a choice. */
interface Choice {
  /** Places in the kernel. */
  places: Uint32Array;
  /** The codes below. */
  floors: Float32Array;
  /** V of the paper. */
  values: Float32Array;
}

/** Codes of nearest rounding, and the weights that can go either way: not those outside of the range, or of an input that is always 0. */
function prepare({ kernel, scales, lowest, highest, x }: LearnRoundingArgs): { codes: Float32Array; choice: Choice } {
  const units = scales.length;
  const inputs = kernel.length / units;
  const isSeen = new Uint8Array(inputs);
  for (let i = 0; i < x.length; i++) if (x[i] !== 0) isSeen[i % inputs] = 1;
  const at = (place: number): number => kernel[place] / scales[place % units];
  const codes = kernel.map((_, place) => Math.min(Math.max(Math.round(at(place)), lowest), highest));
  const places = Uint32Array.from(kernel.keys()).filter((place) => {
    const code = Math.floor(at(place));
    return code >= lowest && code < highest && isSeen[Math.floor(place / units)] === 1;
  });
  const floors = Float32Array.from(places, (place) => Math.floor(at(place)));
  const values = Float32Array.from(places, (place, i) => {
    const sigmoid = (at(place) - floors[i] - GAMMA) / (ZETA - GAMMA);
    return Math.log(sigmoid / (1 - sigmoid));
  });
  return { codes, choice: { places, floors, values } };
}

/** Rows of a matrix, once as they are and once transposed. */
function gather(x: Float32Array, inputs: number, batch: Uint32Array): { rows: Float32Array; columns: Float32Array } {
  const rows = new Float32Array(batch.length * inputs);
  const columns = new Float32Array(rows.length);
  batch.forEach((sample, i) => {
    rows.set(x.subarray(sample * inputs, (sample + 1) * inputs), i * inputs);
    for (let k = 0; k < inputs; k++) columns[k * batch.length + i] = rows[i * inputs + k];
  });
  return { rows, columns };
}

/** a [m, k] times b [k, n]. */
function multiply(a: Float32Array, b: Float32Array, [m, k, n]: [number, number, number]): Float32Array {
  // Not the numbers themselves out of `tf.tidy`: it would look for tensors among them.
  const product = tf.tidy(() => tf.matMul(tf.tensor2d(a, [m, k]), tf.tensor2d(b, [k, n])));
  try {
    return product.dataSync() as Float32Array;
  } finally {
    product.dispose();
  }
}

/** The gradient of the mean squared error of a batch with respect to the kernel, [inputs, units]. */
function reconstructionGradient({ x, target, bias, isRelu }: LearnRoundingArgs, soft: Float32Array, units: number, batch: Uint32Array): Float32Array {
  const inputs = soft.length / units;
  const { rows, columns } = gather(x, inputs, batch);
  const differences = multiply(rows, soft, [batch.length, inputs, units]).map((product, i) => {
    const unit = i % units;
    const sum = product + (bias ? bias[unit] : 0);
    const wanted = target[batch[Math.floor(i / units)] * units + unit];
    if (!isRelu) return (2 * (sum - wanted)) / batch.length;
    return sum <= 0 ? 0 : (2 * (sum - Math.max(wanted, 0))) / batch.length;
  });
  return multiply(columns, differences, [inputs, batch.length, units]);
}

/** |2h - 1|^(beta - 1) for h in steps: a power for each weight at each step would take most of the time. */
const POWERS = 1024;
function powers(beta: number): Float32Array {
  return Float32Array.from({ length: POWERS + 1 }, (_, i) => (i / POWERS) ** (beta - 1));
}

/**
 * Finds for each weight whether it should be rounded up or down, such that the layer's outputs come nearest to those of the
 * float model (AdaRound; Nagel et al. 2020, arXiv:2004.10568): a rectified sigmoid h(V) between the two codes is trained by
 * Adam on the squared error of outputs and `regularization · sum(1 - |2h - 1|^beta)`, which takes each h to 0 or 1 while
 * beta falls from 20 to 2.
 *
 * @returns Codes, [inputs, units].
 */
export function learnRounding(args: LearnRoundingArgs): Float32Array {
  const { scales, target, iterations, batchSize, learningRate, regularization, seed, onStep } = args;
  const units = scales.length;
  const samples = target.length / units;
  const { codes, choice } = prepare(args);
  const { places, floors, values } = choice;
  const soft = codes.map((code, place) => code * scales[place % units]);
  const [first, second] = [new Float32Array(values.length), new Float32Array(values.length)];
  const random = createRandom(seed);
  const refresh = (i: number): number => {
    const h = (1 / (1 + Math.exp(-values[i]))) * (ZETA - GAMMA) + GAMMA;
    return h < 0 ? 0 : h > 1 ? 1 : h;
  };
  const h = Float32Array.from(values, (_, i) => refresh(i));
  places.forEach((place, i) => (soft[place] = scales[place % units] * (floors[i] + h[i])));
  let [decay1, decay2] = [1, 1];
  for (let step = 1; step <= iterations; step++) {
    const batch = Uint32Array.from({ length: Math.min(batchSize, samples) }, () => random.integer(samples));
    const gradient = reconstructionGradient(args, soft, units, batch);
    const progress = (step / iterations - WARM_UP) / (1 - WARM_UP);
    const beta = BETA.to + (BETA.from - BETA.to) * Math.max(0, 1 - progress);
    const table = powers(beta);
    const pull = progress > 0 ? 2 * regularization * beta : 0;
    decay1 *= 0.9;
    decay2 *= 0.999;
    const rate = (learningRate * Math.sqrt(1 - decay2)) / (1 - decay1);
    for (let i = 0; i < places.length; i++) {
      const now = h[i];
      if (now === 0 || now === 1) continue; // its gradient is 0 from here on
      const place = places[i];
      const scale = scales[place % units];
      const sigmoid = (now - GAMMA) / (ZETA - GAMMA);
      const side = 2 * now - 1;
      const power = table[Math.round(Math.abs(side) * POWERS)];
      const slope = sigmoid * (1 - sigmoid) * (ZETA - GAMMA);
      const g = (gradient[place] * scale - pull * (side < 0 ? -power : power)) * slope;
      first[i] += 0.1 * (g - first[i]);
      second[i] += 0.001 * (g * g - second[i]);
      values[i] -= (rate * first[i]) / (Math.sqrt(second[i]) + 1e-8);
      h[i] = refresh(i);
      soft[place] = scale * (floors[i] + h[i]);
    }
    onStep?.(step);
  }
  places.forEach((place, i) => (codes[place] = floors[i] + Number(h[i] >= 0.5)));
  return codes;
}
