import * as tf from "@tensorflow/tfjs";
import type { Matrix } from "../data/matrix.js";
import { toCategorical } from "../data/toCategorical.js";
import type { LossPart } from "../network/loss.js";
import { fit } from "../training/fit.js";
import type { History } from "../training/fit.js";
import type { FitJob } from "../training/fitAll.js";
import type { FitCallback, FitOptions } from "../training/fitOptions.js";
import { endsInSoftmax } from "../training/endsInSoftmax.js";
import { toRows } from "../training/samples.js";
import type { Samples } from "../training/samples.js";
import { branchedModel, checkBuilt, hiddenOutput, sizeOfOutput, targets } from "./branchedModel.js";
import type { BranchArgs, BranchedModel } from "./branchedModel.js";
import { checkOptimizer } from "./checkOptimizer.js";
import { checkShare, joinColumns, labelsOnly } from "./distillationLoss.js";
import type { DistillerLoss } from "./distillationLosses.js";
import type { Logits } from "./logits.js";
import { ensembleLogits } from "./softLabels.js";
import { teacherOutputs } from "./teacherOutputs.js";

/** Arguments of `Distiller`. */
export interface DistillerArgs {
  /** A trained model, or several of them: then the mean of their soft labels is taught (Hinton et al. 2015). It is not changed. */
  teacher: tf.LayersModel | tf.LayersModel[];
  /** The model to be trained; quantized and pruned if wanted. It ends in a softmax or in logits. */
  student: tf.LayersModel;
  /** One or several of `logitsDistillation`, `featureDistillation`, `relationalDistillation`. */
  distillationLosses: DistillerLoss | DistillerLoss[];
  /** What each of them counts. Default 1. */
  distillationLossWeights?: number[];
  /** Share of the labels' cross-entropy in the loss, 0 to 1. Default .5, as in Keras. */
  studentLossWeight?: number;
  /** Determines the first weights of regressors. Default 0. */
  seed?: number;
}

/** Arguments of `Distiller.compile`. */
export interface DistillerCompileArgs {
  optimizer: tf.Optimizer;
  /** "categoricalCrossentropy" for one-hot rows, "sparseCategoricalCrossentropy" for labels. Default the former. */
  loss?: "categoricalCrossentropy" | "sparseCategoricalCrossentropy";
  /** "accuracy" or nothing. */
  metrics?: string[];
}

/** Options of `Distiller.job`. */
type JobOptions = NonNullable<FitJob["options"]>;

/** Behind the label in a row of targets stands for each loss in turn what the teacher says. */
type Teaching = { layer: string | null; temperature?: number; size: number };

/**
 * Trains a student with a teacher (Keras: `Distiller`): the loss is
 * `studentLossWeight · CE(labels) + (1 - studentLossWeight) · Σ weight · distillation loss`.
 *
 * What the teacher says of the samples is computed once and kept, as long as it is asked for the same array and its weights stay
 * what they are; so the numbers in an array are not to be changed. Losses of logits are computed on logits, also
 * where a model ends in a softmax. The student's own layers are trained: `student` is the trained model afterwards.
 *
 * @throws {TypeError} When teacher and student do not take the same samples or do not give the same classes.
 * @throws {RangeError} When a weight or the name of a layer is wrong.
 * @example
 * const distiller = new Distiller({ teacher, student, distillationLosses: logitsDistillation({ temperature: 4 }), studentLossWeight: 0.1 });
 * distiller.compile({ optimizer: adam(1e-3), metrics: ["accuracy"] });
 * await distiller.fit(train.x, train.y, { epochs: 10, batchSize: 64 });
 */
export class Distiller {
  readonly student: tf.LayersModel;
  private readonly teachers: tf.LayersModel[];
  private readonly classes: number;
  /** The student with its branches; it is the one that is trained. */
  private readonly trained: BranchedModel;
  private readonly teaching: Teaching[] = [];
  private readonly isRelational: boolean;
  private takesLabels = false;
  private isCompiled = false;

  constructor({ teacher, student, distillationLosses, distillationLossWeights, studentLossWeight = 0.5, seed = 0 }: DistillerArgs = {} as DistillerArgs) {
    this.student = student;
    this.teachers = [teacher].flat();
    this.classes = checkModels(this.teachers, student);
    checkShare("studentLossWeight", studentLossWeight);
    const losses = [distillationLosses].flat();
    if (losses.length === 0 || losses.some((loss) => loss?.kind === undefined)) {
      throw new TypeError("Expected distillationLosses to be one or several such as logitsDistillation({ temperature: 4 }).");
    }
    const weights = distillationLossWeights ?? losses.map(() => 1);
    if (weights.length !== losses.length) {
      throw new RangeError(`Expected a distillation loss weight for each of ${losses.length} losses but found ${weights.length}.`);
    }
    const bad = weights.find((weight) => !(weight >= 0 && weight < Infinity));
    if (bad !== undefined) throw new RangeError(`Expected distillation loss weights to be 0 or more but found ${bad}.`);
    this.isRelational = losses.some(({ kind }) => kind === "relational");
    this.trained = this.build(losses, weights, studentLossWeight, seed);
  }

