import * as tf from "@tensorflow/tfjs";
import { getQuantizer } from "../quantizers/getQuantizer.js";
import type { QuantizerIdentifier } from "../quantizers/getQuantizer.js";
import type { Quantizer } from "../quantizers/quantizer.js";
import type { Initializer } from "./qInitializer.js";
import { onlyShape, QuantizedLayer } from "./quantizedLayer.js";
import type { LayerArgs } from "./quantizedLayer.js";
import { getInitializer, getRegularizer, serialize } from "./serialized.js";
import type { Regularizer, Serialized } from "./serialized.js";

/** Arguments of `qBatchNormalization`: those of Keras's BatchNormalization and the quantizers; null is no quantizer. */
export interface QBatchNormalizationArgs extends LayerArgs {
  /** Axis of the features. Default -1, the last. */
  axis?: number;
  /** Share of the moving statistics that a batch leaves. Default 0.99. */
  momentum?: number;
  /** Added to the variance. Default 1e-3. */
  epsilon?: number;
  /** Add beta. Default true. */
  center?: boolean;
  /** Multiply by gamma. Default true. */
  scale?: boolean;
  /** Default "quantized_relu_po2(6,2048)": gamma below 0 becomes the smallest power of two. */
  gammaQuantizer?: QuantizerIdentifier | null;
  /** Default "quantized_po2(5)". */
  betaQuantizer?: QuantizerIdentifier | null;
  /** Default "quantized_po2(5)". */
  meanQuantizer?: QuantizerIdentifier | null;
  /** Default "quantized_relu_po2(6,quadratic_approximation=1)", whose square root is a power of two. */
  varianceQuantizer?: QuantizerIdentifier | null;
  /** tfjs initializers or their names. Default "ones" for gamma and the variance, "zeros" for beta and the mean. */
  gammaInitializer?: Initializer | string | Serialized | null;
  betaInitializer?: Initializer | string | Serialized | null;
  movingMeanInitializer?: Initializer | string | Serialized | null;
  movingVarianceInitializer?: Initializer | string | Serialized | null;
  /** tfjs regularizers or their names. Default none. */
  gammaRegularizer?: Regularizer | string | Serialized | null;
  betaRegularizer?: Regularizer | string | Serialized | null;
}

/** The four vectors of a normalization, as it computes with them; null where it has none. */
export interface NormalizationVectors {
  gamma: tf.Tensor | null;
  beta: tf.Tensor | null;
  mean: tf.Tensor;
  variance: tf.Tensor;
}

type Weight = Parameters<tf.layers.Layer["addWeight"]>;
type Role = "gamma" | "beta" | "mean" | "variance";

const defaults: Record<Role, string> = {
  gamma: "quantized_relu_po2(6,2048)",
  beta: "quantized_po2(5)",
  mean: "quantized_po2(5)",
  variance: "quantized_relu_po2(6,quadratic_approximation=1)",
};

/** See `qBatchNormalization`. */
export class QBatchNormalization extends QuantizedLayer {
  static readonly className = "QBatchNormalization";
  readonly axis: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
  /** What each vector goes through at each call, or null. */
  readonly quantizers: Record<Role, Quantizer | null>;
  private readonly initializers: Record<Role, Initializer>;
  private readonly regularizers: Record<"gamma" | "beta", Regularizer | null>;
  private vectors: Partial<Record<Role, tf.LayerVariable>> = {};

  constructor(args: QBatchNormalizationArgs = {}) {
    super(args);
    const { axis = -1, momentum = 0.99, epsilon = 1e-3, center = true, scale = true } = args;
    if (!Number.isInteger(axis)) throw new RangeError(`QBatchNormalization: expected axis to be a whole number but found ${axis}.`);
    this.axis = axis;
    this.momentum = momentum;
    this.epsilon = epsilon;
    this.center = center;
    this.scale = scale;
    const quantizer = (role: Role, given: QuantizerIdentifier | null | undefined): Quantizer | null =>
      given === null ? null : getQuantizer(given ?? defaults[role]);
    this.quantizers = {
      gamma: quantizer("gamma", args.gammaQuantizer)?.asKernelQuantizer() ?? null,
      beta: quantizer("beta", args.betaQuantizer),
      mean: quantizer("mean", args.meanQuantizer),
      variance: quantizer("variance", args.varianceQuantizer)?.asKernelQuantizer() ?? null,
    };
    this.initializers = {
      gamma: getInitializer(args.gammaInitializer ?? "ones"),
      beta: getInitializer(args.betaInitializer ?? "zeros"),
      mean: getInitializer(args.movingMeanInitializer ?? "zeros"),
      variance: getInitializer(args.movingVarianceInitializer ?? "ones"),
    };
    this.regularizers = { gamma: getRegularizer(args.gammaRegularizer), beta: getRegularizer(args.betaRegularizer) };
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const shape = onlyShape(inputShape);
    const size = shape[this.axisOf(shape.length)];
    if (!size) throw new TypeError(`${this.name}: expected axis ${this.axis} of the input to have a size but found [${shape}].`);
    const { initializers, quantizers, regularizers } = this;
    for (const role of ["gamma", "beta"] as const) {
      if (!(role === "gamma" ? this.scale : this.center)) continue;
      this.vectors[role] = this.addQuantized(role, [size], initializers[role], quantizers[role], regularizers[role]);
    }
    for (const role of ["mean", "variance"] as const) {
      this.vectors[role] = this.addWeight(`moving_${role}`, [size], "float32", initializers[role] as Weight[3], undefined, false);
    }
    this.built = true;
  }

