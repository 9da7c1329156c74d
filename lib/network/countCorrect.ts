/**
 * How many samples of a batch are classified correctly, as Keras's "accuracy" decides it: a single output by whether 1
 * where it is above .5, else 0, is the target (`binary_accuracy`), several by the largest against the label or the
 * one-hot row. A sample with NaN among its outputs or targets counts as wrong, while Keras takes the first class for it.
 *
 * @param outputs [samples, classes], row-major.
 * @param targets [samples, classes] one-hot, or [samples] labels; what follows the classes in a row is not looked at.
 */
export function countCorrect(outputs: ArrayLike<number>, targets: ArrayLike<number>, samples: number): number {
  const classes = outputs.length / samples;
  const columns = targets.length / samples;
  let correct = 0;
  for (let i = 0; i < samples; i++) {
    if (hasNaN(outputs, i * classes, classes) || hasNaN(targets, i * columns, Math.min(columns, classes))) continue;
    if (classes === 1) correct += Number(Number(outputs[i] > 0.5) === targets[i * columns]);
    else {
      const label = columns === 1 ? targets[i] : argMax(targets, i * columns, classes);
      correct += Number(argMax(outputs, i * classes, classes) === label);
    }
  }
  return correct;
}

function hasNaN(values: ArrayLike<number>, start: number, length: number): boolean {
  for (let i = start; i < start + length; i++) if (Number.isNaN(values[i])) return true;
  return false;
}

/** Position of the largest of `length` numbers from `start`, the first of equal ones. */
export function argMax(values: ArrayLike<number>, start: number, length: number): number {
  let best = 0;
  for (let i = 1; i < length; i++) if (values[start + i] > values[start + best]) best = i;
  return best;
}
