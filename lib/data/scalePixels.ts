import type { Matrix } from "./matrix.js";

/**
 * Turns grey values 0 to 255 into network inputs 0 to 1: `x.reshape(-1, 784) / 255` of the Keras examples.
 *
 * @param images grey values, [n * pixels]
 * @param pixels pixels of one image, default 784
 * @returns one image a row, [n, pixels]
 * @throws {RangeError} if the images are no whole number of `pixels`
 *
 * @example
 * const x = scalePixels(train.images);
 * const xs = tf.tensor2d(x.values, x.shape); // [n, 784]
 */
export function scalePixels(images: Uint8Array, pixels: number = 784): Matrix {
  const rows = images.length / pixels;
  if (!Number.isInteger(rows)) {
    throw new RangeError(`Expected a multiple of ${pixels} grey values but found ${images.length}`);
  }
  const values = new Float32Array(images.length);
  for (let i = 0; i < images.length; i++) values[i] = images[i]! / 255;
  return { values, shape: [rows, pixels] };
}
