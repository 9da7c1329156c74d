import fc from "fast-check";
import type { PruningPattern } from "../../lib/pruning/pruningPattern.js";

/** A layer of a random network; activations are Keras's names or QKeras's strings. */
export type LayerSpec =
  | {
      kind: "dense";
      units: number;
      useBias: boolean;
      activation: string;
      regularizer: { l1: number; l2: number } | null;
      constraint: string;
      frozen: boolean;
    }
  | {
      kind: "qDense";
      units: number;
      useBias: boolean;
      activation: string;
      kernelQuantizer: string;
      biasQuantizer: string;
      frozen: boolean;
    }
  | { kind: "activation" | "qActivation"; activation: string }
  | { kind: "reLU" }
  | { kind: "dropout"; rate: number }
  | { kind: "batchNormalization"; momentum: number; epsilon: number; regularized: boolean; frozen: boolean };

/** A loss and the activation that the last layer has for it. */
export interface Head {
  loss: string;
  activation: string;
  units: number;
}

/** What a random network and its data are drawn from. */
export interface Architecture {
  form: "sequential" | "functional" | "nested";
  /** Shape of a sample; of two axes there is a Flatten. */
  inputShape: number[];
  /** Share of zeros among the inputs. */
  zeros: number;
  inputQuantizer: string;
  layers: LayerSpec[];
  head: Head;
  headQuantizer: string;
  pruning: "none" | "exact" | "tfmot";
  pattern: Partial<PruningPattern>;
  weighting: "none" | "sample" | "class";
  batch: number;
  seed: number;
}

/** No activation, constraint or quantizer. */
export const NONE = "";
const alphas = fc.constantFrom("1", "0.5", "2", "-1", "0.7");
const automatic = fc.constantFrom("'auto'", "'auto_po2'");

/** Every quantizer of the library, each of its options in turn. */
export const quantizers: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: -1, max: 2 }), fc.constantFrom(0, 1), alphas)
      .map(([bits, integer, symmetric, alpha]) => `quantized_bits(${bits},${integer},${symmetric},alpha=${alpha})`),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.integer({ min: 2, max: 6 }), fc.integer({ min: -1, max: 2 }), automatic)
      .map(([bits, integer, alpha]) => `quantized_bits(${bits},${integer},alpha=${alpha})`),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 3 }))
      .map(([bits, integer]) => `quantized_relu(${bits},${integer})`),
  },
  fc.constantFrom(
    "quantized_bits(4,0)",
    "quantized_bits(4,1,keep_negative=False,alpha=1)",
    "quantized_bits(1,0,keep_negative=False,alpha=1)",
    "quantized_bits(4,0,alpha=1,qnoise_factor=0.5)",
    "quantized_bits(4,0,alpha=1,qnoise_factor=0.5,use_ste=False)",
    "quantized_relu(4,1,negative_slope=0.25)",
    "quantized_relu(4,1,use_sigmoid=1)",
    "quantized_relu(4,1,relu_upper_bound=1.5,is_quantized_clip=False)",
    "quantized_relu(4,1,qnoise_factor=0.5)",
  ),
  fc.constantFrom(
    "quantized_affine(4,min=-0.7,max=1.3)",
    "quantized_affine(8,min=0,max=1.9)",
    "quantized_affine(3,signed=False,scale=0.25,zero_point=3)",
    "quantized_affine(5,symmetric=True,min=-1,max=1)",
  ),
  fc
    .oneof(alphas, automatic)
    .chain((alpha) => fc.constantFrom(`binary(alpha=${alpha})`, `binary(use_01=True,alpha=${alpha})`, `ternary(alpha=${alpha})`)),
  fc.constantFrom("binary()", "ternary()", "ternary(alpha=1,threshold=0.5)", "ternary(alpha='auto',number_of_unrolls=2)"),
  fc.constantFrom(
    "quantized_po2(4)",
    "quantized_po2(3,max_value=1)",
    "quantized_po2(4,quadratic_approximation=True)",
    "quantized_po2(4,log2_rounding='floor')",
  ),
  fc.constantFrom("quantized_relu_po2(3)", "quantized_relu_po2(3,max_value=1)", "quantized_relu_po2(3,negative_slope=0.25)"),
  fc.constantFrom(
    "quantized_tanh(4)",
    "quantized_tanh(5,use_real_tanh=True)",
    "quantized_sigmoid(4)",
    "quantized_sigmoid(5,use_real_sigmoid=True)",
  ),
);

