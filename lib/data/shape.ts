/**
 * How many numbers a tensor of a shape holds.
 *
 * @param shape Sizes of its axes, all known; none for a single number.
 * @example sizeOf([28, 28, 1]); // 784
 */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, axis) => size * axis, 1);
