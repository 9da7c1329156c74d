/**
 * Does something with the numbers of several layers as if they were one tensor.
 *
 * @param layers Numbers of each layer.
 * @param choose Gives as many numbers as it gets.
 * @returns Its numbers, by layer as they came.
 * @example
 * acrossLayers([Float32Array.of(3, 1), Float32Array.of(2, 4)], (all) => magnitudeMask(all, 0.5)); // [[1, 0], [0, 1]]
 */
export function acrossLayers(layers: readonly Float32Array[], choose: (all: Float32Array) => Float32Array): Float32Array[] {
  const all = new Float32Array(layers.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const layer of layers) {
    all.set(layer, end);
    end += layer.length;
  }
  const chosen = choose(all);
  end = 0;
  return layers.map(({ length }) => chosen.slice(end, (end += length)));
}
