import { checkTemperature } from "./softLabels.js";

/** What a `Distiller` compares of teacher and student, made by one of the functions below. */
export type DistillerLoss =
  | { kind: "logits"; temperature: number }
  | { kind: "feature"; teacherLayerName: string; studentLayerName: string }
  | { kind: "relational"; teacherLayerName?: string; studentLayerName?: string };

/**
 * The divergence of the soft labels, `T² · KL(softmax(teacher / T) || softmax(student / T))`, on logits (Hinton et al. 2015;
 * Keras: `LogitsDistillation`).
 *
 * @param args temperature: above 0. Default 3, as in Keras.
 * @throws {RangeError} When the temperature is not above 0.
 * @example new Distiller({ teacher, student, distillationLosses: logitsDistillation({ temperature: 4 }) });
 */
export function logitsDistillation({ temperature = 3 }: { temperature?: number } = {}): DistillerLoss {
  checkTemperature(temperature);
  return { kind: "logits", temperature };
}

/** Which layers `featureDistillation` and `relationalDistillation` compare. */
export interface LayerNames {
  /** A layer of the teacher that gives [batch, features]. */
  teacherLayerName: string;
  /** A layer of the student that gives [batch, features]. */
  studentLayerName: string;
}

function checkNames(who: string, names: Partial<LayerNames>, isOptional = false): void {
  for (const [name, value] of Object.entries(names)) {
    if (typeof value === "string" || (isOptional && value === undefined)) continue;
    throw new TypeError(`${who}: expected ${name} to be the name of a layer but found ${String(value)}.`);
  }
}

/**
 * A hint (Romero et al. 2015, FitNets; Keras: `FeatureDistillation`): the mean squared
 * difference of what two layers give, over samples and features (the paper has half of the sum over features).
 * Where their sizes differ the student's goes through a regressor, a dense layer that is trained along and then left behind.
 *
 * @throws {TypeError} When a name is missing.
 * @example featureDistillation({ teacherLayerName: "hidden2", studentLayerName: "hidden1" });
 */
export function featureDistillation({ teacherLayerName, studentLayerName }: LayerNames): DistillerLoss {
  checkNames("featureDistillation", { teacherLayerName, studentLayerName });
  return { kind: "feature", teacherLayerName, studentLayerName };
}

/**
 * Relational distillation (Park et al. 2019, RKD-D): not what the two say of a sample is compared but how far the samples of
 * a batch are from each other, in units of the mean distance. The sizes of the layers do not have to agree.
 *
 * @param names Default for either the logits.
 * @throws {TypeError} When a name is no string.
 * @example relationalDistillation({ teacherLayerName: "hidden2", studentLayerName: "hidden1" });
 */
export function relationalDistillation({ teacherLayerName, studentLayerName }: Partial<LayerNames> = {}): DistillerLoss {
  checkNames("relationalDistillation", { teacherLayerName, studentLayerName }, true);
  return { kind: "relational", teacherLayerName, studentLayerName };
}
