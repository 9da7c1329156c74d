import type { Figure } from "./figure.js";
import { pngAddress } from "./pngAddress.js";
import { textWidth } from "./textWidth.js";
import { baseLayout, escapeText } from "./baseLayout.js";
import { THEME } from "./theme.js";

/** Pictures one after another, or a list with one array a picture. Bytes run from 0 to 255, floats from 0 to 1. */
export type GreyImages = ArrayLike<number> | readonly ArrayLike<number>[];

/** How the pictures are laid out. */
export interface ImageGridOptions {
  title?: string;
  /** True class of each picture, or any text to stand above it. */
  labels?: ArrayLike<number | string>;
  /** Predicted class of each picture; where it differs from the label, the text above says so. */
  predictions?: ArrayLike<number | string>;
  /** Name of each class, where labels and predictions are class numbers. */
  classNames?: readonly string[];
  /** Pictures in a row. Default: 10, or fewer if there are fewer or the texts above them need room. */
  columns?: number;
  /** Rows and columns of pixels of each picture. Default: `[28, 28]`. */
  shape?: readonly [number, number];
  /** Pixel values drawn as paper and as ink. Default: `[0, 255]` for bytes, `[0, 1]` for floats. */
  range?: readonly [number, number];
}

const MARGIN = { l: 15, r: 15, t: 52, b: 12 };
const PLOT_WIDTH = THEME.width - MARGIN.l - MARGIN.r - 2;
const GAP = 10; // between pictures
const CAPTION_SIZE = 13;

/**
 * Shows grey pictures in a grid, dark ink on white paper: pixel 0 is white, the highest is black.
 *
 * @param images for example 20 digits as one `Uint8Array` of length 20 · 28 · 28.
 * @throws {RangeError} if the pixels do not fill whole pictures, or there are not as many labels as pictures.
 * @example
 * ```ts
 * show(imageGrid(images.subarray(0, 20 * 784), { labels: labels.subarray(0, 20) }));
 * ```
 */
export function imageGrid(images: GreyImages, options: ImageGridOptions = {}): Figure {
  const { title = "Images", shape = [28, 28] } = options;
  const pictures = separate(images, shape);
  for (const what of ["labels", "predictions"] as const) {
    const found = options[what]?.length ?? pictures.length;
    if (found !== pictures.length) {
      throw new RangeError(`Expected as many ${what} as pictures, ${pictures.length}, but found ${found}`);
    }
  }
  const range = options.range ?? (isBytes(pictures[0]) ? [0, 255] : [0, 1]);
  const captions = pictures.map((_, index) => captionOf(index, options));
  const grid = arrange(captions, shape, options.columns);
  const { tileWidth, tileHeight, tiles } = grid;
  return {
    data: [
      {
        // Nothing to see: it says what is under the pointer.
        type: "scatter",
        mode: "markers",
        x: tiles.map(({ left }) => round(left + tileWidth / 2)),
        y: tiles.map(({ top }) => round(top + tileHeight / 2)),
        text: captions.map(({ text }, index) =>
          escapeText(text === "" ? `image ${index}` : `image ${index}: ${text}`),
        ),
        hovertemplate: "%{text}<extra></extra>",
        marker: { opacity: 0, size: Math.floor(tileWidth), symbol: "square" },
      },
    ],
    layout: baseLayout(title, "", {
      height: Math.round(MARGIN.t + MARGIN.b + grid.height),
      margin: MARGIN,
      // A unit is a pixel. Frames stick out by one.
      xaxis: { range: [-1, PLOT_WIDTH + 1], visible: false, fixedrange: true },
      yaxis: { range: [grid.height, 0], visible: false, fixedrange: true },
      images: tiles.map(({ left, top }, index) => ({
        source: pngAddress(pictures[index], shape, range),
        xref: "x",
        yref: "y",
        x: round(left),
        y: round(top),
        sizex: round(tileWidth),
        sizey: round(tileHeight),
        sizing: "stretch",
        layer: "below",
      })),
      shapes: tiles.map(({ left, top }, index) => ({
        type: "rect",
        x0: round(left),
        x1: round(left + tileWidth),
        y0: round(top),
        y1: round(top + tileHeight),
        line: captions[index].wrong ? { color: THEME.accent, width: 2 } : { color: "#bbbbbb", width: 1 },
      })),
      annotations: tiles.flatMap(({ left, top }, index) => {
        const { text, wrong } = captions[index];
        if (text === "") return [];
        return {
          text: wrong ? `<b>${escapeText(text)}</b>` : escapeText(text),
          x: round(left + tileWidth / 2),
          y: round(top),
          yanchor: "bottom",
          showarrow: false,
          borderpad: 0,
          font: { size: CAPTION_SIZE, color: wrong ? THEME.accentText : THEME.ink },
        };
      }),
    }),
  };
}

