import * as tf from "@tensorflow/tfjs";
import { kindOf } from "../data/kindOf.js";
import type { LossPart } from "../network/loss.js";
import { endsInSoftmax } from "../training/endsInSoftmax.js";
import { fit } from "../training/fit.js";
import type { History } from "../training/fit.js";
import type { FitJob } from "../training/fitAll.js";
import type { FitOptions } from "../training/fitOptions.js";
import type { Samples } from "../training/samples.js";
import { branchedModel, checkBuilt, hiddenOutput, sizeOfOutput, targets } from "./branchedModel.js";
import type { BranchArgs, BranchedModel } from "./branchedModel.js";
import { checkOptimizer } from "./checkOptimizer.js";
import { checkShare, labelsOnly } from "./distillationLoss.js";
import { checkTemperature } from "./softLabels.js";

/** Arguments of `SelfDistiller`. */
export interface SelfDistillerArgs {
  /** Ends in a softmax or in logits, the deepest exit. */
  model: tf.LayersModel;
  /** Names of the hidden layers behind which an exit is put, each giving [batch, features]. */
  exits: string[];
  /** Temperature of the deepest exit's soft labels. Default 3. */
  temperature?: number;
  /** Share of the labels in an exit's loss, 0 to 1; the rest is what the deepest exit says. 1 is the control without distillation. Default .5. */
  alpha?: number;
  /** Determines the first weights of the exits. Default 0. */
  seed?: number;
  /** What the squared difference of an exit's features and the deepest layer's counts, 0 or more. Default .03. */
  featureWeight?: number;
}

/**
 * A network that is its own teacher (Zhang et al. 2019, arXiv:1905.08094): exits behind hidden layers learn from the labels and
 * from what its deepest one says at that moment; their gradients go into the layers before them. The sum of the losses:
 *
 * - of the model itself, CE(labels);
 * - of each exit, `alpha · CE(labels) + (1 - alpha) · T² · KL(deepest || exit) + featureWeight · MSE(deepest features, own)`, its own
 *   features brought to the size of the deepest by a dense layer. What the deepest says is a target: no gradient goes there.
 *
 * With a temperature well above 1 such a training is restless: through T² an exit pulls at the layers before it more than the
 * labels do, and accuracy may fall by points from one epoch to the next. Watch validation, and try a temperature of 1.
 *
 * An exit is a dense layer in float32 here, also of a quantized or pruned model, where the paper's convolutional networks have
 * a bottleneck before it.
 *
 * @throws {TypeError} When the model is none, or a layer does not give [batch, features].
 * @throws {RangeError} When there is no exit, no such layer, or a number is out of range.
 * @example
 * const own = new SelfDistiller({ model, exits: ["hidden1"] });
 * own.compile({ optimizer: adam(1e-3), metrics: ["accuracy"] });
 * await own.fit(train.x, train.y, { epochs: 10, batchSize: 64 });
 * const early = await predict(own.exits[0], test.x); // the small network that is part of the large one
 */
export class SelfDistiller {
  /** Models from the input to each exit's softmax, in order, and the whole model last. They share their layers. */
  readonly exits: tf.LayersModel[];
  private readonly trained: BranchedModel;

