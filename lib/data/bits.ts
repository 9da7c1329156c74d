/** Bytes that `count` numbers of `bits` bits take, packed without gaps. */
export const packedBytes = (count: number, bits: number): number => Math.ceil((count * bits) / 8);

/** Bits that tell `count` things apart: 3 for 5 to 8, 0 for one alone. */
export const indexBits = (count: number): number => (count <= 1 ? 0 : 32 - Math.clz32(count - 1));

/**
 * Packs integers into `bits` bits each, two's complement, lowest bit first, no gaps; the last byte is
 * filled with zeros.
 *
 * @example packBits(Int32Array.of(1, -1), 4); // [0xf1]
 */
export function packBits(codes: Int32Array | Uint32Array, bits: number): Uint8Array {
  const bytes = new Uint8Array(packedBytes(codes.length, bits));
  for (let i = 0, position = 0; i < codes.length; i++, position += bits) {
    for (let done = 0; done < bits; ) {
      const offset = (position + done) & 7;
      const take = Math.min(8 - offset, bits - done);
      bytes[(position + done) >> 3] |= ((codes[i] >> done) & ((1 << take) - 1)) << offset;
      done += take;
    }
  }
  return bytes;
}

/** Takes `count` integers of `bits` bits each out of bytes that `packBits` made. */
export function unpackBits(bytes: Uint8Array, count: number, bits: number, signed: boolean): Int32Array {
  const codes = new Int32Array(count);
  for (let i = 0, position = 0; i < count; i++, position += bits) {
    let code = 0;
    for (let done = 0; done < bits; ) {
      const offset = (position + done) & 7;
      const take = Math.min(8 - offset, bits - done);
      code |= ((bytes[(position + done) >> 3] >> offset) & ((1 << take) - 1)) << done;
      done += take;
    }
    const unused = 32 - bits;
    codes[i] = signed ? (code << unused) >> unused : code;
  }
  return codes;
}
