import { createHash } from "node:crypto";
import { idxLength } from "./idxLength.js";
import { publishedSets, type PublishedFile } from "./publishedSet.js";

/**
 * Compares decompressed IDX bytes with what was published: header, length, sha256, in this order, so
 * that the complaint says as much as possible.
 *
 * @param bytes the decompressed file
 * @returns `null` if the bytes are the published ones, otherwise what was expected and found
 */
export function verifyIdx(bytes: Uint8Array, file: PublishedFile): string | null {
  const { dimensions, sha256 } = file;
  const headerLength = 4 + 4 * dimensions.length;
  if (bytes.length < headerLength) {
    return `expected an IDX header of ${headerLength} bytes, found ${bytes.length} bytes in all`;
  }
  const header = new DataView(bytes.buffer, bytes.byteOffset, headerLength);
  const magic = 0x800 + dimensions.length; // type 8: unsigned bytes
  const foundMagic = header.getUint32(0);
  if (foundMagic !== magic) {
    const text = new TextDecoder("latin1").decode(bytes.subarray(0, 12)).replaceAll(/[^ -~]/g, ".");
    return `expected the IDX magic number ${magic}, found ${foundMagic} (the file begins with "${text}")`;
  }
  const found = dimensions.map((_, i) => header.getUint32(4 + 4 * i));
  if (found.some((size, i) => size !== dimensions[i])) {
    return `expected dimensions ${dimensions.join(" x ")}, found ${found.join(" x ")}`;
  }
  const length = idxLength(dimensions);
  if (bytes.length !== length) return `expected ${length} bytes, found ${bytes.length}`;
  const digest = createHash("sha256").update(bytes).digest("hex");
  if (digest === sha256) return null;
  const known = publishedSets.flatMap((set) =>
    set.files.filter((other) => other.sha256 === digest).map((other) => `${set.name}'s ${other.name}`),
  );
  return `expected sha256 ${sha256}, found ${digest}${known.length > 0 ? `, which is ${known[0]}` : ""}`;
}
