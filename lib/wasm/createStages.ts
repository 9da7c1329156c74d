import type { Network, NetworkLayer } from "../network/network.js";
import { weightsOfLayer } from "../network/weightsOf.js";
import type { Arena } from "./arena.js";
import { allocateSignal, roundUp } from "./signal.js";
import type { Signal } from "./signal.js";
import { ActivationStage } from "./stages/activation.js";
import { BatchNormalizationStage } from "./stages/batchNormalization.js";
import { DenseStage } from "./stages/dense.js";
import { DropoutStage } from "./stages/dropout.js";
import { QuantizedActivationStage } from "./stages/quantizedActivation.js";
import type { Stage } from "./stages/stage.js";

/** A network's layers in the kernels' memory, from the signal that takes the data to the one with the outputs. */
export interface Stages {
  input: Signal;
  output: Signal;
  stages: Stage[];
  /** Index of the first stage that needs the gradient of its output. */
  firstTrainable: number;
  branches: BranchStages[];
}

/** A branch: its stages read what the network's stage of index `after` gives. */
export interface BranchStages {
  after: number;
  /** What that stage gives. */
  read: Signal;
  /** The same numbers with a gradient of their own, which is added to the one of `read`; none where nobody needs it. */
  input: Signal;
  output: Signal;
  stages: Stage[];
  /** Index of the first stage that needs the gradient of its output, -1 for none. */
  firstTrainable: number;
}

const isTrainable = (layer: NetworkLayer): boolean => weightsOfLayer(layer).some(({ trainable }) => trainable);

/** Makes room for a network and for batches of at most `batch` samples. */
export function createStages(arena: Arena, { inputs, layers, branches = [] }: Network, batch: number): Stages {
  const firstTrainable = layers.findIndex(isTrainable);
  const input = allocateSignal(arena, inputs, batch, false);
  let dropouts = 0;

  /** The stages of a chain, and the signals behind each; those from `first` on need gradients, none if it is below 0. */
  const chain = (from: Signal, of: NetworkLayer[], first: number, seesData: boolean): { stages: Stage[]; signals: Signal[] } => {
    const signals: Signal[] = [];
    let denseSeesData = seesData;
    const stages = of.map((layer, i): Stage => {
      const x = signals[i - 1] ?? from;
      const y = allocateSignal(arena, layer.kind === "dense" ? layer.units : x.columns, batch, first >= 0 && i >= first);
      signals.push(y);
      switch (layer.kind) {
        case "dense": {
          const stage = new DenseStage(arena, layer, x, y, batch, denseSeesData);
          denseSeesData = false;
          return stage;
        }
        case "activation":
          if (typeof layer.activation === "string") return new ActivationStage(arena, layer.activation, x, y);
          if (layer.activation.kind === "autoScale") throw new TypeError("Expected an activation without automatic scale.");
          return new QuantizedActivationStage(arena, layer.activation, x, y);
        case "dropout":
          return new DropoutStage(arena, layer.rate, dropouts++, x, y, batch);
        case "batchNormalization":
          return new BatchNormalizationStage(arena, layer, x, y, batch);
      }
    });
    return { stages, signals };
  };

  const main = chain(input, layers, firstTrainable, true);
  const output = main.signals.at(-1) ?? input;
  const branched = branches.map(({ after, layers: own }): BranchStages => {
    const read = main.signals[after];
    const copy = { ...read, gradient: read.gradient && arena.allocate(roundUp(batch, 4) * read.stride) };
    const first = copy.gradient ? 0 : own.findIndex(isTrainable);
    const { stages, signals } = chain(copy, own, first, false);
    return { after, read, input: copy, output: signals.at(-1) ?? copy, stages, firstTrainable: first };
  });
  return { input, output, stages: main.stages, firstTrainable, branches: branched };
}