const activations = fc.constantFrom("relu", "sigmoid", "tanh", "softmax", "linear");
const units = fc.integer({ min: 1, max: 40 });
const constraints = fc.constantFrom(NONE, NONE, "nonNeg", "maxNorm", "unitNorm", "minMaxNorm");
const frozen = fc.constantFrom(false, false, false, true);
const regularizers = fc.constantFrom(null, null, { l1: 0.02, l2: 0 }, { l1: 0, l2: 0.03 }, { l1: 0.01, l2: 0.02 });
const orNone = (arbitrary: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.oneof(fc.constant(NONE), arbitrary);

const layers: fc.Arbitrary<LayerSpec> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("dense" as const),
      units,
      useBias: fc.boolean(),
      activation: activations,
      regularizer: regularizers,
      constraint: constraints,
      frozen,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("qDense" as const),
      units,
      useBias: fc.boolean(),
      activation: fc.oneof(activations, quantizers),
      kernelQuantizer: orNone(quantizers),
      biasQuantizer: orNone(quantizers),
      frozen,
    }),
  },
  fc.record({ kind: fc.constant("activation" as const), activation: activations }),
  fc.constant({ kind: "reLU" as const }),
  fc.record({ kind: fc.constant("qActivation" as const), activation: quantizers }),
  fc.record({ kind: fc.constant("dropout" as const), rate: fc.constantFrom(0, 0.2, 0.5) }),
  fc.record({
    kind: fc.constant("batchNormalization" as const),
    momentum: fc.constantFrom(0.9, 0.99),
    epsilon: fc.constantFrom(1e-3, 1e-2),
    regularized: fc.boolean(),
    frozen,
  }),
);

const classes = fc.integer({ min: 2, max: 12 });
const heads: fc.Arbitrary<Head> = fc.oneof(
  fc.record({
    loss: fc.constantFrom("categoricalCrossentropy", "sparseCategoricalCrossentropy"),
    activation: fc.constantFrom("softmax", "sigmoid"),
    units: classes,
  }),
  fc.record({ loss: fc.constant("binaryCrossentropy"), activation: fc.constant("sigmoid"), units }),
  fc.record({ loss: fc.constant("meanSquaredError"), activation: fc.constantFrom("linear", "tanh"), units }),
  fc.record({ loss: fc.constantFrom("softmaxCrossEntropy", "distillation"), activation: fc.constant("linear"), units: classes }),
  // The loss is of the logits here too.
  fc.record({ loss: fc.constant("distillation"), activation: fc.constant("softmax"), units: classes }),
);

/** Random chains of layers with everything the kernels know. */
export const architectures: fc.Arbitrary<Architecture> = fc
  .record({
    form: fc.constantFrom("sequential" as const, "sequential" as const, "functional" as const, "nested" as const),
    inputShape: fc.oneof(
      units.map((n) => [n]),
      fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })).map(([a, b]) => [a, b]),
    ),
    zeros: fc.constantFrom(0, 0.5, 0.8),
    inputQuantizer: fc.constantFrom(NONE, NONE, "quantized_bits(4,1,alpha=1)"),
    layers: fc.array(layers, { maxLength: 4 }),
    head: heads,
    headQuantizer: fc.constantFrom(NONE, NONE, "quantized_bits(6,0,alpha=1)", "quantized_bits(4,0,alpha='auto_po2')"),
    pruning: fc.constantFrom("none" as const, "none" as const, "exact" as const, "tfmot" as const),
    pattern: fc.constantFrom<Partial<PruningPattern>[]>(
      {},
      { scope: "global" },
      { blockSize: [2, 3] },
      { blockSize: [4, 1], blockPoolingType: "MAX" },
      { sparsityMByN: [2, 4] },
    ),
    weighting: fc.constantFrom("none" as const, "none" as const, "sample" as const, "class" as const),
    batch: fc.integer({ min: 1, max: 20 }),
    seed: fc.nat(1e6),
  })
  .map((drawn) => {
    // A Flatten comes first; what is pruned is a layer of the model itself.
    const inputQuantizer = drawn.inputShape.length === 1 ? drawn.inputQuantizer : NONE;
    return { ...drawn, inputQuantizer, pruning: drawn.form === "nested" ? ("none" as const) : drawn.pruning };
  });

/** A network in a few words, for the message of a test that fails. */
export function textOf({ form, inputShape, zeros, inputQuantizer, layers, head, headQuantizer, ...rest }: Architecture): string {
  const described = layers.map(({ kind, ...options }) => {
    const parts = Object.entries(options).filter(([, value]) => value !== NONE && value !== null && value !== false);
    return `${kind}(${parts.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(", ")})`;
  });
  const { pruning, weighting, batch, seed } = rest;
  return [
    `${form}, samples [${inputShape}] with ${zeros * 100} % zeros${inputQuantizer && ` in ${inputQuantizer}`}`,
    ...described,
    `dense(units: ${head.units}, ${head.activation}${headQuantizer && `, ${headQuantizer}`}), ${head.loss}`,
    `pruning ${pruning}, weights ${weighting}, batch ${batch}, seed ${seed}`,
  ].join(" → ");
}
