import * as tf from "@tensorflow/tfjs";

/** The distances between the rows of a matrix in units of their mean, [n, n]. */
function relativeDistances(rows: tf.Tensor): tf.Tensor {
  const [count] = rows.shape;
  const difference = tf.sub(tf.expandDims(rows, 1), tf.expandDims(rows, 0));
  const distances = tf.sqrt(tf.maximum(tf.sum(tf.square(difference), -1), 1e-12));
  const apart = tf.mul(distances, tf.sub(1, tf.eye(count)));
  return tf.div(apart, tf.div(tf.sum(apart), count * (count - 1)));
}

/**
 * How far the distances between the samples of a batch are from those of a teacher, in units of the mean distance: the Huber
 * loss over all pairs (Park et al. 2019, RKD-D, arXiv:1904.05068; the authors' `RkdDistance`).
 *
 * @param teacher [n, …]
 * @param student [n, …], as many rows; other columns where wanted.
 * @returns A number for the batch; 0 for a single sample.
 */
export function relationalLoss(teacher: tf.Tensor, student: tf.Tensor): tf.Scalar {
  return tf.tidy(() => {
    if (student.shape[0] < 2) return tf.mul(0, tf.sum(student));
    const error = tf.sub(relativeDistances(student), relativeDistances(teacher));
    const size = tf.abs(error);
    const inner = tf.minimum(size, 1);
    return tf.mean(tf.sub(tf.mul(inner, size), tf.div(tf.square(inner), 2)));
  });
}
