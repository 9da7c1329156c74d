import { crc32, deflateSync } from "node:zlib";

/** Pixels to encode: row by row from the top left, one byte a channel. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 1 channel is grey, 3 is RGB, 4 is RGB and opacity. */
  readonly channels: 1 | 3 | 4;
  readonly data: ArrayLike<number>;
}

const UP = 2; // the row filter
const COLOR_TYPE = { 1: 0, 3: 2, 4: 6 } as const;

/**
 * Encodes pixels as a PNG file (PNG specification, third edition; 8 bits a channel). Each row is stored as its
 * difference to the row above, which suits enlarged pixels.
 *
 * @throws {RangeError} if the number of bytes does not fit the size.
 */
export function encodePng({ width, height, channels, data }: Pixels): Buffer {
  const stride = width * channels;
  if (data.length !== stride * height) {
    throw new RangeError(`Expected ${width} x ${height} x ${channels} bytes but found ${data.length}`);
  }
  const rows = Buffer.alloc((stride + 1) * height);
  for (let y = 0; y < height; y++) {
    const start = y * (stride + 1);
    rows[start] = UP;
    for (let x = 0; x < stride; x++) {
      const above = y === 0 ? 0 : data[(y - 1) * stride + x];
      rows[start + 1 + x] = (data[y * stride + x] - above) & 0xff;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, COLOR_TYPE[channels], 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body) >>> 0);
  return Buffer.concat([length, body, check]);
}
