import type { Alpha } from "./autoScale.js";

/** Throws unless `bits` is a whole number from 1 to 32, or to `most`. */
export function checkBits(quantizer: string, bits: number, most = 32): void {
  if (!Number.isInteger(bits) || bits < 1 || bits > most) {
    throw new RangeError(`${quantizer}: expected bits to be a whole number from 1 to ${most} but found ${bits}.`);
  }
}

/** Throws unless `alpha` is a number other than 0, "auto", "auto_po2" or null. */
export function checkAlpha(quantizer: string, alpha: Alpha): void {
  const known = typeof alpha === "number" ? Number.isFinite(alpha) && alpha !== 0 : ["auto", "auto_po2", null].includes(alpha);
  if (!known) {
    throw new RangeError(`${quantizer}: expected alpha to be a number other than 0, "auto", "auto_po2" or null but found "${alpha}".`);
  }
}

/** Throws unless `slope` is 0 or a power of two. */
export function checkNegativeSlope(quantizer: string, slope: number): void {
  if (!(slope >= 0) || (slope !== 0 && !Number.isInteger(Math.log2(slope)))) {
    throw new RangeError(`${quantizer}: expected negative_slope to be 0 or a power of two but found ${slope}.`);
  }
}

/** Throws unless `integer` is a whole number that float32 powers of two can follow. */
export function checkInteger(quantizer: string, integer: number): void {
  if (!Number.isInteger(integer) || Math.abs(integer) > 100) {
    throw new RangeError(`${quantizer}: expected integer to be a whole number from -100 to 100 but found ${integer}.`);
  }
}

/** Throws unless `value` lies between 0 and 1. */
export function checkFactor(quantizer: string, name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) {
    throw new RangeError(`${quantizer}: expected ${name} to lie between 0 and 1 but found ${value}.`);
  }
}
