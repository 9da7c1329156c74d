import type { Dataset } from "./dataset.js";
import type { LoadOptions } from "./loadOptions.js";
import { loadSet } from "./loadSet.js";
import { mnist } from "./publishedSet.js";
import { toDataset } from "./toDataset.js";

/**
 * Loads MNIST: 60,000 training and 10,000 test images of handwritten digits, 28 x 28 grey values.
 *
 * Looks in the folder that the environment variable COMPRESSION_DATA names, in `data/` of the checkout,
 * in `shared/data` beside the checkout, in the cache of the package mnist-dataset, and downloads it
 * otherwise. Every file is verified by its sha256. With neither data nor network digits drawn by a
 * program stand in: then `isReal` is false and `notice` says so.
 *
 * Source: LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition, 1998.
 *
 * @param options where to look and how to download; nothing is needed in a notebook
 * @throws {Error} if a file is corrupt, truncated or missing; names the file and the cure
 *
 * @example
 * const { train, test } = await loadMnist();
 * const x = scalePixels(train.images); // [60000, 784]
 * const y = toCategorical(train.labels, 10); // [60000, 10]
 */
export async function loadMnist(options: LoadOptions = {}): Promise<Dataset> {
  return toDataset(mnist, await loadSet(mnist, options));
}
