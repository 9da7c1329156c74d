import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Dataset } from "../../lib/data/dataset.js";
import { loadFashionMnist } from "../../lib/data/loadFashionMnist.js";
import { loadMnist } from "../../lib/data/loadMnist.js";
import { loadSet } from "../../lib/data/loadSet.js";
import { fashionMnist, mnist } from "../../lib/data/publishedSet.js";
import { selectClasses } from "../../lib/data/selectClasses.js";
import { trainValidationSplit } from "../../lib/data/trainValidationSplit.js";
import { writeFiles } from "./smallSet.js";
import { temporaryFolder } from "./temporaryFolder.js";

const sum = (values: Uint8Array): number => values.reduce((total, value) => total + value, 0);
const countPerClass = (labels: Uint8Array): number[] =>
  Array.from({ length: 10 }, (_, label) => labels.filter((l) => l === label).length);

/** Sums of the first, the last and all images. */
const imageSums = ({ train }: Dataset): number[] => [
  sum(train.images.subarray(0, 784)),
  sum(train.images.subarray(-784)),
  sum(train.images),
];

describe("the real MNIST", async () => {
  const data = await loadMnist({ download: false });
  const skip = data.isReal ? false : "MNIST is not on this machine: run npm start with a network";

  it("has its 70,000 images, the counts of each digit and the pixels", { skip }, () => {
    assert.deepEqual([data.train.size, data.test.size], [60_000, 10_000]);
    assert.deepEqual(
      countPerClass(data.train.labels),
      [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
    );
    assert.deepEqual(
      countPerClass(data.test.labels),
      [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
    );
    assert.deepEqual(imageSums(data), [27_525, 20_920, 1_567_298_545]); // by NumPy
    assert.deepEqual([...data.train.labels.subarray(0, 5)], [5, 0, 4, 1, 9]);
    assert.deepEqual([...data.test.labels.subarray(0, 5)], [7, 2, 1, 0, 4]);
  });

  it("has 12,691 training and 2,144 test images of the digits 1 and 9", { skip }, () => {
    const train = selectClasses(data.train, [1, 9]);
    assert.deepEqual([train.size, selectClasses(data.test, [1, 9]).size], [12_691, 2_144]);
    assert.deepEqual([...train.labels.subarray(0, 3)], [0, 1, 0]); // 1 at index 3, 9 at 4, 1 at 6
    assert.deepEqual(train.images.subarray(784, 1568), data.train.images.subarray(4 * 784, 5 * 784));
  });

  it("is parted into 54,000 and 6,000 images with a tenth of each digit", { skip }, () => {
    const { train, validation } = trainValidationSplit(data.train, { fraction: 0.1, seed: 1 });
    assert.deepEqual([train.size, validation.size], [54_000, 6_000]);
    const held = countPerClass(validation.labels);
    for (const [digit, count] of countPerClass(data.train.labels).entries()) {
      assert.ok(Math.abs(held[digit]! - count / 10) < 1, `${held[digit]} of ${count}`);
    }
  });

  it("is told apart from Fashion-MNIST, whose files have the same names", { skip }, async (t) => {
    const { found } = await loadSet(mnist, { download: false });
    const files = mnist.files.map((file) => [file.name, found!.bytes[file.role]] as const);
    const root = temporaryFolder(t);
    const options = { checkout: join(root, "class", "checkout"), download: false };
    const direct = { ...options, folder: writeFiles(join(root, "direct"), files) };
    assert.equal((await loadSet(mnist, direct)).found?.folder, direct.folder);
    assert.equal((await loadSet(fashionMnist, direct)).found, null);
    writeFiles(join(root, "mixed up", "fashion-mnist"), files);
    await assert.rejects(
      loadSet(fashionMnist, { ...options, folder: join(root, "mixed up") }),
      /found ba8910.*, which is MNIST's train-images|found [0-9a-f]{64}, which is MNIST's t/,
    );
  });
});

describe("the real Fashion-MNIST", async () => {
  const data = await loadFashionMnist({ download: false });
  const skip = data.isReal ? false : "Fashion-MNIST is not on this machine: run npm start with a network";

  it("has its 70,000 images, as many of each class, and the pixels", { skip }, () => {
    assert.deepEqual(countPerClass(data.train.labels), new Array(10).fill(6000));
    assert.deepEqual(countPerClass(data.test.labels), new Array(10).fill(1000));
    assert.deepEqual(imageSums(data), [76_247, 16_684, 3_431_114_169]); // by NumPy
    assert.equal(data.classNames[data.train.labels[0]!], "Ankle boot");
  });

  it("is parted into 48,000 and the last 12,000 images", { skip }, () => {
    const { train, validation } = trainValidationSplit(data.train, { fraction: 0.2, method: "last" });
    assert.deepEqual([train.size, validation.size], [48_000, 12_000]);
    assert.deepEqual(
      validation.images.subarray(0, 784),
      data.train.images.subarray(48_000 * 784, 48_001 * 784),
    );
  });
});
