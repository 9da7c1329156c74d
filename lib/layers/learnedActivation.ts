import * as tf from "@tensorflow/tfjs";
import { initialStep, learnedStep, stepLevels } from "../quantizers/learnedStep.js";
import { pact } from "../quantizers/pact.js";
import { quantizedAffine } from "../quantizers/quantizedAffine.js";
import type { QuantizedAffine } from "../quantizers/quantizedAffine.js";

type LayerArgs = ConstructorParameters<typeof tf.layers.Layer>[0];
type Registered = tf.serialization.SerializableConstructor<tf.serialization.Serializable>;

// An update may bring the weight below 0, where it has no meaning.
const SMALLEST = 2 ** -20;

/** What the two layers take in common. */
interface LearnedActivationArgs {
  /** Bits of a code. Default 8. */
  bits?: number;
  inputShape?: number[];
  batchInputShape?: (number | null)[];
  name?: string;
  trainable?: boolean;
  dtype?: tf.DataType;
}

/** An activation with one number that is trained: what the two layers have in common. */
abstract class LearnedActivation extends tf.layers.Layer {
  readonly bits: number;
  protected weight: tf.LayerVariable | null = null;

  constructor(args: LearnedActivationArgs) {
    super(args as unknown as LayerArgs);
    this.bits = args.bits ?? 8;
    this.supportsMasking = true;
  }

  protected addScalar(name: string, value: number): void {
    type Weight = Parameters<tf.layers.Layer["addWeight"]>;
    const initializer = tf.initializers.constant({ value }) as Weight[3];
    this.weight = this.addWeight(name, [], "float32", initializer, undefined, true);
    this.built = true;
  }

  /** The variable, an update's value below what makes sense put right. */
  protected scalar(): tf.Variable {
    if (!this.weight) throw new TypeError(`${this.name} has no weight yet: it is not built.`);
    const variable = this.weight.read() as tf.Variable;
    if (variable.dataSync()[0] < SMALLEST) variable.assign(tf.scalar(SMALLEST));
    return variable;
  }

  /** Whether there is a format yet: a step is found from the first numbers that come. */
  get isLearned(): boolean {
    return this.weight !== null && this.weight.read().dataSync()[0] !== 0;
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape | tf.Shape[] {
    return inputShape;
  }
}

/** Arguments of `learnedStepActivation`. */
export interface LearnedStepActivationArgs extends LearnedActivationArgs {
  /** Negative values too. Default false, as after a ReLU. */
  signed?: boolean;
  /** Step to start from, above 0. Default null: found from the first batch. */
  initialStep?: number | null;
}

/** See `learnedStepActivation`. */
export class LearnedStepActivation extends LearnedActivation {
  static readonly className = "LearnedStepActivation";
  readonly signed: boolean;
  readonly initialStep: number | null;

  constructor(args: LearnedStepActivationArgs = {}) {
    super(args);
    this.signed = args.signed ?? false;
    this.initialStep = args.initialStep ?? null;
    if (this.initialStep !== null && !(this.initialStep > 0)) {
      throw new RangeError(`LearnedStepActivation: expected initialStep to be above 0 but found ${this.initialStep}.`);
    }
    stepLevels(this);
  }

  override build(): void {
    // 0 says that the step is to be found from the first numbers that come.
    this.addScalar("step", this.initialStep ?? 0);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      const variable = this.weight?.read() as tf.Variable | undefined;
      if (variable?.dataSync()[0] === 0) variable.assign(tf.scalar(initialStep(x.dataSync() as Float32Array, this)));
      return learnedStep(x, this.scalar() as unknown as tf.Scalar, { bits: this.bits, signed: this.signed, count: x.size / x.shape[0] });
    });
  }

  /** The format that the layer has learned, with the step as it is now. */
  get quantizer(): QuantizedAffine {
    const { bits, signed } = this;
    return quantizedAffine({ bits, signed, scale: this.scalar().dataSync()[0], zeroPoint: 0 });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), bits: this.bits, signed: this.signed, initialStep: this.initialStep };
  }
}
tf.serialization.registerClass(LearnedStepActivation as unknown as Registered);

/** Arguments of `pactActivation`. */
export interface PactActivationArgs extends LearnedActivationArgs {
  /** Bound to start from, above 0. Default 10. */
  initialBound?: number;
}

/** See `pactActivation`. */
export class PactActivation extends LearnedActivation {
  static readonly className = "PactActivation";
  readonly initialBound: number;

  constructor(args: PactActivationArgs = {}) {
    super(args);
    this.initialBound = args.initialBound ?? 10;
    if (!(this.initialBound > 0)) throw new RangeError(`PactActivation: expected initialBound to be above 0 but found ${this.initialBound}.`);
  }

  override build(): void {
    this.addScalar("bound", this.initialBound);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => pact(Array.isArray(inputs) ? inputs[0] : inputs, this.scalar() as unknown as tf.Scalar, this.bits));
  }

  /** The format that the layer has learned, with the bound as it is now; 2 bits or more. */
  get quantizer(): QuantizedAffine {
    return quantizedAffine({ bits: this.bits, signed: false, min: 0, max: this.scalar().dataSync()[0] });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), bits: this.bits, initialBound: this.initialBound };
  }
}
tf.serialization.registerClass(PactActivation as unknown as Registered);

/**
 * Quantizes activations with a step that is trained (see `learnedStep`). The step starts from the first batch, or where it is
 * told to; the model trains through TensorFlow.js.
 *
 * @throws {RangeError} When a value is out of range.
 * @example
 * model.add(learnedStepActivation({ bits: 4 }));
 */
export function learnedStepActivation(args: LearnedStepActivationArgs = {}): LearnedStepActivation {
  return new LearnedStepActivation(args);
}

/**
 * A ReLU whose upper bound is trained, quantized (see `pact`). The paper adds an L2 penalty of the bound to the loss;
 * here there is none. The model trains through TensorFlow.js.
 *
 * @throws {RangeError} When a value is out of range.
 * @example
 * model.add(pactActivation({ bits: 4 }));
 */
export function pactActivation(args: PactActivationArgs = {}): PactActivation {
  return new PactActivation(args);
}
