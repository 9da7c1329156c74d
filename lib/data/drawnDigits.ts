import type { Dataset } from "./dataset.js";
import { drawDigit } from "./drawDigit.js";
import { mnist } from "./publishedSet.js";
import { createRandom } from "./random.js";
import type { Split } from "./split.js";

/** Options of `drawnDigits`. */
export interface DrawnDigitsOptions {
  /** Decides everything about the images, default 0. */
  seed?: number;
  /** The data set the digits stand in for, default "MNIST". */
  standInFor?: string;
  /** Why they do, in a sentence, default none. */
  reason?: string;
}

// As many images of each digit as in MNIST, so that whatever counts images or steps goes on to hold.
const trainCounts: readonly number[] = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949];
const testCounts: readonly number[] = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009];

/**
 * Draws digits with a small program: a stand-in of MNIST's shape and size where there is neither data
 * nor network. What a network reaches on them says nothing about MNIST.
 *
 * @returns a data set with `isReal: false` and a `notice` in bold Markdown
 *
 * @example
 * const data = drawnDigits({ seed: 1 });
 * data.train.size === 60_000;
 */
export function drawnDigits({ seed = 0, standInFor = mnist.name, reason }: DrawnDigitsOptions = {}): Dataset {
  return {
    name: "drawn digits",
    source: "drawn",
    folder: null,
    isReal: false,
    notice:
      `**This is NOT ${standInFor}. Digits drawn by a small program stand in for it: ` +
      `whatever is measured here says nothing about ${standInFor}.**` +
      (reason === undefined ? "" : `\n\n${reason}`),
    classNames: mnist.classNames,
    imageShape: [28, 28, 1],
    train: drawSplit(trainCounts, 2 * seed),
    test: drawSplit(testCounts, 2 * seed + 1),
  };
}

function drawSplit(counts: readonly number[], seed: number): Split {
  const random = createRandom(seed);
  const labels = Uint8Array.from(counts.flatMap((count, digit) => new Array<number>(count).fill(digit)));
  random.shuffle(labels);
  const images = new Uint8Array(labels.length * 784);
  labels.forEach((digit, index) => drawDigit(digit, random, images.subarray(index * 784, (index + 1) * 784)));
  const classes = counts.map((_, digit) => digit);
  return { images, labels, size: labels.length, classes, classNames: mnist.classNames };
}
