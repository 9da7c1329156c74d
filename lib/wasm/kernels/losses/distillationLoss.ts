import { logSumExp } from "./logSumExp";

/**
 * The loss of a student that learns from labels and from a teacher's logits z (Hinton et al. 2015):
 * `loss = α · CE(t, softmax(x)) + (1 - α) · T² · KL(softmax(z / T) || softmax(x / T))`.
 *
 * T² makes up for the gradient of the second part, which shrinks with 1 / T²:
 * `dx = α · (Σt · softmax(x) - t) + (1 - α) · T · (softmax(x / T) - softmax(z / T))`.
 *
 * @param t [batch, 2 · classes], one-hot labels and then the teacher's logits; else as in
 *   `categoricalCrossentropy`
 */
export function distillationLoss(
  x: usize, stride: usize, t: usize, weights: usize, dx: usize, batch: usize, classes: usize,
  temperature: f32, alpha: f32,
): f64 {
  let total: f64 = 0;
  for (let i: usize = 0; i < batch; i++, x += stride << 2, dx += stride << 2, t += classes << 3) {
    const weight = load<f32>(weights + (i << 2));
    const factor = weight / <f32>batch;
    const z = t + (classes << 2);
    const hard = logSumExp(x, classes, 1);
    const student = logSumExp(x, classes, temperature);
    const teacher = logSumExp(z, classes, temperature);
    let sum: f32 = 0; // of the labels; 0 for a sample without one
    for (let j: usize = 0; j < classes << 2; j += 4) sum += load<f32>(t + j);
    let crossEntropy: f32 = 0;
    let divergence: f32 = 0;
    for (let j: usize = 0; j < classes << 2; j += 4) {
      const target = load<f32>(t + j);
      const logit = load<f32>(x + j);
      const logTeacher = load<f32>(z + j) / temperature - teacher;
      const logStudent = logit / temperature - student;
      const soft = Mathf.exp(logTeacher);
      crossEntropy -= target * (logit - hard);
      divergence += soft * (logTeacher - logStudent);
      const fromLabels = alpha * (sum * Mathf.exp(logit - hard) - target);
      const fromTeacher = (<f32>1 - alpha) * temperature * (Mathf.exp(logStudent) - soft);
      store<f32>(dx + j, factor * (fromLabels + fromTeacher));
    }
    total += <f64>weight * <f64>(alpha * crossEntropy + (<f32>1 - alpha) * temperature * temperature * divergence);
  }
  return total;
}
