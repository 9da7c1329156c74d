/** Throws unless `bits` is a whole number from 1 to 32. */
export function checkBits(quantizer: string, bits: number): void {
  if (!Number.isInteger(bits) || bits < 1 || bits > 32) {
    throw new RangeError(`${quantizer}: expected bits to be a whole number from 1 to 32 but found ${bits}.`);
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
