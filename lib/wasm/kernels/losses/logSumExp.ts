/** `log Σ exp(x / temperature)` of a row of logits, its largest taken out so that nothing overflows. */
export function logSumExp(x: usize, classes: usize, temperature: f32): f32 {
  let largest = load<f32>(x) / temperature;
  for (let j: usize = 4; j < classes << 2; j += 4) largest = max<f32>(largest, load<f32>(x + j) / temperature);
  let sum: f32 = 0;
  for (let j: usize = 0; j < classes << 2; j += 4) sum += Mathf.exp(load<f32>(x + j) / temperature - largest);
  return largest + Mathf.log(sum);
}