interface Caption {
  text: string;
  wrong: boolean;
}

interface Grid {
  tileWidth: number;
  tileHeight: number;
  /** Of the whole grid, in pixels. */
  height: number;
  tiles: { left: number; top: number }[];
}

function arrange(
  captions: readonly Caption[],
  shape: readonly [number, number],
  wanted: number | undefined,
): Grid {
  const widest = Math.max(...captions.map(({ text, wrong }) => textWidth(text, CAPTION_SIZE, wrong)));
  const fitting = Math.max(1, Math.floor((PLOT_WIDTH + GAP) / (widest + GAP)));
  const columns = Math.min(wanted ?? Math.min(10, fitting), captions.length);
  const cell = (PLOT_WIDTH - (columns - 1) * GAP) / columns;
  const tileWidth = Math.min(cell, 96);
  const tileHeight = (tileWidth * shape[0]) / shape[1];
  const pitch = Math.min(cell, Math.max(tileWidth, widest)) + GAP;
  const captionHeight = widest > 0 ? CAPTION_SIZE + 8 : 0;
  const rowPitch = captionHeight + tileHeight + GAP;
  return {
    tileWidth,
    tileHeight,
    height: Math.ceil(captions.length / columns) * rowPitch,
    tiles: captions.map((_, index) => ({
      left: (index % columns) * pitch + (pitch - GAP - tileWidth) / 2,
      top: Math.floor(index / columns) * rowPitch + captionHeight,
    })),
  };
}

function isBytes(pixels: ArrayLike<number>): boolean {
  return pixels instanceof Uint8Array || pixels instanceof Uint8ClampedArray;
}

function separate(images: GreyImages, [height, width]: readonly [number, number]): ArrayLike<number>[] {
  const pixels = height * width;
  if (images.length === 0) throw new RangeError("Expected at least one picture but found none");
  if (typeof images[0] !== "number") {
    const pictures = images as readonly ArrayLike<number>[];
    const odd = pictures.find((picture) => picture.length !== pixels);
    if (odd !== undefined) {
      throw new RangeError(
        `Expected pictures of ${height} x ${width} = ${pixels} pixels but found one of ${odd.length}`,
      );
    }
    return [...pictures];
  }
  if (images.length % pixels !== 0) {
    throw new RangeError(
      `Expected a multiple of ${height} x ${width} = ${pixels} pixels but found ${images.length}`,
    );
  }
  const flat = images as ArrayLike<number>;
  return Array.from({ length: images.length / pixels }, (_, index) => {
    if (ArrayBuffer.isView(flat)) return (flat as Uint8Array).subarray(index * pixels, (index + 1) * pixels);
    return Array.from({ length: pixels }, (_, at) => flat[index * pixels + at]);
  });
}

function captionOf(index: number, { labels, predictions, classNames }: ImageGridOptions): Caption {
  const nameOf = (label: number | string): string =>
    typeof label === "number" ? (classNames?.[label] ?? String(label)) : label;
  const label = labels?.[index];
  const prediction = predictions?.[index];
  if (label === undefined || prediction === undefined || label === prediction) {
    const known = label ?? prediction;
    return { text: known === undefined ? "" : nameOf(known), wrong: false };
  }
  return { text: `${nameOf(label)} → ${nameOf(prediction)}`, wrong: true };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
