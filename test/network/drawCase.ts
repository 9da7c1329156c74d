import type * as tf from "@tensorflow/tfjs";
import { createRandom } from "../../lib/data/random.js";
import { compiled } from "../../lib/training/compiled.js";
import type { Compiled } from "../../lib/training/compiled.js";
import type { LabelledRows } from "../../lib/training/engine.js";
import type { TrainingPass } from "../../lib/training/forward.js";
import type { Loss } from "../../lib/network/loss.js";
import type { Architecture } from "./architecture.js";
import { buildModel } from "./buildModel.js";
import { drawData, keepRows } from "./drawData.js";
import { clearRows } from "./oracle.js";

/** A random network with samples that keep clear of every boundary. */
export interface Case {
  model: tf.LayersModel;
  info: Compiled;
  loss: Loss;
  /** Draws samples for the model as it is now; null when too few are clear of a boundary. */
  draw: (pass: TrainingPass) => LabelledRows | null;
}

/** Draws the weights of a network; its samples follow, for a step at a time. */
export function drawCase(architecture: Architecture): Case {
  const random = createRandom(architecture.seed);
  const model = buildModel(architecture, random);
  const info = compiled(model);
  const loss = info.described as Loss;
  const draw = (pass: TrainingPass): LabelledRows | null => {
    let data = drawData(architecture, loss, 3 * architecture.batch, random);
    // Whoever is left out moves the others: the means of a batch, the masks of dropout.
    for (let round = 0; round < 8; round++) {
      const clear = clearRows(model, info, data, pass);
      if (clear.length === 0) return null;
      if (clear.length === data.x.count && clear.length <= architecture.batch) return data;
      data = keepRows(data, clear.slice(0, architecture.batch));
    }
    return null;
  };
  return { model, info, loss, draw };
}

/** The samples as a batch, in order. */
export const asBatch = (data: LabelledRows): LabelledRows & { order: Uint32Array; start: number; end: number } => ({
  ...data,
  order: Uint32Array.from({ length: data.x.count }, (_, i) => i),
  start: 0,
  end: data.x.count,
});
