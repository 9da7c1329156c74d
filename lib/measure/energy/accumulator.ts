import { exponentsOf, fixedType } from "./dataType.js";
import type { DataType } from "./dataType.js";

/**
 * The sum of products, wide enough that it never overflows (QTools: `AccumulatorFactory`): of n products it has
 * ceil(log2 n) bits more than one.
 *
 * @param product What is summed.
 * @param terms How many numbers are summed, the bias included.
 */
export function accumulatorOf(product: DataType, terms: number): DataType {
  if (product.kind === "float") return product;
  const growth = Math.ceil(Math.log2(terms));
  if (product.kind !== "po2") return fixedType(growth + product.bits, product.signed);
  // Powers of two are summed in fixed point.
  const { below, above } = exponentsOf(product);
  return fixedType(growth + Math.trunc(Number(product.signed) + below + above), product.signed);
}
