/** Warns that a training has gone wrong: every loss after the first NaN is NaN too. */
export function warnNaN(label: string, step: number): void {
  console.warn(`${label}: the loss is NaN since step ${step}: look for NaN in the data or lower the learning rate.`);
}