  constructor({ model, exits, temperature = 3, alpha = 0.5, featureWeight = 0.03, seed = 0 }: SelfDistillerArgs = {} as SelfDistillerArgs) {
    if (!(model instanceof tf.LayersModel)) throw new TypeError(`Expected model to be a tf.LayersModel but found ${kindOf(model)}.`);
    checkBuilt(model);
    if (!Array.isArray(exits)) throw new TypeError(`Expected exits to be an array of names of hidden layers but found ${kindOf(exits)}.`);
    if (exits.length === 0) throw new RangeError("Expected exits to be the names of hidden layers but found none.");
    checkTemperature(temperature);
    checkShare("alpha", alpha);
    if (!(featureWeight >= 0 && featureWeight < Infinity)) throw new RangeError(`Expected featureWeight to be 0 or more but found ${featureWeight}.`);
    const classes = sizeOfOutput(model.outputs[0]);
    const labels = targets(0, classes);
    const deepest = deepestFeatures(model);
    const features = sizeOfOutput(deepest);
    const hasFeatures = featureWeight > 0;
    // Outputs: the model's own, the deepest features where they are a target, then those of the exits.
    const branches: BranchArgs[] = hasFeatures ? [{ output: deepest }] : [];
    const outputs = exits.map((name, i) => {
      if (exits.indexOf(name) < i) throw new RangeError(`SelfDistiller: expected each exit once but found ${name} twice.`);
      const initial = (which: number): { kernelInitializer: ReturnType<typeof tf.initializers.glorotUniform> } =>
        ({ kernelInitializer: tf.initializers.glorotUniform({ seed: 1 + 2 * (seed * exits.length + i) + which }) });
      const hidden = hiddenOutput(model, name, "SelfDistiller");
      if (hidden === deepest) throw new RangeError(`SelfDistiller: expected an exit before the deepest features but found ${name}, which gives them.`);
      const exit = tf.layers.dense({ units: classes, name: `${name}_exit`, ...initial(0) }).apply(hidden) as tf.SymbolicTensor;
      const taught = [labels, { of: "output", index: 0 } as const];
      branches.push({ output: exit, loss: { loss: { kind: "distillation", temperature, alpha }, targets: taught, weight: 1 } });
      if (hasFeatures) {
        const bridge = tf.layers.dense({ units: features, name: `${name}_bridge`, ...initial(1) }).apply(hidden) as tf.SymbolicTensor;
        const loss = { loss: { kind: "meanSquaredError" } as const, targets: [{ of: "output", index: 1 } as const], weight: featureWeight };
        branches.push({ output: bridge, loss });
      }
      return exit;
    });
    const own: Omit<LossPart, "output"> = { loss: labelsOnly, targets: [labels, labels], weight: 1 };
    this.trained = branchedModel(model, [own], branches, classes);
    this.exits = [
      ...outputs.map((exit, i) => {
        const shares = tf.layers.softmax().apply(exit) as tf.SymbolicTensor;
        return tf.model({ inputs: model.inputs, outputs: shares, name: `${model.name}_${exits[i]}` });
      }),
      model,
    ];
  }

  /**
   * Says how all of it is trained. The exits are compiled too, so that they can be evaluated; they are not to be trained by
   * themselves with the same optimizer.
   *
   * @throws {TypeError} When there is no optimizer.
   */
  compile({ optimizer, metrics = [] }: { optimizer: tf.Optimizer; metrics?: string[] }): void {
    checkOptimizer(optimizer);
    for (const exit of this.exits) {
      exit.compile({ optimizer, loss: endsInSoftmax(exit) ? "categoricalCrossentropy" : tf.losses.softmaxCrossEntropy, metrics });
    }
    this.trained.model.compile({ optimizer, loss: this.trained.loss, metrics });
  }

  /**
   * Trains the model and its exits, as `fit` does; the accuracy is the deepest exit's.
   *
   * @param x Samples [n, …].
   * @param y One-hot rows [n, classes].
   * @throws As `fit`.
   */
  async fit(x: Samples, y: Samples, options: FitOptions = {}): Promise<History> {
    return await fit(this.trained.model, x, y, options);
  }

  /** The training as a job of `fitAll`. */
  job(x: Samples, y: Samples, options: NonNullable<FitJob["options"]> = {}): FitJob {
    return { model: this.trained.model, x, y, options };
  }
}

/** What the last layer with weights reads. */
function deepestFeatures(model: tf.LayersModel): tf.SymbolicTensor {
  const last = [...model.layers].reverse().find((layer) => layer.weights.length > 0);
  if (!last) throw new TypeError(`Expected ${model.name} to have layers with weights but found none.`);
  return last.input as tf.SymbolicTensor;
}
