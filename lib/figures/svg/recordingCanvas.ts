import { encodePng } from "../encodePng.js";

/** A rectangle that was filled on a canvas. */
export interface FilledRectangle {
  x: number;
  y: number;
  width: number;
  height: number;
  color: string;
}

const PREFIX = "data:application/json,";

/**
 * The part of a 2D canvas that Plotly needs to draw heatmaps: it keeps the filled rectangles, so that
 * they can become vector graphics, and turns image data into a PNG.
 */
export class RecordingCanvas {
  fillStyle: string = "#000000";
  private readonly rectangles: FilledRectangle[] = [];
  private png: Buffer | null = null;

  fillRect(x: number, y: number, width: number, height: number): void {
    this.rectangles.push({ x, y, width, height, color: this.fillStyle });
  }

  createImageData(width: number, height: number): { width: number; height: number; data: Uint8ClampedArray } {
    return { width, height, data: new Uint8ClampedArray(width * height * 4) };
  }

  /** Not measured on a canvas: a blank image of the size asked for. */
  getImageData(_x: number, _y: number, width: number, height: number): { data: Uint8ClampedArray } {
    return this.createImageData(width, height);
  }

  /** Only asked for to read pixels back. */
  drawImage(): void {}

  putImageData({ width, height, data }: { width: number; height: number; data: Uint8ClampedArray }): void {
    this.png = encodePng({ width, height, channels: 4, data });
  }

  /** A PNG where image data was put, else the rectangles for {@link filledRectangles}. */
  toDataURL(): string {
    if (this.png !== null) return `data:image/png;base64,${this.png.toString("base64")}`;
    return PREFIX + encodeURIComponent(JSON.stringify(this.rectangles));
  }
}

/** Reads back what {@link RecordingCanvas.toDataURL} wrote; null if it is another kind of address. */
export function filledRectangles(address: string): FilledRectangle[] | null {
  if (!address.startsWith(PREFIX)) return null;
  return JSON.parse(decodeURIComponent(address.slice(PREFIX.length))) as FilledRectangle[];
}
