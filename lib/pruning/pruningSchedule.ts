/** How sparse a layer shall be at each training step (TFMOT: `PruningSchedule`). Steps count from 1. */
export interface PruningSchedule {
  readonly className: string;
  /** First step at which weights are pruned. */
  readonly beginStep: number;
  /** Last step at which weights are pruned, -1 for no end. */
  readonly endStep: number;
  /** Share of zeros asked for at a step, 0 to 1, a float32 number. */
  sparsity(step: number): number;
  /** Whether masks are renewed at a step: every `frequency` steps from `beginStep` to `endStep`. */
  shouldPrune(step: number): boolean;
  /** The arguments, in TypeScript's names. */
  getConfig(): Record<string, number>;
}

/** Steps at which a schedule acts. */
export interface PruningSteps {
  beginStep: number;
  endStep: number;
  frequency: number;
}

/**
 * Throws unless the steps make sense, under TFMOT's conditions.
 *
 * @throws {RangeError} With the condition and what was found.
 */
export function validateSteps({ beginStep, endStep, frequency }: PruningSteps, endRequired: boolean): void {
  for (const [name, value] of Object.entries({ beginStep, endStep, frequency })) {
    if (!Number.isInteger(value)) throw new RangeError(`${name} should be a whole number but is ${value}.`);
  }
  if (beginStep < 0) throw new RangeError(`beginStep should be >= 0 but is ${beginStep}.`);
  if (endRequired && endStep === -1) throw new RangeError("endStep cannot be -1: the schedule needs an end.");
  if (endStep < -1) throw new RangeError(`endStep can be -1 or >= 0 but is ${endStep}.`);
  if (endStep !== -1 && endStep < beginStep) {
    throw new RangeError(`beginStep should be <= endStep if endStep is not -1, but ${beginStep} > ${endStep}.`);
  }
  if (frequency <= 0) throw new RangeError(`frequency should be > 0 but is ${frequency}.`);
}

/** Throws unless a sparsity lies in [0, 1). */
export function validateSparsity(name: string, sparsity: number): void {
  if (!(sparsity >= 0 && sparsity < 1)) throw new RangeError(`${name} must be in range [0, 1) but is ${sparsity}.`);
}

/** Whether a step is a turn of the schedule. */
export function isTurn(step: number, { beginStep, endStep, frequency }: PruningSteps): boolean {
  return step >= beginStep && (endStep < 0 || step <= endStep) && (step - beginStep) % frequency === 0;
}
