import * as tf from "@tensorflow/tfjs";
import { kindOf } from "../data/kindOf.js";

/** Throws unless it is an optimizer. */
export function checkOptimizer(optimizer: tf.Optimizer): void {
  // tfjs's own test of undefined throws.
  if (optimizer && optimizer instanceof tf.Optimizer) return;
  throw new TypeError(`Expected an optimizer such as adam(1e-3) but found ${kindOf(optimizer)}.`);
}
