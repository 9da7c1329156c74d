import { indexOfNaN } from "../data/indexOfNaN.js";
import { kindOf } from "../data/kindOf.js";

/**
 * Throws unless there are numbers to draw.
 *
 * @throws {TypeError} When it is no array.
 * @throws {RangeError} When there are none, or one is NaN.
 */
export function checkValues(values: ArrayLike<number>): void {
  if (typeof (values as ArrayLike<number> | null | undefined)?.length !== "number") {
    throw new TypeError(`Expected values as an array but found ${kindOf(values)}`);
  }
  if (values.length === 0) throw new RangeError("Expected values but found none");
  const wrong = indexOfNaN(values);
  if (wrong >= 0) throw new RangeError(`Expected numbers but found NaN at place ${wrong} of the values`);
}
