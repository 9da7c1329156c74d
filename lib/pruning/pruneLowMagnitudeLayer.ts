import * as tf from "@tensorflow/tfjs";
import type { LayerConfig } from "../layers/cloneModel.js";
import { QuantizedKernelLayer } from "../layers/quantizedKernelLayer.js";
import { getPruningSchedule } from "./getPruningSchedule.js";
import type { ScheduleConfig } from "./getPruningSchedule.js";
import type { PrunedTensor } from "./dueMasks.js";
import type { PruningBehaviour } from "./magnitudeMask.js";
import { pruningPattern } from "./pruningPattern.js";
import type { PruningPattern } from "./pruningPattern.js";
import type { PruningSchedule } from "./pruningSchedule.js";

interface PruneLowMagnitudeLayerArgs {
  layer: tf.layers.Layer | LayerConfig;
  pruningSchedule: PruningSchedule | ScheduleConfig;
  behaviour?: PruningBehaviour;
  pattern?: Partial<PruningPattern>;
  name?: string;
  batchInputShape?: (number | null)[];
  inputShape?: number[];
}

function toLayer(layer: tf.layers.Layer | LayerConfig): tf.layers.Layer {
  if (layer instanceof tf.layers.Layer) return layer;
  const [cls, fromConfig] = tf.serialization.SerializationMap.getMap().classNameMap[layer.className];
  return fromConfig(cls, layer.config) as unknown as tf.layers.Layer;
}

/**
 * The weight of a layer that is pruned, or undefined when it has none: its kernel, of a separable convolution the pointwise
 * one. Depthwise kernels are small and not pruned (TFMOT: `PruneRegistry`), but those of QDepthwiseConv2D (QKeras:
 * `get_prunable_weights`).
 */
export const kernelOf = (layer: tf.layers.Layer): tf.LayerVariable | undefined =>
  layer instanceof QuantizedKernelLayer ? layer.weights[0] : layer.weights.find(({ originalName }) => /(^|\/)(pointwise_)?kernel(_\d+)?$/.test(originalName));

/**
 * A layer whose kernel is pruned while it trains (TFMOT: `PruneLowMagnitude`). It computes what the layer
 * inside computes; the mask is a weight of its own that is not trained.
 */
export class PruneLowMagnitude extends tf.layers.Layer implements PrunedTensor {
  static readonly className = "PruneLowMagnitude";
  readonly layer: tf.layers.Layer;
  readonly pruningSchedule: PruningSchedule;
  readonly behaviour: PruningBehaviour;
  readonly pattern: PruningPattern;
  /** Whether whoever trains the layer keeps its mask, as `fit` does; TensorFlow.js's own training does not. */
  keepsMask = false;
  private variable: tf.LayerVariable | null = null;

  constructor(args: PruneLowMagnitudeLayerArgs) {
    const layer = toLayer(args.layer);
    const batchInputShape = args.batchInputShape ?? layer.batchInputShape;
    super({
      name: args.name ?? `prune_low_magnitude_${layer.name}`,
      ...(batchInputShape ? { batchInputShape } : { inputShape: args.inputShape }),
    });
    this.layer = layer;
    this.pruningSchedule = getPruningSchedule(args.pruningSchedule);
    this.behaviour = args.behaviour ?? "exact";
    this.pattern = pruningPattern(args.pattern);
    this.supportsMasking = layer.supportsMasking;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    if (!this.layer.built) {
      this.layer.build(inputShape);
      this.layer.built = true;
    }
    const ones = tf.initializers.ones();
    this.variable = this.addWeight("mask", this.kernel.shape, "float32", ones, undefined, false);
    this.built = true;
  }

  /** The variable that is pruned. */
  get kernel(): tf.LayerVariable {
    const kernel = kernelOf(this.layer);
    if (!kernel) throw new TypeError(`${this.layer.name} has no kernel to prune.`);
    return kernel;
  }

  /**
   * What the layer inside gives.
   *
   * @throws {Error} When it is called for training by anything but `fit`: masks would not be kept.
   */
  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Parameters<tf.layers.Layer["call"]>[1]): tf.Tensor | tf.Tensor[] {
    if (kwargs?.training && !this.keepsMask) {
      throw new Error(`Expected ${this.name} to be trained by the library's fit(model, x, y), which keeps its mask, not by model.fit.`);
    }
    return this.layer.call(inputs, kwargs);
  }

  get schedule(): PruningSchedule {
    return this.pruningSchedule;
  }

  /** Shape of the kernel. */
  get shape(): number[] {
    return this.kernel.shape as number[];
  }

  /** The kernel, row-major. */
  values(): Float32Array {
    return this.kernel.read().dataSync() as Float32Array;
  }

  /** The weight that holds the mask. */
  maskVariable(): tf.LayerVariable {
    if (!this.variable) throw new TypeError(`${this.name} has no mask yet: it gets one when it is built.`);
    return this.variable;
  }

  /** 1 where a weight is kept, 0 where it is pruned, in the kernel's order and shape. */
  maskValues(): Float32Array {
    return this.maskVariable().read().dataSync() as Float32Array;
  }

  /** Takes another mask; the kernel is not changed by it. */
  setMask(mask: Float32Array): void {
    const values = tf.tensor(mask, this.shape);
    this.maskVariable().write(values);
    values.dispose();
  }

  /** Sets the masked weights of the kernel to zero. */
  maskWeights(): void {
    const kernel = this.kernel.read() as tf.Variable;
    const masked = tf.mul(kernel, this.maskVariable().read());
    kernel.assign(masked);
    masked.dispose();
  }

  override get trainableWeights(): tf.LayerVariable[] {
    return this.trainable ? this.layer.trainableWeights : [];
  }
  override set trainableWeights(weights: tf.LayerVariable[]) {
    this.layer.trainableWeights = weights;
  }

  override get nonTrainableWeights(): tf.LayerVariable[] {
    const own = this.variable ? [this.variable] : [];
    return this.trainable ? [...this.layer.nonTrainableWeights, ...own] : [...this.layer.weights, ...own];
  }
  override set nonTrainableWeights(weights: tf.LayerVariable[]) {
    this.layer.nonTrainableWeights = weights;
  }

  override calculateLosses(): tf.Scalar[] {
    return this.layer.calculateLosses();
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape | tf.Shape[] {
    return this.layer.computeOutputShape(inputShape);
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { pruningSchedule: schedule } = this;
    return {
      ...super.getConfig(),
      layer: { className: this.layer.getClassName(), config: this.layer.getConfig() },
      pruningSchedule: { className: schedule.className, config: schedule.getConfig() },
      behaviour: this.behaviour,
      pattern: { ...this.pattern } as unknown as tf.serialization.ConfigDict,
    };
  }
}
tf.serialization.registerClass(PruneLowMagnitude as unknown as tf.serialization.SerializableConstructor<PruneLowMagnitude>);

/** The layer that is being pruned inside a layer, or the layer itself. */
export const plainLayer = (layer: tf.layers.Layer): tf.layers.Layer => (layer instanceof PruneLowMagnitude ? layer.layer : layer);
