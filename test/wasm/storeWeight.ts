import type { Weight } from "../../lib/network/network.js";
import type { NumberFormat } from "../../lib/quantizers/numberFormat.js";
import { Arena } from "../../lib/wasm/arena.js";
import { StoredWeight } from "../../lib/wasm/storedWeight.js";

/** A weight in a memory of its own. */
export function storeWeight(
  values: Float32Array,
  shape: number[],
  format: NumberFormat | null = null,
): { arena: Arena; stored: StoredWeight } {
  const weight: Weight = {
    name: "weight",
    values,
    shape,
    trainable: true,
    format,
    limit: null,
    constraint: null,
    regularizer: null,
    pruning: null,
  };
  const arena = new Arena();
  const stored = new StoredWeight(arena, weight);
  stored.place(arena.allocate(stored.size), arena.allocate(stored.size));
  return { arena, stored };
}

/** What lies at an address beyond a weight's own rows and columns. */
export function paddingAt(
  { rows, columns, panelRows, size }: Pick<StoredWeight, "rows" | "columns" | "panelRows" | "size">,
  arena: Arena,
  address: number,
): number[] {
  return [...arena.at(address, size)].filter((_, i) => {
    const [panel, row, column] = [Math.floor(i / 8 / panelRows), Math.floor(i / 8) % panelRows, i % 8];
    return row >= rows || panel * 8 + column >= columns;
  });
}
