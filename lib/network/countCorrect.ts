/**
 * How many samples of a batch are classified correctly, as Keras's "accuracy" decides it: a single output by whether 1
 * where it is above .5, else 0, is the target (`binary_accuracy`), several by the largest against the label or the
 * one-hot row. A sample with NaN among its outputs or targets counts as wrong, while Keras takes the first class for it.
 *
 * @param outputs [samples, classes], row-major.
 * @param targets [samples, classes] one-hot, or [samples] labels; what follows the classes in a row is not looked at.
 * @param classes How many of the outputs in a row are the classes'. Default all.
 */
export function countCorrect(
  outputs: ArrayLike<number>, targets: ArrayLike<number>, samples: number, classes: number = outputs.length / samples,
): number {
  const stride = outputs.length / samples;
  const columns = targets.length / samples;
  let correct = 0;
  for (let i = 0; i < samples; i++) {
    if (classes === 1) correct += Number(!Number.isNaN(outputs[i * stride]) && Number(outputs[i * stride] > 0.5) === targets[i * columns]);
    else {
      const found = argMaxWithoutNaN(outputs, i * stride, classes);
      const label = columns === 1 ? targets[i] : argMaxWithoutNaN(targets, i * columns, classes);
      correct += Number(found === label && found >= 0);
    }
  }
  return correct;
}

/** `argMax`, but -1 if one of the numbers is NaN; in one pass, as this is part of each training step. */
function argMaxWithoutNaN(values: ArrayLike<number>, start: number, length: number): number {
  let best = -1;
  let largest = -Infinity;
  for (let i = 0; i < length; i++) {
    const value = values[start + i];
    if (value > largest || best < 0) {
      largest = value;
      best = i;
    }
    if (Number.isNaN(value)) return -1;
  }
  return best;
}

/** Position of the largest of `length` numbers from `start`, the first of equal ones. */
export function argMax(values: ArrayLike<number>, start: number, length: number): number {
  let best = 0;
  for (let i = 1; i < length; i++) if (values[start + i] > values[start + best]) best = i;
  return best;
}
