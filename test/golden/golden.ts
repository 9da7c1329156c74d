import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { QToolsEnergy } from "./qtools.js";

export interface GoldenTensor {
  shape: number[];
  data: number[];
}

export interface GoldenQuantizer {
  quantizer: string;
  args: Record<string, number | string | boolean | null>;
  input: string;
  str?: string;
  str_error?: string;
  output: number[];
  grad: number[] | { all: number };
  scale?: GoldenTensor | number | false;
  max: number;
  min?: number;
  min_error?: string;
  range?: number[];
  range_error?: string;
  config: Record<string, unknown>;
}

export interface GoldenParse {
  string: string;
  cls: string;
  config: Record<string, unknown>;
  str: string;
  as_QDense_kernel: string;
  as_QDense_bias: string;
  kernel_clip: [number, number];
}

export interface GoldenSchedule {
  schedule: "PolynomialDecay" | "ConstantSparsity";
  args: Record<string, number>;
  steps: number[];
  prune: number[];
  sparsity: number[];
  error?: string;
}

export interface GoldenMask {
  weights: string;
  sparsity: number;
  block_size: [number, number];
  block_pooling_type: "AVG" | "MAX";
  sparsity_m_by_n: [number, number] | null;
  mask: number[];
  kept: number;
  threshold?: number;
}

export interface GoldenTrace {
  kind: string;
  optimizer: ["SGD" | "Adam", { learning_rate: number }];
  kernel_and_bias_quantizer: string | null;
  activation: string;
  prune: [string, Record<string, number>] | null;
  batch: number;
  batches_per_epoch: number;
  epochs: number;
  x: GoldenTensor;
  y: GoldenTensor;
  init: GoldenTensor[];
  loss_per_batch_running_mean_of_epoch: number[];
  weights_after_batch: Record<string, number[][]>;
  masks_after_batch: number[][][];
  final_weights: GoldenTensor[];
  final_predict: number[];
}

export interface GoldenQStats {
  name: string;
  sizes: number[];
  n_in: number;
  kernel_quantizer: string;
  bias_quantizer: string;
  activation: string;
  weights: GoldenTensor[];
  print_qstats: string;
  qtools_source_quantizer: string;
  /** QTools's `qtools_stats`, by layer. */
  qtools_map: Record<string, {
    multiplier?: { bits: number; op_type: string };
    accumulator?: { bits: number };
    output_quantizer: { bits: number };
    operation_count: number;
  }>;
  /** QTools's `pe()`, by what it was told about memories. */
  qtools_energy: Record<string, QToolsEnergy>;
}

/** The loss of distillation on logits. */
export interface GoldenDistillation {
  T: number;
  alpha: number;
  teacher_logits: GoldenTensor;
  student_logits: GoldenTensor;
  labels: GoldenTensor;
  ce: number;
  kl: number;
  loss: number;
  grad_student_logits: number[];
}

interface Golden {
  inputs: Record<string, GoldenTensor>;
  quantizers: GoldenQuantizer[];
  parse: GoldenParse[];
  qinitializer: {
    quantizer: string;
    args: Record<string, number>;
    initializer_scale: number;
    x: GoldenTensor;
    new_scale: number;
    output: GoldenTensor;
  }[];
  schedules: GoldenSchedule[];
  mask_weights: Record<string, GoldenTensor>;
  masks: GoldenMask[];
  traces: GoldenTrace[];
  qstats: GoldenQStats[];
  kd: GoldenDistillation[];
}

export const golden: Golden = JSON.parse(readFileSync(join(__dirname, "qkeras-tfmot.json"), "utf8")) as Golden;
