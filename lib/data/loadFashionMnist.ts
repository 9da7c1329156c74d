import type { Dataset } from "./dataset.js";
import type { LoadOptions } from "./loadOptions.js";
import { loadSet } from "./loadSet.js";
import { fashionMnist } from "./publishedSet.js";
import { toDataset } from "./toDataset.js";

/**
 * Loads Fashion-MNIST: 60,000 training and 10,000 test pictures of clothes, 28 x 28 grey values.
 *
 * Looks in the same places as `loadMnist`, save the cache of the package mnist-dataset, and stands in
 * the same drawn digits where there is neither data nor network.
 *
 * Source: Xiao, Rasul, Vollgraf: Fashion-MNIST, arXiv 1708.07747.
 *
 * @param options where to look and how to download; nothing is needed in a notebook
 * @throws {Error} if a file is corrupt, truncated or missing; names the file and the cure
 *
 * @example
 * const fashion = await loadFashionMnist();
 * fashion.classNames[fashion.train.labels[0]]; // "Ankle boot"
 */
export async function loadFashionMnist(options: LoadOptions = {}): Promise<Dataset> {
  return toDataset(fashionMnist, await loadSet(fashionMnist, options));
}
