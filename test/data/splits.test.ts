import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { scalePixels } from "../../lib/data/scalePixels.js";
import { selectClasses } from "../../lib/data/selectClasses.js";
import type { Split } from "../../lib/data/split.js";
import { subset } from "../../lib/data/subset.js";
import { toCategorical } from "../../lib/data/toCategorical.js";
import { trainValidationSplit } from "../../lib/data/trainValidationSplit.js";

/** Images whose every pixel is the image's index, with the labels given. */
function splitOf(labels: readonly number[], classNames: readonly string[]): Split {
  return {
    images: Uint8Array.from(labels.flatMap((_, index) => [index, index])),
    labels: Uint8Array.from(labels),
    size: labels.length,
    classes: classNames.map((_, label) => label),
    classNames,
  };
}

/** Which images of `splitOf` a split holds. */
const indices = (split: Split): number[] => [...split.images.filter((_, i) => i % 2 === 0)];

const thirty = splitOf(
  Array.from({ length: 30 }, (_, i) => (i % 10 < 6 ? 0 : i % 10 < 9 ? 1 : 2)), // 18, 9, 3
  ["a", "b", "c"],
);

describe("selectClasses", () => {
  it("relabels in the order asked for and remembers the original classes", () => {
    const selected = selectClasses(splitOf([0, 1, 2, 1, 0], ["a", "b", "c"]), [2, 0]);
    assert.deepEqual([...selected.labels], [1, 0, 1]);
    assert.deepEqual(indices(selected), [0, 2, 4]);
    assert.deepEqual(selected.classes, [2, 0]);
    assert.deepEqual(selected.classNames, ["c", "a"]);
    assert.equal(selected.size, 3);
  });

  it("takes original classes also of a split that is a selection already", () => {
    const twice = selectClasses(selectClasses(splitOf([0, 1, 2], ["a", "b", "c"]), [2, 1]), [1]);
    assert.deepEqual(
      [indices(twice), [...twice.labels], twice.classes, twice.classNames],
      [[1], [0], [1], ["b"]],
    );
  });

  it("leaves the split it is given as it was", () => {
    const split = splitOf([0, 1, 2], ["a", "b", "c"]);
    selectClasses(split, [2]).images.fill(9);
    assert.deepEqual([...split.images], [0, 0, 1, 1, 2, 2]);
    assert.deepEqual([...split.labels], [0, 1, 2]);
  });

  it("refuses classes that are not there, or twice, or none", () => {
    assert.throws(
      () => selectClasses(thirty, [0, 7]),
      /RangeError: Expected classes out of 0, 1, 2 but found 7/,
    );
    assert.throws(() => selectClasses(thirty, [1, 1]), /RangeError: .*found 1 twice/);
    assert.throws(() => selectClasses(thirty, []), RangeError);
  });
});

describe("trainValidationSplit", () => {
  it("holds out the same part of every class", () => {
    const { train, validation } = trainValidationSplit(thirty, { fraction: 1 / 3, seed: 4 });
    assert.deepEqual(
      [0, 1, 2].map((label) => validation.labels.filter((l) => l === label).length),
      [6, 3, 1],
    );
    assert.deepEqual(
      [...indices(train), ...indices(validation)].sort((a, b) => a - b),
      indices(thirty),
    );
    assert.deepEqual([train.size, validation.size], [20, 10]);
  });

  it("gives what rounding leaves over to the largest remainders", () => {
    // 18, 9, 3 times 0.15 is 2.7, 1.35, 0.45: 2 + 1 + 0, and of 4.5 ~ 5 two more, to 2.7 and 0.45
    const { validation } = trainValidationSplit(thirty, { fraction: 0.15 });
    assert.deepEqual(
      [0, 1, 2].map((label) => validation.labels.filter((l) => l === label).length),
      [3, 1, 1],
    );
  });

  it("draws other images with another seed and the same with the same", () => {
    const draw = (seed: number): number[] =>
      indices(trainValidationSplit(thirty, { fraction: 1 / 3, seed }).validation);
    assert.deepEqual(draw(1), draw(1));
    assert.notDeepEqual(draw(1), draw(2));
  });

  it("holds out the last fraction as Keras's validation_split", () => {
    const { train, validation } = trainValidationSplit(thirty, { fraction: 0.25, method: "last" });
    assert.deepEqual(indices(train), indices(thirty).slice(0, 22)); // floor(30 * 0.75)
    assert.deepEqual(indices(validation), indices(thirty).slice(22));
  });

  it("refuses fractions that leave a part empty", () => {
    for (const fraction of [0, 1, -0.1, Number.NaN, 0.001]) {
      assert.throws(() => trainValidationSplit(thirty, { fraction }), RangeError, String(fraction));
    }
  });
});

describe("subset", () => {
  it("draws as many images of each class, without repeating one", () => {
    const drawn = subset(thirty, { perClass: 3, seed: 1 });
    assert.deepEqual(
      [0, 1, 2].map((label) => drawn.labels.filter((l) => l === label).length),
      [3, 3, 3],
    );
    assert.equal(new Set(indices(drawn)).size, 9);
    for (const [row, index] of indices(drawn).entries())
      assert.equal(drawn.labels[row], thirty.labels[index]);
  });

  it("draws other images with another seed and the same with the same", () => {
    const draw = (seed: number): number[] => indices(subset(thirty, { perClass: 2, seed }));
    assert.deepEqual(draw(1), draw(1));
    assert.notDeepEqual(draw(1), draw(2));
  });

  it("refuses more images than a class has", () => {
    assert.throws(
      () => subset(thirty, { perClass: 4 }),
      /RangeError: Expected at least 4 images of class c but found 3/,
    );
    assert.throws(() => subset(thirty, { perClass: 0 }), RangeError);
  });
});

describe("toCategorical", () => {
  it("sets one column a row", () => {
    const { values, shape } = toCategorical(Uint8Array.of(2, 0), 3);
    assert.deepEqual([...values], [0, 0, 1, 1, 0, 0]);
    assert.deepEqual(shape, [2, 3]);
    assert.ok(values instanceof Float32Array);
  });

  it("takes the number of classes from the labels unless told", () => {
    assert.deepEqual(toCategorical([1, 3]).shape, [2, 4]);
  });

  it("refuses labels outside the classes", () => {
    assert.throws(
      () => toCategorical([0, 3], 3),
      /RangeError: Expected labels from 0 to 2 but found 3 at index 1/,
    );
    assert.throws(() => toCategorical([-1], 3), RangeError);
    assert.throws(() => toCategorical([0.5], 3), RangeError);
  });
});

describe("scalePixels", () => {
  it("divides by 255 in float32", () => {
    const { values, shape } = scalePixels(Uint8Array.of(0, 1, 254, 255), 2);
    assert.deepEqual([...values], [0, Math.fround(1 / 255), Math.fround(254 / 255), 1]);
    assert.deepEqual(shape, [2, 2]);
  });

  it("refuses a part of an image", () => {
    assert.throws(
      () => scalePixels(new Uint8Array(785)),
      /RangeError: Expected a multiple of 784 .* found 785/,
    );
  });
});