  /** Puts the losses together, and the branches they need. */
  private build(losses: DistillerLoss[], weights: number[], studentLossWeight: number, seed: number): BranchedModel {
    const { student, classes } = this;
    const labels = targets(0, classes);
    const own: Omit<LossPart, "output">[] = [{ loss: labelsOnly, targets: [labels, labels], weight: studentLossWeight }];
    const branches: BranchArgs[] = [];
    losses.forEach((loss, i) => {
      const weight = (1 - studentLossWeight) * weights[i];
      if (loss.kind === "logits") {
        const { temperature } = loss;
        const taught = this.teach(null, classes, temperature);
        own.push({ loss: { kind: "distillation", temperature, alpha: 0 }, targets: [labels, taught], weight });
        return;
      }
      const { kind, teacherLayerName, studentLayerName } = loss;
      const who = `${kind}Distillation`;
      if (this.teachers.length > 1) throw new TypeError(`${who}: expected one teacher but found ${this.teachers.length}, whose layers have no mean.`);
      const teachers = teacherLayerName === undefined ? null : hiddenOutput(this.teachers[0], teacherLayerName, who);
      const taught = this.teach(teachers && (teacherLayerName as string), teachers ? sizeOfOutput(teachers) : classes);
      if (kind === "relational") {
        const part = { loss: { kind: "relational" } as const, targets: [taught], weight };
        if (studentLayerName === undefined) own.push(part);
        else branches.push({ output: hiddenOutput(student, studentLayerName, who), loss: part });
        return;
      }
      const hidden = hiddenOutput(student, studentLayerName, who);
      const kernelInitializer = tf.initializers.glorotUniform({ seed: 1 + seed * losses.length + i });
      const regressor = tf.layers.dense({ units: taught.size, name: `${studentLayerName}_regressor_${i}`, kernelInitializer });
      const output = sizeOfOutput(hidden) === taught.size ? hidden : (regressor.apply(hidden) as tf.SymbolicTensor);
      branches.push({ output, loss: { loss: { kind: "meanSquaredError" }, targets: [taught], weight } });
    });
    return branchedModel(student, own, branches, this.columns);
  }

  /** Numbers in a row of targets. */
  private get columns(): number {
    return this.teaching.reduce((sum, { size }) => sum + size, this.classes);
  }

  /** Adds what the teacher says to the rows of targets. */
  private teach(layer: string | null, size: number, temperature?: number): ReturnType<typeof targets> {
    const slice = targets(this.columns, size);
    this.teaching.push({ layer, temperature, size });
    return slice;
  }

  /**
   * Says how the student is trained. The student is compiled too, so that `evaluate(distiller.student, …)` works; it is not
   * to be trained by itself with the same optimizer.
   *
   * @throws {TypeError} When there is no optimizer.
   * @throws {RangeError} When the loss is another one.
   */
  compile({ optimizer, loss = "categoricalCrossentropy", metrics = [] }: DistillerCompileArgs = {} as DistillerCompileArgs): void {
    checkOptimizer(optimizer);
    if (loss !== "categoricalCrossentropy" && loss !== "sparseCategoricalCrossentropy") {
      throw new RangeError(`Expected loss to be "categoricalCrossentropy" or "sparseCategoricalCrossentropy" but found ${String(loss)}.`);
    }
    this.takesLabels = loss === "sparseCategoricalCrossentropy";
    this.trained.model.compile({ optimizer, loss: this.trained.loss, metrics });
    this.student.compile({ optimizer, loss: endsInSoftmax(this.student) ? loss : this.lossOfLogits(), metrics });
    this.isCompiled = true;
  }

  /** The cross-entropy of a student that ends in logits, for its evaluation. */
  private lossOfLogits(): (yTrue: tf.Tensor, yPred: tf.Tensor) => tf.Tensor {
    if (!this.takesLabels) return tf.losses.softmaxCrossEntropy;
    return (labels, logits) => tf.losses.softmaxCrossEntropy(tf.oneHot(tf.cast(tf.squeeze(labels, [-1]), "int32"), this.classes), logits);
  }

