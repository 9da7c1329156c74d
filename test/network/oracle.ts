import * as tf from "@tensorflow/tfjs";
import { createRandom } from "../../lib/data/random.js";
import { QActivation } from "../../lib/layers/qActivation.js";
import { QDense } from "../../lib/layers/qDense.js";
import type { Quantizer } from "../../lib/quantizers/quantizer.js";
import type { Compiled } from "../../lib/training/compiled.js";
import type { LabelledRows } from "../../lib/training/engine.js";
import { forward } from "../../lib/training/forward.js";
import type { TrainingPass } from "../../lib/training/forward.js";
import { meanLoss } from "../../lib/training/meanLoss.js";
import { penalties } from "../../lib/training/penalties.js";
import { assign, leaves } from "./buildModel.js";
import { nearBoundary, nearGate } from "./boundaries.js";

const tensorOf = ({ values, count, shape }: LabelledRows["x"]): tf.Tensor => tf.tensor(values, [count, ...shape]);

/** Loss and gradients of a model by tfjs, as `trainStep` computes them; gradients in the order of the weights. */
export function differentiate(
  model: tf.LayersModel,
  compiled: Compiled,
  data: LabelledRows,
  pass: TrainingPass,
): { loss: number; gradients: Float32Array[] } {
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  return tf.tidy(() => {
    const { value, grads } = tf.variableGrads(() => {
      const loss = meanLoss(compiled.loss(tensorOf(data.y), forward(model, tensorOf(data.x), pass, compiled.leavesSoftmax)), data.weights);
      return penalties(model).reduce((sum, penalty) => tf.add(sum, penalty), loss) as tf.Scalar;
    }, variables);
    return { loss: value.dataSync()[0], gradients: variables.map(({ name }) => grads[name].dataSync() as Float32Array) };
  });
}

/**
 * How far each gradient moves by tfjs itself when samples, targets, weights and what goes into activations move by a
 * few units in the last place: what is a sum of nearly cancelling terms is known no better in float32.
 */
export function roundingNoise(model: tf.LayersModel, compiled: Compiled, data: LabelledRows, pass: TrainingPass): number[] {
  const random = createRandom(1);
  const jitter = (values: Float32Array): Float32Array => values.map((value) => value * (1 + random.uniform(-4, 4) * 2 ** -23));
  const isLabel = typeof compiled.described !== "string" && compiled.described.kind === "sparseCategoricalCrossentropy";
  return keepingWeights(model, () => {
    const wanted = differentiate(model, compiled, data, pass).gradients;
    const noise = wanted.map(() => 0);
    const before = model.trainableWeights.map((weight) => Float32Array.from(weight.read().dataSync()));
    const around = ({ x }: ActivationCall): tf.Tensor => tf.mul(x, tf.tensor(jitter(new Float32Array(x.size).fill(1)), x.shape));
    for (let trial = 0; trial < 8; trial++) {
      model.trainableWeights.forEach((weight, i) => assign(weight, jitter(before[i])));
      const x = { ...data.x, values: jitter(data.x.values) };
      const y = isLabel ? data.y : { ...data.y, values: jitter(data.y.values) };
      const { gradients } = intercept(model, around, () => differentiate(model, compiled, { ...data, x, y }, pass));
      gradients.forEach((gradient, i) => {
        noise[i] = Math.max(noise[i], ...gradient.map((value, j) => Math.abs(value - wanted[i][j])));
      });
    }
    return noise;
  });
}

/** Puts all weights back to what they were before: a forward pass in training moves the averages. */
function keepingWeights<T>(model: tf.LayersModel, run: () => T): T {
  const before = model.weights.map((weight) => Float32Array.from(weight.read().dataSync()));
  const result = run();
  model.weights.forEach((weight, i) => assign(weight, before[i]));
  return result;
}

/** A tensor on its way into an activation. */
interface ActivationCall {
  x: tf.Tensor;
  /** Keras's name of the activation. */
  name: string;
  quantizer: Quantizer | null;
}

interface TfjsActivation {
  apply(x: tf.Tensor): tf.Tensor;
  getClassName?(): string;
  quantizer?: Quantizer | null;
}

/** Runs something while all that goes into a model's activations goes through a function. */
function intercept<T>(model: tf.LayersModel, around: (call: ActivationCall) => tf.Tensor, run: () => T): T {
  const restore: (() => void)[] = [];
  for (const layer of leaves(model)) {
    const holder = layer as unknown as {
      activation?: TfjsActivation;
      call: (x: tf.Tensor | tf.Tensor[], kwargs: object) => tf.Tensor;
    };
    const { activation } = holder;
    if (activation) {
      const isOurs = layer instanceof QDense || layer instanceof QActivation;
      const name = isOurs ? (layer.activation?.config as string) : (activation.getClassName?.() ?? "");
      const quantizer = activation.quantizer ?? null;
      // Another class name keeps tfjs from fusing it with the product.
      holder.activation = {
        getClassName: () => "intercepted",
        quantizer,
        apply: (x) => activation.apply(around({ x, name, quantizer })),
      };
      restore.push(() => (holder.activation = activation));
    } else if (layer.getClassName() === "ReLU") {
      const call = holder.call.bind(layer);
      holder.call = (x, kwargs) => call(around({ x: Array.isArray(x) ? x[0] : x, name: "relu", quantizer: null }), kwargs);
      restore.push(() => Reflect.deleteProperty(layer, "call"));
    }
  }
  try {
    return run();
  } finally {
    for (const undo of restore) undo();
  }
}

/**
 * The samples none of whose numbers comes near to a rounding boundary, a gate, the end of what a cross-entropy takes
 * for a probability, or to where another class is the largest.
 */
export function clearRows(model: tf.LayersModel, compiled: Compiled, data: LabelledRows, pass: TrainingPass): number[] {
  const near = new Array<boolean>(data.x.count).fill(false);
  const mark = (shape: number[], marks: boolean[]): void => {
    const columns = shape.slice(1).reduce((a, b) => a * b, 1);
    marks.forEach((is, i) => is && (near[Math.floor(i / columns)] = true));
  };
  const look = ({ x, name, quantizer }: ActivationCall): tf.Tensor => {
    const values = x.dataSync() as Float32Array;
    if (quantizer) mark(x.shape, nearBoundary(quantizer, values, x.shape));
    else if (name === "relu") mark(x.shape, nearGate(values));
    return x;
  };
  const { described } = compiled;
  tf.tidy(() => {
    const outputs = keepingWeights(model, () => intercept(model, look, () => forward(model, tensorOf(data.x), pass)));
    outputs.unstack().forEach((row, i) => {
      const [first, second = 0.5] = (row.dataSync() as Float32Array).toSorted().reverse();
      if (Math.abs(first - second) < 1e-5) near[i] = true;
    });
    if (typeof described === "string" || !described.kind.endsWith("rossentropy")) return;
    mark(
      outputs.shape,
      Array.from(outputs.dataSync(), (p) => p < 1e-3 || p > 1 - 1e-3),
    );
  });
  return [...near.keys()].filter((row) => !near[row]);
}
