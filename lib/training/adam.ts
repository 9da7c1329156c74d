import * as tf from "@tensorflow/tfjs";
import { adamFactors } from "../network/updateRule.js";

/** Arguments of `adam` beside the learning rate. */
export interface AdamOptions {
  /** Decay of the mean of gradients. Default .9. */
  beta1?: number;
  /** Decay of the mean of squared gradients. Default .999. */
  beta2?: number;
  /** Added to the root of the squared gradients. Default 1e-7. */
  epsilon?: number;
}

/** What Adam remembers of a variable. */
export interface Moments {
  m: Float32Array;
  v: Float32Array;
}

/** See `adam`. */
export class Adam extends tf.Optimizer {
  static readonly className = "KerasAdam";
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Running means of the gradients and of their squares by the name of the variable. */
  readonly moments: Map<string, Moments> = new Map();

  constructor(learningRate = 1e-3, { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 }: AdamOptions = {}) {
    super();
    if (!(learningRate > 0)) throw new RangeError(`Expected learningRate to be above 0 but found ${learningRate}.`);
    this.learningRate = learningRate;
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
  }

  /** One pass over each variable instead of tfjs's dozen ops; the state is float32 as Keras's. */
  override applyGradients(gradients: tf.NamedTensorMap | { name: string; tensor: tf.Tensor }[]): void {
    const named = Array.isArray(gradients) ? gradients.map(({ name, tensor }) => [name, tensor] as const) : Object.entries(gradients);
    const { beta1, beta2, epsilon } = this;
    const step = this.iterations + 1;
    const { rate } = adamFactors({ kind: "adam", beta1, beta2, epsilon, epsilonAfterCorrection: false }, this.learningRate, step);
    for (const [name, gradient] of named) {
      const variable = tf.engine().registeredVariables[name];
      const g = gradient.dataSync() as Float32Array;
      const w = variable.dataSync() as Float32Array;
      let moments = this.moments.get(name);
      if (!moments) this.moments.set(name, (moments = { m: new Float32Array(g.length), v: new Float32Array(g.length) }));
      const { m, v } = moments;
      const next = new Float32Array(w.length);
      for (let i = 0; i < g.length; i++) {
        m[i] += (g[i] - m[i]) * (1 - beta1);
        v[i] += (g[i] * g[i] - v[i]) * (1 - beta2);
        next[i] = w[i] - (m[i] * rate) / (Math.sqrt(v[i]) + epsilon);
      }
      const value = tf.tensor(next, variable.shape);
      variable.assign(value);
      value.dispose();
    }
    this.incrementIterations();
  }

  override dispose(): void {
    this.moments.clear();
    super.dispose();
  }

  getConfig(): tf.serialization.ConfigDict {
    const { learningRate, beta1, beta2, epsilon } = this;
    return { learningRate, beta1, beta2, epsilon };
  }
}

/**
 * Adam as Keras computes it: `w -= lr · √(1 - β₂ᵗ) / (1 - β₁ᵗ) · m / (√v + ε)`.
 *
 * Kingma and Ba 2015 (arXiv:1412.6980), the order of section 2; matches `tf.keras.optimizers.Adam`.
 * `tf.train.adam` adds ε after the correction of v, so that small gradients move weights further in the
 * first steps.
 *
 * @param learningRate Step size, above 0. Default .001.
 * @param options Decays and ε.
 * @throws {RangeError} When the learning rate is not above 0.
 * @example model.compile({ optimizer: adam(1e-5), loss: "categoricalCrossentropy" });
 */
export function adam(learningRate = 1e-3, options: AdamOptions = {}): Adam {
  return new Adam(learningRate, options);
}
