// Argument: a folder that holds MNIST. Fills the cache of mnist-dataset and reads it with the package.
import { fillMnistDatasetCache } from "../../lib/data/fillMnistDatasetCache.js";

interface MnistDataset {
  testLabelsUrl: string;
  cache: (url: string) => Promise<number[][]>;
}

async function main(): Promise<void> {
  const filled = await fillMnistDatasetCache({ folder: process.argv[2], download: false });
  const { cache, testLabelsUrl } = require("mnist-dataset") as MnistDataset;
  const labels = await cache(testLabelsUrl);
  console.log(JSON.stringify({ filled, count: labels.length, first: labels.slice(0, 5).flat() }));
}

void main();
