import * as tf from "@tensorflow/tfjs";
import type { LayerConfig } from "../layers/cloneModel.js";
import { getPruningSchedule } from "./getPruningSchedule.js";
import type { ScheduleConfig } from "./getPruningSchedule.js";
import { isMaskDue } from "./isMaskDue.js";
import { magnitudeMask } from "./magnitudeMask.js";
import type { PruningBehaviour } from "./magnitudeMask.js";
import type { PruningSchedule } from "./pruningSchedule.js";

interface PruneLowMagnitudeLayerArgs {
  layer: tf.layers.Layer | LayerConfig;
  pruningSchedule: PruningSchedule | ScheduleConfig;
  behaviour?: PruningBehaviour;
  name?: string;
  batchInputShape?: (number | null)[];
  inputShape?: number[];
}

function toLayer(layer: tf.layers.Layer | LayerConfig): tf.layers.Layer {
  if (layer instanceof tf.layers.Layer) return layer;
  const [cls, fromConfig] = tf.serialization.SerializationMap.getMap().classNameMap[layer.className];
  return fromConfig(cls, layer.config) as unknown as tf.layers.Layer;
}

/** The weight of a layer that is pruned, or undefined when it has none. */
export const kernelOf = (layer: tf.layers.Layer): tf.LayerVariable | undefined =>
  layer.weights.find(({ originalName }) => /(^|\/)(depthwise_)?kernel(_\d+)?$/.test(originalName));

/**
 * A layer whose kernel is pruned while it trains (TFMOT: `PruneLowMagnitude`). It computes what the layer
 * inside computes; the mask is a weight of its own that is not trained.
 */
export class PruneLowMagnitude extends tf.layers.Layer {
  static readonly className = "PruneLowMagnitude";
  readonly layer: tf.layers.Layer;
  readonly pruningSchedule: PruningSchedule;
  readonly behaviour: PruningBehaviour;
  private mask: tf.LayerVariable | null = null;

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
    this.supportsMasking = layer.supportsMasking;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    if (!this.layer.built) {
      this.layer.build(inputShape);
      this.layer.built = true;
    }
    const ones = tf.initializers.ones();
    this.mask = this.addWeight("mask", this.kernel.shape, "float32", ones, undefined, false);
    this.built = true;
  }

  /** The variable that is pruned. */
  get kernel(): tf.LayerVariable {
    const kernel = kernelOf(this.layer);
    if (!kernel) throw new TypeError(`${this.layer.name} has no kernel to prune.`);
    return kernel;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Parameters<tf.layers.Layer["call"]>[1]): tf.Tensor | tf.Tensor[] {
    return this.layer.call(inputs, kwargs);
  }

  /**
   * Renews the mask from the kernel's magnitudes when the schedule says so.
   *
   * @param step Steps count from 1.
   * @returns Whether it was renewed.
   */
  updateMask(step: number): boolean {
    if (!this.mask) return false;
    const kernel = this.kernel.read();
    const { pruningSchedule: schedule, behaviour } = this;
    if (!isMaskDue(schedule, behaviour, step)) return false;
    const mask = magnitudeMask(kernel.dataSync() as Float32Array, schedule.sparsity(step), behaviour, this.maskValues());
    const values = tf.tensor(mask, kernel.shape);
    this.mask.write(values);
    values.dispose();
    return true;
  }

  /** Sets the masked weights of the kernel to zero. */
  maskWeights(): void {
    if (!this.mask) return;
    const kernel = this.kernel.read() as tf.Variable;
    const masked = tf.mul(kernel, this.mask.read());
    kernel.assign(masked);
    masked.dispose();
  }

  /** The weight that holds the mask. */
  maskVariable(): tf.LayerVariable {
    if (!this.mask) throw new TypeError(`${this.name} has no mask yet: it gets one when it is built.`);
    return this.mask;
  }

  /** 1 where a weight is kept, 0 where it is pruned, in the kernel's order and shape. */
  maskValues(): Float32Array {
    return this.maskVariable().read().dataSync() as Float32Array;
  }

  override get trainableWeights(): tf.LayerVariable[] {
    return this.trainable ? this.layer.trainableWeights : [];
  }
  override set trainableWeights(weights: tf.LayerVariable[]) {
    this.layer.trainableWeights = weights;
  }

  override get nonTrainableWeights(): tf.LayerVariable[] {
    const own = this.mask ? [this.mask] : [];
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
    };
  }
}
tf.serialization.registerClass(PruneLowMagnitude as unknown as tf.serialization.SerializableConstructor<PruneLowMagnitude>);

/** The layer that is being pruned inside a layer, or the layer itself. */
export const plainLayer = (layer: tf.layers.Layer): tf.layers.Layer => (layer instanceof PruneLowMagnitude ? layer.layer : layer);
