import type * as tf from "@tensorflow/tfjs";
import type { KeptUnits } from "./keptUnits.js";
import { maskUnits } from "./maskUnits.js";
import { pruningReport } from "./pruningReport.js";
import type { PruningReport, UnitNotRemoved } from "./pruningReport.js";
import { sliceUnits } from "./sliceUnits.js";

/** A model without some units, and what became of it. */
export interface StructurallyPruned {
  model: tf.LayersModel;
  report: PruningReport;
}

/** A smaller model with its report; it is disposed of where there can be none. */
export function reported(
  model: tf.LayersModel,
  smaller: tf.LayersModel,
  units: KeptUnits,
  notRemoved: UnitNotRemoved[],
): StructurallyPruned {
  try {
    return { model: smaller, report: pruningReport(model, smaller, units, notRemoved) };
  } catch (error) {
    smaller.dispose();
    throw error;
  }
}

/**
 * Removes units, neurons of dense layers and filters of convolutions, so that layers really become smaller.
 *
 * The model computes what `maskUnits` makes of it: the constant that a switched-off unit gives is added to the bias of
 * the next layer, which gets one if it has none. A unit stays, switched off, and is named in the report, where that
 * cannot be done exactly: the next bias is quantized and cannot hold the sum, a convolution pads with zeros next to a
 * constant that is not zero, or an automatic scale of quantized weights would change.
 *
 * @param model Built: a chain of Dense, QDense, Conv2D and QConv2D, with activations, BatchNormalization, dropout, pooling and
 *   Flatten between them; not being pruned. It stays as it is.
 * @param keep The units that stay, as `selectUnits` gives them.
 * @returns A model that is not compiled, of the same kind as the one given, and the sizes of both.
 * @throws {RangeError} When `keep` names a layer or units that are not there, or the last layer's, which are the model's
 *   outputs; or when a kernel's quantizer has no zero.
 * @throws {TypeError} When the model branches or is being pruned, a layer, such as softmax, mixes the units, or
 *   `countOperations` does not know a layer.
 * @example
 * const keep = selectUnits(l1Norm(model), { sparsity: 0.5 });
 * const { model: smaller, report } = removeUnits(model, keep);
 * printPruningReport(report); // total  units 352 => 176  params 219,818 => 105,306  MACs 219,456 => 105,120
 */
export function removeUnits(model: tf.LayersModel, keep: KeptUnits): StructurallyPruned {
  const masked = maskUnits(model, keep);
  try {
    const { model: smaller, units, notRemoved } = sliceUnits(masked, keep);
    return reported(model, smaller, units, notRemoved);
  } finally {
    masked.dispose();
  }
}
