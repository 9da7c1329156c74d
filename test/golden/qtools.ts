import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { QEnergyOptions } from "../../lib/measure/qEnergy.js";
import type { DenseNet } from "../measure/denseNet.js";

/** What QTools's `pe()` gives: pJ with two digits behind the point, and the whole sum cut to an integer. */
export type QToolsEnergy = Record<string, { energy: Record<"inputs" | "outputs" | "parameters" | "op_cost", number> }> & { total_cost: number };

/** A net, what QTools was told, and what it said. */
export interface QToolsCase extends DenseNet {
  name: string;
  options: QEnergyOptions;
  energy: QToolsEnergy;
  /** What `print_qstats` calls the multiplications of each layer; none of a float net. */
  operations: Record<string, string>;
  /** Of the lecture's net what `print_qstats` prints, with the weights of `fillWeights`. */
  printed?: string;
}

export const qtools: QToolsCase[] = JSON.parse(readFileSync(join(__dirname, "qtools.json"), "utf8")) as QToolsCase[];
