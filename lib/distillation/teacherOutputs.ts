import * as tf from "@tensorflow/tfjs";
import type { Matrix } from "../data/matrix.js";
import { predict } from "../training/predict.js";
import type { Samples } from "../training/samples.js";
import { hiddenOutput } from "./branchedModel.js";
import { predictLogits } from "./predictLogits.js";

/** What a teacher said of data sets while its weights were these. */
interface Said {
  weights: object[];
  of: WeakMap<object, Map<string, Promise<Matrix>>>;
}

const said = new WeakMap<tf.LayersModel, Said>();

/** Stands for the values of all weights: a weight that is assigned gets other data. */
const weightsNow = (model: tf.LayersModel): object[] => model.weights.map((weight) => weight.read().dataId);

/**
 * A teacher's outputs for samples, kept: asked for again they are there, unless the teacher was trained since or the samples
 * are in another array.
 *
 * @param layer Name of the layer whose outputs are wanted, null for the logits.
 */
export async function teacherOutputs(teacher: tf.LayersModel, x: Samples, layer: string | null): Promise<Matrix> {
  const weights = weightsNow(teacher);
  let known = said.get(teacher);
  if (known?.weights.length !== weights.length || known.weights.some((data, i) => data !== weights[i])) {
    known = { weights, of: new WeakMap() };
    said.set(teacher, known);
  }
  const key = x instanceof tf.Tensor ? x : x.values;
  const outputs = known.of.get(key) ?? new Map<string, Promise<Matrix>>();
  known.of.set(key, outputs);
  const name = layer ?? "";
  let found = outputs.get(name);
  if (!found) {
    found = layer === null ? predictLogits(teacher, x) : predict(upTo(teacher, layer), x);
    outputs.set(name, found);
    // What failed is tried again.
    found.catch(() => outputs.delete(name));
  }
  return await found;
}

const upTo = (model: tf.LayersModel, layer: string): tf.LayersModel =>
  tf.model({ inputs: model.inputs, outputs: hiddenOutput(model, layer, "Distiller") });
