/**
 * Gives the models that none beats in both size and accuracy, from the smallest up.
 *
 * Of models with the same size and accuracy the first one counts.
 *
 * @example
 * ```ts
 * paretoFront([{ bytes: 20, accuracy: 0.9 }, { bytes: 10, accuracy: 0.8 }, { bytes: 30, accuracy: 0.7 }]);
 * // [{ bytes: 10, accuracy: 0.8 }, { bytes: 20, accuracy: 0.9 }]
 * ```
 */
export function paretoFront<Model extends { bytes: number; accuracy: number }>(
  models: readonly Model[],
): Model[] {
  const rising = [...models].sort((a, b) => a.bytes - b.bytes || b.accuracy - a.accuracy);
  let best = Number.NEGATIVE_INFINITY;
  return rising.filter(({ accuracy }) => {
    if (accuracy <= best) return false;
    best = accuracy;
    return true;
  });
}
