/** From the smallest number to the largest that quantizing should leave as it is, up to rounding. */
export interface CalibrationRange {
  min: number;
  max: number;
}

/**
 * The smallest and the largest number.
 *
 * @throws {RangeError} When there are none, or one is not finite.
 */
export function minMaxRange(values: Float32Array): CalibrationRange {
  if (values.length === 0) throw new RangeError("Expected numbers to find a range for but found none.");
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) throw new RangeError(`Expected finite numbers to find a range for but found ${value}.`);
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

/** The shortest range that holds another and reaches as far below 0 as above. */
export function symmetricRange({ min, max }: CalibrationRange): CalibrationRange {
  const largest = Math.max(-min, max);
  return { min: -largest, max: largest };
}

/** The shortest range that holds another and 0, which always has a code. */
export const withZero = ({ min, max }: CalibrationRange): CalibrationRange => ({ min: Math.min(min, 0), max: Math.max(max, 0) });
