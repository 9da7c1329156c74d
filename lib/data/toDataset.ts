import type { Dataset } from "./dataset.js";
import { drawnDigits } from "./drawnDigits.js";
import type { SetLoading } from "./loadSet.js";
import type { PublishedSet } from "./publishedSet.js";
import type { Split } from "./split.js";

/** Parts verified IDX files into images and labels, or draws digits where there are none. */
export function toDataset(set: PublishedSet, { found, reason }: SetLoading): Dataset {
  if (found === null) return drawnDigits({ standInFor: set.name, reason });
  const { bytes, source, folder } = found;
  return {
    name: set.name,
    source,
    folder,
    isReal: true,
    notice: null,
    classNames: set.classNames,
    imageShape: [28, 28, 1],
    train: toSplit(bytes.trainImages, bytes.trainLabels, set.classNames),
    test: toSplit(bytes.testImages, bytes.testLabels, set.classNames),
  };
}

function toSplit(imageBytes: Uint8Array, labelBytes: Uint8Array, classNames: readonly string[]): Split {
  // Copies, so that each array owns its buffer and can be handed to a worker.
  const images = new Uint8Array(imageBytes.subarray(16)); // behind magic number, images, rows, columns
  const labels = new Uint8Array(labelBytes.subarray(8)); // behind magic number, labels
  return { images, labels, size: labels.length, classes: classNames.map((_, label) => label), classNames };
}
