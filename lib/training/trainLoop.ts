import { createRandom } from "../data/random.js";
import type { Engine, LabelledRows } from "./engine.js";

/** Numbers by name, such as `{loss: 0.3, accuracy: 0.97, val_loss: 0.4}`. */
export type Logs = Record<string, number>;

/** Options of `trainLoop`; all are given. */
export interface TrainLoopOptions {
  epochs: number;
  batchSize: number;
  shuffle: boolean;
  seed: number;
  hasAccuracy: boolean;
  validation: LabelledRows | null;
}

/** What is called while a model trains; training waits for promises. */
export interface TrainLoopHooks {
  /** Before each step; ends the training by throwing. */
  check(): void;
  /** After each step and epoch: whether the training ends here, its epoch with it. */
  stops(): boolean;
  onEpochBegin(epoch: number): Promise<void>;
  /** `step` counts from 1; `logs` is what the epoch has given so far. */
  onBatchEnd(step: number, loss: number, logs: Logs): Promise<void>;
  onEpochEnd(epoch: number, logs: Logs): Promise<void>;
}

const BREATHER = 30; // ms after which the event loop gets a turn, for the stop button

/** Gives the event loop a turn. */
const breathe = (): Promise<void> =>
  new Promise((resolve) => void (typeof setImmediate === "function" ? setImmediate(resolve) : setTimeout(resolve, 0)));

/** Steps through the samples, epoch after epoch, in an order that the seed determines. */
export async function trainLoop(engine: Pick<Engine, "step" | "endEpoch" | "evaluate">, data: LabelledRows, options: TrainLoopOptions, hooks: TrainLoopHooks): Promise<void> {
  const { epochs, batchSize, shuffle, seed, hasAccuracy, validation } = options;
  const { count } = data.x;
  const random = createRandom(seed);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  let step = 0;
  let lastBreath = performance.now();
  for (let epoch = 0; epoch < epochs; epoch++) {
    await hooks.onEpochBegin(epoch);
    if (shuffle) random.shuffle(order);
    let samples = 0;
    let lossSum = 0;
    let correct = 0;
    const logs = (): Logs => ({
      loss: lossSum / samples,
      ...(hasAccuracy && { accuracy: correct / samples }),
    });
    for (let start = 0; start < count; start += batchSize) {
      hooks.check();
      const end = Math.min(start + batchSize, count);
      const batch = engine.step(data, order, start, end, ++step);
      lossSum += batch.loss * (end - start);
      correct += batch.correct;
      samples = end;
      await hooks.onBatchEnd(step, batch.loss, logs());
      if (hooks.stops()) break;
      if (performance.now() - lastBreath > BREATHER) {
        await breathe();
        lastBreath = performance.now();
      }
    }
    engine.endEpoch();
    const all = logs();
    if (validation) {
      const { loss, accuracy } = engine.evaluate(validation);
      all.val_loss = loss;
      if (accuracy !== undefined) all.val_accuracy = accuracy;
    }
    await hooks.onEpochEnd(epoch, all);
    if (hooks.stops()) return;
  }
}
