/** Warns that a training has gone wrong: every loss after the first NaN is NaN too. */
export function warnNaN(label: string, step: number): void {
  console.warn(`${label}: the loss is NaN since step ${step}: look for NaN in the data or lower the learning rate.`);
}

/** Warns that a loss of validation is NaN where that of training is not. */
export function warnValidationNaN(label: string): void {
  console.warn(`${label}: val_loss is NaN though the loss is not: look for NaN in the validation data.`);
}
