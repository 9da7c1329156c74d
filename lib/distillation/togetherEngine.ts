import type { Rows } from "../data/rows.js";
import type { Engine, EngineName, Evaluation, LabelledRows, StepResult } from "../training/engine.js";
import { asLogits } from "./logits.js";
import { ensembleLogits } from "./softLabels.js";

/** A model among others that are trained with it. */
export interface Peer {
  engine: Engine;
  /** What it is trained with and evaluated on; targets with room for what the others say. */
  data: LabelledRows;
  validation: LabelledRows | null;
  /** Temperature at which it listens to the others, null when it learns from labels alone. */
  temperature: number | null;
  hasAccuracy: boolean;
  /** Its logits for the batch, until it is trained on. */
  logits: Float32Array | null;
  sums: { loss: number; correct: number; samples: number };
  history: Record<string, number[]>;
}

/** Trains several models as if they were one. */
export class TogetherEngine implements Omit<Engine, "outputs"> {
  readonly name: EngineName;

  constructor(
    private readonly peers: Peer[],
    private readonly classes: number,
    private readonly batchSize: number,
  ) {
    this.name = peers.every(({ engine }) => engine.name === "wasm") ? "wasm" : "tfjs";
  }

  /** Each model in turn; one that comes later listens to those before as they are after their step. */
  step({ x }: LabelledRows, order: Uint32Array, start: number, end: number, step: number): StepResult {
    const result = { loss: 0, correct: 0 };
    for (const peer of this.peers) peer.logits = null;
    for (const peer of this.peers) {
      this.listen(peer, peer.data.y, x, order, start, end);
      const { loss, correct } = peer.engine.step(peer.data, order, start, end, step);
      peer.logits = null;
      peer.sums.loss += loss * (end - start);
      peer.sums.correct += correct;
      peer.sums.samples += end - start;
      result.loss += loss / this.peers.length;
      result.correct += correct / this.peers.length;
    }
    return result;
  }

  /** Writes what the others say of a batch into the targets of a model that listens. */
  private listen(peer: Peer, { values, size }: Rows, x: Rows, order: Uint32Array, start: number, end: number): void {
    const { temperature } = peer;
    if (temperature === null) return;
    const { classes } = this;
    const shape: [number, number] = [end - start, classes];
    const others = this.peers.filter((other) => other !== peer);
    const said = others.map((other) => asLogits({ values: (other.logits ??= other.engine.outputs(x, order, start, end).slice()), shape }));
    const { values: logits } = said.length === 1 ? said[0] : ensembleLogits(said, { temperature });
    for (let i = 0; i < end - start; i++) {
      values.set(logits.subarray(i * classes, (i + 1) * classes), order[start + i] * size + classes);
    }
  }

  endEpoch(): void {
    for (const peer of this.peers) {
      peer.engine.endEpoch();
      const { loss, correct, samples } = peer.sums;
      peer.sums = { loss: 0, correct: 0, samples: 0 };
      note(peer, "", { loss: loss / samples, accuracy: correct / samples });
    }
  }

  /** Evaluates all of them; what it gives back is their mean. */
  evaluate(): Evaluation {
    const mean = { loss: 0, accuracy: 0 };
    for (const peer of this.peers) {
      const { x, y } = peer.validation as LabelledRows;
      const order = Uint32Array.from({ length: x.count }, (_, i) => i);
      for (let start = 0; start < x.count; start += this.batchSize) {
        for (const other of this.peers) other.logits = null;
        this.listen(peer, y, x, order, start, Math.min(start + this.batchSize, x.count));
      }
      const { loss, accuracy = NaN } = peer.engine.evaluate(peer.validation as LabelledRows);
      note(peer, "val_", { loss, accuracy });
      mean.loss += loss / this.peers.length;
      mean.accuracy += accuracy / this.peers.length;
    }
    return mean;
  }

  finish(): void {
    for (const { engine } of this.peers) engine.finish();
  }
}

function note({ history, hasAccuracy }: Peer, prefix: string, { loss, accuracy }: { loss: number; accuracy: number }): void {
  (history[`${prefix}loss`] ??= []).push(loss);
  if (hasAccuracy) (history[`${prefix}accuracy`] ??= []).push(accuracy);
}
