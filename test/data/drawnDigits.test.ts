import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { drawDigit } from "../../lib/data/drawDigit.js";
import { drawnDigits } from "../../lib/data/drawnDigits.js";
import { createRandom } from "../../lib/data/random.js";
import { scalePixels } from "../../lib/data/scalePixels.js";
import { selectClasses } from "../../lib/data/selectClasses.js";
import type { Split } from "../../lib/data/split.js";

/** Test accuracy of softmax regression, plain gradient descent, batch 50. */
function softmaxAccuracy(train: Split, test: Split, epochs: number): number {
  const k = train.classes.length;
  const x = scalePixels(train.images).values;
  const w = new Float64Array(k * 785); // 784 weights and a bias a class
  const scores = (values: Float32Array, row: number): Float64Array => {
    const z = new Float64Array(k);
    for (let c = 0; c < k; c++) {
      let sum = w[c * 785 + 784]!;
      for (let i = 0; i < 784; i++) sum += w[c * 785 + i]! * values[row * 784 + i]!;
      z[c] = sum;
    }
    return z;
  };
  for (let step = 0; step < (epochs * train.size) / 50; step++) {
    const gradient = new Float64Array(w.length);
    for (let b = 0; b < 50; b++) {
      const row = (step * 50 + b) % train.size;
      const e = scores(x, row).map(Math.exp);
      const total = e.reduce((sum, v) => sum + v, 0);
      for (let c = 0; c < k; c++) {
        const delta = e[c]! / total - (train.labels[row] === c ? 1 : 0);
        for (let i = 0; i < 784; i++) gradient[c * 785 + i]! += delta * x[row * 784 + i]!;
        gradient[c * 785 + 784]! += delta;
      }
    }
    for (let i = 0; i < w.length; i++) w[i]! -= (0.1 / 50) * gradient[i]!;
  }
  const xTest = scalePixels(test.images).values;
  let right = 0;
  for (let row = 0; row < test.size; row++) {
    const z = scores(xTest, row);
    if (z.indexOf(Math.max(...z)) === test.labels[row]) right++;
  }
  return right / test.size;
}

describe("drawnDigits", () => {
  const data = drawnDigits({ seed: 1 });
  const digest = (images: Uint8Array): string => createHash("sha256").update(images).digest("hex");

  it("has MNIST's sizes, also class by class", () => {
    assert.deepEqual([data.train.images.length, data.test.images.length], [60_000 * 784, 10_000 * 784]);
    const count = (split: Split, digit: number): number =>
      split.labels.filter((label) => label === digit).length;
    assert.deepEqual([count(data.train, 0), count(data.test, 0)], [5923, 980]);
    assert.deepEqual(
      [selectClasses(data.train, [1, 9]).size, selectClasses(data.test, [1, 9]).size],
      [12_691, 2_144],
    );
  });

  it("follows its seed; training and test images differ", () => {
    const same = drawnDigits({ seed: 1 });
    assert.equal(digest(same.train.images), digest(data.train.images));
    assert.equal(digest(same.test.images), digest(data.test.images));
    assert.notEqual(digest(drawnDigits({ seed: 2 }).train.images), digest(data.train.images));
    assert.notDeepEqual(data.train.images.slice(0, 7840), data.test.images.slice(0, 7840));
  });

  it("does not repeat an image", () => {
    const seen = new Set<string>();
    for (let i = 0; i < 5000; i++) {
      seen.add(Buffer.from(data.train.images.subarray(i * 784, (i + 1) * 784)).toString("latin1"));
    }
    assert.equal(seen.size, 5000);
  });

  it("has ink, and as much of it as MNIST: no empty and no full image", () => {
    const ink = (row: number): number =>
      data.test.images.subarray(row * 784, (row + 1) * 784).reduce((sum, value) => sum + value, 0) / 784;
    const all = Array.from({ length: data.test.size }, (_, row) => ink(row));
    assert.ok(Math.min(...all) > 3 && Math.max(...all) < 110, `${Math.min(...all)} to ${Math.max(...all)}`);
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
    assert.ok(mean > 25 && mean < 42, String(mean)); // MNIST: 33.3
  });

  it("never calls itself MNIST", () => {
    assert.equal(data.isReal, false);
    assert.equal(data.source, "drawn");
    assert.match(data.notice!, /^\*\*This is NOT MNIST\..*\*\*$/);
    assert.match(
      drawnDigits({ standInFor: "Fashion-MNIST", reason: "Because." }).notice!,
      /NOT Fashion-MNIST.*\n\nBecause\.$/s,
    );
  });

  it("can be learned: 1 against 9 by a linear model to .985, ten digits to .9", () => {
    const pair = softmaxAccuracy(selectClasses(data.train, [1, 9]), selectClasses(data.test, [1, 9]), 3);
    assert.ok(pair >= 0.985, `1 against 9: ${pair}`);
    const few = { ...data.train, size: 20_000 };
    const ten = softmaxAccuracy({ ...few, images: few.images.subarray(0, 20_000 * 784) }, data.test, 1);
    assert.ok(ten >= 0.85 && ten < 0.99, `ten digits: ${ten}`);
  });
});

describe("drawDigit", () => {
  it("refuses what is no digit", () => {
    assert.throws(
      () => drawDigit(10, createRandom(0), new Uint8Array(784)),
      /RangeError: Expected a digit from 0 to 9/,
    );
  });
});
