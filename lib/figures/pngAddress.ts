import { encodePng } from "./encodePng.js";

const ENLARGE = 4; // a viewer that smooths enlarged pictures then still shows crisp pixels

/**
 * Draws a grey picture, dark ink on white paper.
 *
 * @param picture height · width pixels.
 * @param range pixel values drawn as paper and as ink.
 * @returns PNG as a `data:` address.
 */
export function pngAddress(
  picture: ArrayLike<number>,
  [height, width]: readonly [number, number],
  range: readonly number[],
): string {
  const data = new Uint8Array(height * width * ENLARGE ** 2);
  for (let y = 0; y < height * ENLARGE; y++) {
    for (let x = 0; x < width * ENLARGE; x++) {
      const pixel = picture[Math.floor(y / ENLARGE) * width + Math.floor(x / ENLARGE)];
      const ink = Math.min(1, Math.max(0, (pixel - range[0]) / (range[1] - range[0])));
      data[y * width * ENLARGE + x] = Math.round(255 * (1 - ink));
    }
  }
  const png = encodePng({ width: width * ENLARGE, height: height * ENLARGE, channels: 1, data });
  return `data:image/png;base64,${png.toString("base64")}`;
}
