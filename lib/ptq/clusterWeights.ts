import type * as tf from "@tensorflow/tfjs";
import { kindOf } from "../data/kindOf.js";
import { codebook } from "../quantizers/codebook.js";
import { checkWeights } from "./checkWeights.js";
import { denseChain, rawWeights } from "./denseChain.js";
import { kMeans } from "./kMeans.js";
import type { ClusterCentroidsInit } from "./kMeans.js";
import { byLayer } from "./quantizedLayer.js";
import { withKernelQuantizers } from "./weightOnlyQuantize.js";

/** What `clusterWeights` takes. */
export interface ClusterWeightsArgs {
  /**
   * Values that a kernel may have, 2 to 65,536: a file holds ceil(log2) bits a weight. For all dense layers, or by name: the
   * others then stay as they are.
   */
  numberOfClusters: number | Readonly<Record<string, number>>;
  /**
   * Where centroids begin: "linear", evenly from the smallest weight to the largest, which keeps the large weights that
   * matter most (Han et al. 2016); "densityBased", an equal share of the weights each; "kmeansPlusPlus" (Arthur and
   * Vassilvitskii 2007); "random", evenly distributed between smallest and largest. Default "kmeansPlusPlus", as TFMOT.
   */
  clusterCentroidsInit?: ClusterCentroidsInit;
  /** Keeps 0 as one of the values, so that weights that are pruned stay so. Default false. */
  preserveSparsity?: boolean;
  /** Determines what "kmeansPlusPlus" and "random" draw. Default 0. */
  seed?: number;
}

const inits: readonly ClusterCentroidsInit[] = ["linear", "densityBased", "kmeansPlusPlus", "random"];

/**
 * Lets the weights of each kernel share a few values, found by k-means (TFMOT: `cluster_weights`; Han et al. 2016, Deep
 * Compression, arXiv:1510.00149). A file then holds the values once and the place of each weight's in a few bits.
 *
 * @param model Built, a chain of Dense or QDense, activations, Dropout and Flatten; it stays as it is.
 * @param options See `ClusterWeightsArgs`.
 * @returns A model that is not compiled, with a `codebook` as the quantizer of each kernel; `fit` trains on with these
 *   values, a weight going from one to another.
 * @throws {TypeError} When the model has another layer, or there are no options.
 * @throws {RangeError} When an option is out of range, or a weight is not finite.
 * @example
 * const clustered = clusterWeights(pruned, { numberOfClusters: 32, preserveSparsity: true });
 * await writeModel(clustered, "build/models/shared.tfcm", { encoding: "auto" });
 */
export function clusterWeights(model: tf.LayersModel, options: ClusterWeightsArgs): tf.LayersModel {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Expected options, such as { numberOfClusters: 16 }, but found ${kindOf(options)}.`);
  }
  const { numberOfClusters, clusterCentroidsInit = "kmeansPlusPlus", preserveSparsity = false, seed = 0 } = options;
  if (!inits.includes(clusterCentroidsInit)) {
    throw new RangeError(`Expected clusterCentroidsInit to be one of ${inits.join(", ")} but found ${String(clusterCentroidsInit)}.`);
  }
  const { blocks } = denseChain(model);
  const clusters = byLayer("numberOfClusters", numberOfClusters, blocks.map(({ name }) => name));
  for (const count of clusters.values()) {
    if (!Number.isInteger(count) || count < 2 || count > 2 ** 16) {
      throw new RangeError(`Expected numberOfClusters to be a whole number from 2 to 65536 but found ${count}.`);
    }
  }
  return withKernelQuantizers(model, (block) => {
    const count = clusters.get(block.name);
    if (count === undefined) return null;
    const { kernel } = rawWeights(block);
    checkWeights(block.name, kernel);
    const centroids = kMeans(kernel, { numberOfClusters: count, clusterCentroidsInit, keepsZero: preserveSparsity, seed });
    return codebook({ centroids: [...centroids] });
  });
}
