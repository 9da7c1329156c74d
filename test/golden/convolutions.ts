import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { GoldenTensor } from "./golden.js";

type Arguments = Record<string, number | number[] | string | null>;

interface GoldenConvolutions {
  quantizers: { kernel: GoldenTensor; cases: { quantizer: string; output: GoldenTensor; scale: GoldenTensor }[] };
  /** Gradients are those of the sum of the squared outputs. */
  convolutions: {
    layer: "QConv2D" | "QDepthwiseConv2D";
    args: Arguments;
    quantizer: string;
    x: GoldenTensor;
    weights: GoldenTensor[];
    output: GoldenTensor;
    gradients: GoldenTensor[];
  }[];
  /** Gradients are those of the sum of the squared outputs, each times its index, for the input, gamma and beta. */
  normalizations: {
    args: Arguments;
    x: GoldenTensor;
    weights: GoldenTensor[];
    inference: GoldenTensor;
    training: GoldenTensor;
    moving: GoldenTensor[];
    gradients: GoldenTensor[];
  }[];
  /** Of a convolution that folds a normalization: kernel, bias, gamma, beta, moving mean and variance, and the outputs when not trained. */
  folded: { layer: "QConv2D" | "QDepthwiseConv2D"; args: Arguments; x: GoldenTensor; weights: GoldenTensor[]; output: GoldenTensor }[];
  modelQuantize: {
    weights: GoldenTensor[];
    x: GoldenTensor;
    output: GoldenTensor;
    layers: { name: string; className: string; quantizers: string[]; activation: string }[];
  };
}

export const convolutions: GoldenConvolutions = JSON.parse(
  readFileSync(join(__dirname, "qkeras-convolutions.json"), "utf8"),
) as GoldenConvolutions;

/** Arguments under TypeScript's names. */
export const camelCase = (args: Arguments): Arguments =>
  Object.fromEntries(Object.entries(args).map(([key, value]) => [key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), value]));
