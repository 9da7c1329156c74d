import { energyAt } from "./energyProcess.js";
import type { EnergyProcess } from "./energyProcess.js";

/** Where numbers lie: outside the chip, in a memory on it, or wired in, which costs nothing to read. */
export type Memory = "dram" | "sram" | "fixed";

/** What moving numbers depends on. */
export interface MemoryModel {
  process: EnergyProcess;
  /** The least size of an SRAM in bits. */
  minSramSize: number;
  /** Whether what goes through DRAM is written to SRAM, or read from it, too. */
  rdWrOnIo: boolean;
}

/**
 * Energy in pJ of reading or writing so many bits (QTools: `memory_read_energy`, `memory_write_energy`): SRAM moves 64
 * bits at a time, and costs the more the larger it is.
 */
export function memoryEnergy(bits: number, memory: Memory, { process, minSramSize, rdWrOnIo }: MemoryModel): number {
  const sram = (): number => Math.ceil(bits / 64) * energyAt(process.sramRd, Math.log2(Math.max(bits, minSramSize)));
  if (memory === "fixed") return 0;
  if (memory === "sram") return sram();
  return energyAt(process.dramRd, bits) + (rdWrOnIo ? sram() : 0);
}
