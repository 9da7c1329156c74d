import type { Network, NetworkLayer } from "../network/network.js";
import { weightsOfLayer } from "../network/weightsOf.js";
import type { Arena } from "./arena.js";
import { allocateSignal } from "./signal.js";
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
}

const isTrainable = (layer: NetworkLayer): boolean => weightsOfLayer(layer).some(({ trainable }) => trainable);

/** Makes room for a network and for batches of at most `batch` samples. */
export function createStages(arena: Arena, { inputs, layers }: Network, batch: number): Stages {
  const firstTrainable = layers.findIndex(isTrainable);
  const input = allocateSignal(arena, inputs, batch, false);
  let x = input;
  let dropouts = 0;
  let seesData = true;
  const stages = layers.map((layer, i): Stage => {
    const columns = layer.kind === "dense" ? layer.units : x.columns;
    const y = allocateSignal(arena, columns, batch, firstTrainable >= 0 && i >= firstTrainable);
    const from = x;
    x = y;
    switch (layer.kind) {
      case "dense": {
        const stage = new DenseStage(arena, layer, from, y, batch, seesData);
        seesData = false;
        return stage;
      }
      case "activation":
        if (typeof layer.activation === "string") return new ActivationStage(arena, layer.activation, from, y);
        if (layer.activation.kind === "autoScale") throw new TypeError("Expected an activation without automatic scale.");
        return new QuantizedActivationStage(arena, layer.activation, from, y);
      case "dropout":
        return new DropoutStage(arena, layer.rate, dropouts++, from, y, batch);
      case "batchNormalization":
        return new BatchNormalizationStage(arena, layer, from, y, batch);
    }
  });
  return { input, output: x, stages, firstTrainable };
}
