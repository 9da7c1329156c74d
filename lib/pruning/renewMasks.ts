import { dueMasks } from "./dueMasks.js";
import type { PruneLowMagnitude } from "./pruneLowMagnitudeLayer.js";

/**
 * What happens to pruned layers before a training step: masks that are due are renewed, and kernels masked where the
 * behaviour wants that now.
 *
 * @param step Steps count from 1.
 */
export function renewMasks(layers: readonly PruneLowMagnitude[], step: number): void {
  const due = dueMasks(layers, step);
  for (const layer of layers) {
    const mask = due.get(layer);
    if (mask) layer.setMask(mask);
    if (mask || layer.behaviour === "tfmot") layer.maskWeights();
  }
}