  private axisOf(rank: number): number {
    const axis = this.axis < 0 ? this.axis + rank : this.axis;
    if (axis < 1 || axis >= rank) {
      throw new TypeError(`${this.name}: expected an input that has an axis ${this.axis} but found one of rank ${rank}.`);
    }
    return axis;
  }

  private quantized(role: Role, vector: tf.Tensor | undefined, training: boolean): tf.Tensor | null {
    return vector ? (this.quantizers[role]?.apply(vector, { training }) ?? vector) : null;
  }

  private moving(role: "mean" | "variance"): tf.Variable {
    const vector = this.vectors[role];
    if (!vector) throw new TypeError(`${this.name} has no weights yet: it learns the size of its input when it is built.`);
    return vector.read() as tf.Variable;
  }

  /** Gamma, beta and the moving statistics as the layer computes with them when it is not trained, quantized. */
  quantizedVectors(): NormalizationVectors {
    return {
      gamma: this.quantized("gamma", this.vectors.gamma?.read(), false),
      beta: this.quantized("beta", this.vectors.beta?.read(), false),
      mean: this.quantized("mean", this.moving("mean"), false) as tf.Tensor,
      variance: this.quantized("variance", this.moving("variance"), false) as tf.Tensor,
    };
  }

  /** Statistics of a batch, which also move the moving ones. */
  private batchStatistics(x: tf.Tensor, axes: number[]): Pick<NormalizationVectors, "mean" | "variance"> {
    const { mean, variance } = tf.moments(x, axes);
    for (const [role, value] of Object.entries({ mean, variance })) {
      const moving = this.moving(role as "mean" | "variance");
      moving.assign(tf.sub(moving, tf.mul(tf.sub(moving, value), 1 - this.momentum)));
    }
    return {
      mean: this.quantized("mean", mean, true) as tf.Tensor,
      variance: this.quantized("variance", variance, true) as tf.Tensor,
    };
  }

  override call(inputs: tf.Tensor | tf.Tensor[], { training = false }: { training?: boolean } = {}): tf.Tensor {
    return tf.tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      const axis = this.axisOf(x.rank);
      const isTraining = training && this.trainable; // as in Keras, a frozen normalization keeps its statistics
      const gamma = this.quantized("gamma", this.vectors.gamma?.read(), isTraining);
      const beta = this.quantized("beta", this.vectors.beta?.read(), isTraining);
      const axes = x.shape.flatMap((_, i) => (i === axis ? [] : [i]));
      const { mean, variance } = isTraining ? this.batchStatistics(x, axes) : this.quantizedVectors();
      const inverse = tf.rsqrt(tf.add(variance, this.epsilon));
      const factor = gamma ? tf.mul(inverse, gamma) : inverse;
      const shift = tf.sub(beta ?? 0, tf.mul(mean, factor));
      const broadcast = x.shape.map((size, i) => (i === axis ? size : 1));
      return tf.add(tf.mul(x, tf.reshape(factor, broadcast)), tf.reshape(shift, broadcast));
    });
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape | tf.Shape[] {
    return inputShape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { axis, momentum, epsilon, center, scale, quantizers, initializers, regularizers } = this;
    return {
      ...super.getConfig(),
      axis, momentum, epsilon, center, scale,
      gammaQuantizer: serialize(quantizers.gamma),
      betaQuantizer: serialize(quantizers.beta),
      meanQuantizer: serialize(quantizers.mean),
      varianceQuantizer: serialize(quantizers.variance),
      gammaInitializer: serialize(initializers.gamma),
      betaInitializer: serialize(initializers.beta),
      movingMeanInitializer: serialize(initializers.mean),
      movingVarianceInitializer: serialize(initializers.variance),
      ...(regularizers.gamma && { gammaRegularizer: serialize(regularizers.gamma) }),
      ...(regularizers.beta && { betaRegularizer: serialize(regularizers.beta) }),
    };
  }
}
tf.serialization.registerClass(QBatchNormalization as unknown as tf.serialization.SerializableConstructor<QBatchNormalization>);

/**
 * Batch normalization with quantized vectors (QKeras 0.9: `QBatchNormalization`; it has no inverse quantizer yet).
 *
 * `y = (x - mean) / sqrt(variance + epsilon) · gamma + beta` with all four vectors quantized. While it trains, mean and
 * variance are those of the batch, quantized too (QKeras's docstring says otherwise); the moving ones, which it computes with
 * afterwards, are kept in float32. The variance is that of the batch, not corrected for its size. `fit` keeps gamma and
 * beta within their quantizers' ranges. A layer whose `trainable` is false uses the moving statistics in training too.
 *
 * @throws {RangeError} When axis is no whole number or a quantizer is out of range.
 * @throws {TypeError} When it is built for an input without that axis.
 * @example
 * model.add(qBatchNormalization({ meanQuantizer: null, varianceQuantizer: null }));
 */
export function qBatchNormalization(args: QBatchNormalizationArgs = {}): QBatchNormalization {
  return new QBatchNormalization(args);
}
