import type * as tf from "@tensorflow/tfjs";
import { kindOf } from "../data/kindOf.js";

/**
 * Throws where something else than a model was handed over.
 *
 * @throws {TypeError} With what was found.
 */
export function checkModel(model: tf.LayersModel): void {
  if (Array.isArray((model as tf.LayersModel | null | undefined)?.layers)) return;
  const cure = (model as unknown) instanceof Promise ? ": await it" : "";
  throw new TypeError(`Expected a model but found ${kindOf(model)}${cure}.`);
}