  /**
   * Trains the student, as `fit` does.
   *
   * @param x Samples [n, …].
   * @param y One-hot rows [n, classes], or with the sparse loss labels, as `tf.tensor1d(labels)` or `{values, shape: [n, 1]}`.
   * @param options As of `fit`; a callback may stop the training by `student.stopTraining = true`.
   * @returns Loss and metrics by epoch; the loss is the whole one.
   * @throws As `fit`; and when the distiller is not compiled, or samples are weighted in a relational loss.
   */
  async fit(x: Samples, y: Samples, options: FitOptions = {}): Promise<History> {
    const [taught, validation] = await this.prepare(x, y, options);
    const { student, trained } = this;
    student.stopTraining = false;
    const passOn = (): void => void (trained.model.stopTraining ||= student.stopTraining);
    const callbacks: FitCallback[] = [...[options.callbacks ?? []].flat(), { onBatchEnd: passOn, onEpochEnd: passOn }];
    return await fit(trained.model, x, taught, { label: student.name, ...options, ...validation, callbacks });
  }

  /**
   * The training as a job of `fitAll`, which trains several side by side.
   *
   * @throws As `fit`.
   * @example await fitAll(await Promise.all(distillers.map((distiller, seed) => distiller.job(x, y, { epochs: 10, seed }))));
   */
  async job(x: Samples, y: Samples, options: JobOptions = {}): Promise<FitJob> {
    const [taught, validation] = await this.prepare(x, y, options);
    return { model: this.trained.model, x, y: taught, options: { ...options, ...validation } };
  }

  /** The targets of a training and, where there is one, of its validation. */
  private async prepare(x: Samples, y: Samples, options: FitOptions): Promise<[Matrix, Pick<FitOptions, "validationData">]> {
    const { validationData } = options;
    if (!this.isCompiled) throw new TypeError("The distiller is not compiled: call distiller.compile({optimizer, loss, metrics}) first.");
    if (this.isRelational && (options.sampleWeight || options.classWeight || validationData?.length === 3)) {
      throw new TypeError("A relational loss compares the samples of a batch and cannot weigh them: leave sampleWeight and classWeight out.");
    }
    toRows(x, "x");
    const taught = await this.targetsFor(x, y, "y");
    // What is no pair is left for fit to complain about.
    if (!Array.isArray(validationData) || validationData.length < 2) return [taught, {}];
    const [vx, vy, ...weights] = validationData;
    toRows(vx, "validationData[0]");
    const validation = await this.targetsFor(vx, vy, "validationData[1]");
    return [taught, { validationData: [vx, validation, ...weights] as NonNullable<FitOptions["validationData"]> }];
  }

  /** Rows of labels and of what the teacher says. */
  private async targetsFor(x: Samples, y: Samples, name: string): Promise<Matrix> {
    const { classes, teachers } = this;
    const rows = toRows(y, name);
    const size = this.takesLabels ? 1 : classes;
    if (rows.size !== size) throw new TypeError(`Expected ${name} to have ${size} numbers a sample but found ${rows.size}.`);
    const shape: [number, number] = [rows.count, classes];
    const labels = this.takesLabels ? toCategorical(rows.values, classes) : { values: rows.values, shape };
    const parts: Matrix[] = [];
    for (const { layer, temperature } of this.teaching) {
      const said = await Promise.all(teachers.map((teacher) => teacherOutputs(teacher, x, layer)));
      parts.push(said.length === 1 ? said[0] : ensembleLogits(said as Logits[], { temperature }));
    }
    if (parts[0].shape[0] !== rows.count) {
      throw new TypeError(`Expected as many targets as samples but found ${rows.count} for ${parts[0].shape[0]}.`);
    }
    return joinColumns([labels, ...parts]);
  }
}

/** Throws unless models take the same samples and give the same classes; says how many. */
function checkModels(teachers: tf.LayersModel[], student: tf.LayersModel): number {
  for (const model of [...teachers, student]) {
    if (!(model instanceof tf.LayersModel)) throw new TypeError("Expected teacher and student to be models.");
    checkBuilt(model);
  }
  const shapes = (model: tf.LayersModel): string => `[${model.inputs[0].shape.slice(1)}] -> [${model.outputs[0].shape.slice(1)}]`;
  const wanted = shapes(student);
  const other = teachers.find((teacher) => shapes(teacher) !== wanted);
  if (teachers.length === 0) throw new TypeError("Expected a teacher or several but found none.");
  if (other) throw new TypeError(`Expected the teacher to map ${wanted}, as the student does, but found ${shapes(other)}.`);
  if (teachers.includes(student)) throw new TypeError("Expected teacher and student to be two models but found one.");
  const classes = sizeOfOutput(student.outputs[0]);
  if (!(classes >= 2)) throw new TypeError(`Expected the student to give 2 classes or more but found ${classes}.`);
  return classes;
}
