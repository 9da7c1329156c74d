import type { Arena } from "../../wasm/arena.js";
import type { Requantization } from "../program.js";

/** Addresses of multipliers, 0 where there are none, and shifts, int32. */
export function placeRequantization(arena: Arena, requantization: Requantization): { multipliers: number; shifts: number } {
  const place = (numbers: Int32Array): number => {
    const address = arena.allocate(numbers.length);
    new Int32Array(arena.numbers.buffer, address, numbers.length).set(numbers);
    return address;
  };
  const multipliers = requantization.kind === "multiplier" ? place(requantization.multipliers) : 0;
  return { multipliers, shifts: place(requantization.shifts) };
}
