import { bernoulli } from "./bernoulli.js";
import { binary } from "./binary.js";
import { codebook } from "./codebook.js";
import { parseCall } from "./parseCall.js";
import type { PythonValue } from "./parseCall.js";
import { quantizedAffine } from "./quantizedAffine.js";
import { quantizedBits } from "./quantizedBits.js";
import { quantizedHswish } from "./quantizedHswish.js";
import { quantizedPo2 } from "./quantizedPo2.js";
import { quantizedRelu } from "./quantizedRelu.js";
import { quantizedReluPo2 } from "./quantizedReluPo2.js";
import { quantizedSigmoid } from "./quantizedSigmoid.js";
import { quantizedTanh } from "./quantizedTanh.js";
import { quantizedUlaw } from "./quantizedUlaw.js";
import { Quantizer } from "./quantizer.js";
import { stochasticBinary } from "./stochasticBinary.js";
import { stochasticTernary } from "./stochasticTernary.js";
import { ternary } from "./ternary.js";

/** Whatever names a quantizer: the object, QKeras's string, or `{className, config}`. */
export type QuantizerIdentifier = Quantizer | string | { className: string; config: Record<string, unknown> };

type Arguments = Record<string, PythonValue>;

interface Entry {
  /** Python's names of the arguments, in the order of QKeras's signature; then those that QKeras does not have. */
  parameters: string[];
  /** Makes the quantizer from what was given, under TypeScript's names. */
  create: (given: Arguments) => Quantizer;
}

type Bits = number | undefined;

const quantizers: Record<string, Entry> = {
  quantized_bits: {
    parameters: [
      "bits", "integer", "symmetric", "keep_negative", "alpha", "use_stochastic_rounding", "scale_axis",
      "qnoise_factor", "var_name", "use_ste", "seed",
    ],
    create: ({ bits, integer, ...options }) => {
      if (typeof options.keepNegative === "number") options.keepNegative = Boolean(options.keepNegative);
      return quantizedBits(bits as Bits, integer as Bits, options);
    },
  },
  quantized_relu: {
    parameters: [
      "bits", "integer", "use_sigmoid", "negative_slope", "use_stochastic_rounding", "relu_upper_bound",
      "is_quantized_clip", "qnoise_factor", "var_name", "use_ste", "seed",
    ],
    create: ({ bits, integer, ...options }) => quantizedRelu(bits as Bits, integer as Bits, options),
  },
  quantized_ulaw: {
    parameters: ["bits", "integer", "symmetric", "u"],
    create: ({ bits, integer, ...options }) => quantizedUlaw(bits as Bits, integer as Bits, options),
  },
  quantized_hswish: {
    // QKeras has no keep_negative here, but writes it into the config.
    parameters: [
      "bits", "integer", "symmetric", "alpha", "use_stochastic_rounding", "scale_axis", "qnoise_factor", "var_name", "use_ste",
      "use_variables", "relu_shift", "relu_upper_bound", "keep_negative", "seed",
    ],
    create: ({ bits, integer, keepNegative = true, useVariables: _useVariables, ...options }) => {
      if (!keepNegative) throw new RangeError("quantized_hswish: expected keep_negative to be true, for the curve is negative below 0.");
      return quantizedHswish(bits as Bits, integer as Bits, options);
    },
  },
  quantized_tanh: {
    parameters: ["bits", "use_stochastic_rounding", "symmetric", "use_real_tanh"],
    create: ({ bits, ...options }) => quantizedTanh(bits as Bits, options),
  },
  quantized_sigmoid: {
    parameters: ["bits", "symmetric", "use_real_sigmoid", "use_stochastic_rounding"],
    create: ({ bits, ...options }) => quantizedSigmoid(bits as Bits, options),
  },
  quantized_po2: {
    parameters: [
      "bits", "max_value", "use_stochastic_rounding", "quadratic_approximation", "log2_rounding", "qnoise_factor",
      "var_name", "use_ste",
    ],
    create: ({ bits, ...options }) => quantizedPo2(bits as Bits, options),
  },
  quantized_relu_po2: {
    parameters: [
      "bits", "max_value", "negative_slope", "use_stochastic_rounding", "quadratic_approximation", "log2_rounding",
      "qnoise_factor", "var_name", "use_ste",
    ],
    create: ({ bits, ...options }) => quantizedReluPo2(bits as Bits, options),
  },
  binary: {
    parameters: ["use_01", "alpha", "use_stochastic_rounding"],
    create: (options) => binary(options),
  },
  ternary: {
    parameters: ["alpha", "threshold", "use_stochastic_rounding", "number_of_unrolls"],
    create: (options) => ternary(options),
  },
  // Not one of QKeras's.
  quantized_affine: {
    parameters: ["bits", "signed", "symmetric", "axis", "min", "max", "scale", "zero_point"],
    create: (options) => quantizedAffine(options),
  },
  // Not one of QKeras's.
  codebook: { parameters: ["centroids"], create: ({ centroids }) => codebook({ centroids: centroids as number[] }) },
  stochastic_binary: {
    parameters: ["alpha", "temperature", "use_real_sigmoid", "seed"],
    create: (options) => stochasticBinary(options),
  },
  stochastic_ternary: {
    parameters: ["alpha", "threshold", "temperature", "use_real_sigmoid", "number_of_unrolls", "seed"],
    create: (options) => stochasticTernary(options),
  },
  bernoulli: {
    parameters: ["alpha", "temperature", "use_real_sigmoid", "seed"],
    create: (options) => bernoulli(options),
  },
};

const toCamelCase = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The quantizers that round at random when `use_stochastic_rounding` says so. */
const stochasticallyRounding: readonly string[] = ["quantized_bits", "quantized_relu", "quantized_hswish"];

/** Hands the arguments over, but for those that promise what is not kept here or that have no meaning here. */
function create(name: string, args: Arguments): Quantizer {
  const { use_stochastic_rounding: stochastic, var_name: _variableName, ...given } = args;
  if (stochasticallyRounding.includes(name)) {
    if (stochastic !== undefined) given.use_stochastic_rounding = stochastic;
  } else if (stochastic) {
    throw new RangeError(`${name}: stochastic rounding is not available; leave use_stochastic_rounding out.`);
  }
  return quantizers[name].create(Object.fromEntries(Object.entries(given).map(([key, value]) => [toCamelCase(key), value])));
}

function fromArguments(name: string, positional: PythonValue[], named: Arguments): Quantizer {
  if (!Object.hasOwn(quantizers, name)) {
    throw new RangeError(`Expected a quantizer, one of ${Object.keys(quantizers).join(", ")}, but found "${name}".`);
  }
  const { parameters } = quantizers[name];
  if (positional.length > parameters.length) {
    throw new SyntaxError(`${name} takes at most ${parameters.length} arguments but ${positional.length} were given.`);
  }
  const args: Arguments = Object.fromEntries(positional.map((value, i) => [parameters[i], value]));
  for (const [key, value] of Object.entries(named)) {
    if (!parameters.includes(key)) {
      throw new SyntaxError(`${name} has no argument "${key}"; it has ${parameters.join(", ")}.`);
    }
    if (key in args) throw new SyntaxError(`${name} was given "${key}" twice.`);
    args[key] = value;
  }
  return create(name, args);
}

/** tfjs turns every name and string of a loaded model's config into camelCase; this turns them back. */
const toSnakeCase = (name: string): string => name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The one of Python's names that is meant; a digit, as in use_01, leaves no capital to turn back. */
const pythonName = (name: string, known: string[]): string => known.find((python) => toCamelCase(python) === toCamelCase(name)) ?? name;

function fromConfig(className: string, config: Record<string, unknown>): Quantizer {
  const quantizer = pythonName(className, Object.keys(quantizers));
  const parameters = quantizers[quantizer]?.parameters ?? [];
  const args = Object.entries(config).map(([key, value]) => [
    pythonName(key, parameters),
    typeof value === "string" ? toSnakeCase(value) : value,
  ]);
  return fromArguments(quantizer, [], Object.fromEntries(args) as Arguments);
}

/**
 * The quantizer that QKeras's string names (QKeras: `get_quantizer`).
 *
 * @param identifier A string such as `"quantized_bits(8,3,alpha=1)"` in Python's notation, positional
 *   arguments first; `{className, config}` as `getConfig` gives it; or a quantizer, which comes back.
 * @throws {SyntaxError} When the string cannot be read or names an unknown argument.
 * @throws {RangeError} When the quantizer is unknown or a value is out of range.
 * @example
 * const quantizer = getQuantizer("quantized_bits(8,3,alpha=1)");
 * quantizer.apply(tf.tensor1d([0.03, 9])).dataSync(); // [0, 7.9375]
 */
export function getQuantizer(identifier: QuantizerIdentifier): Quantizer {
  if (identifier instanceof Quantizer) return identifier;
  if (typeof identifier === "string") {
    const { name, positional, named } = parseCall(identifier);
    return fromArguments(name, positional, named);
  }
  if (typeof identifier?.className === "string" && typeof identifier.config === "object") {
    return fromConfig(identifier.className, identifier.config);
  }
  throw new TypeError(`Expected a quantizer, its string or {className, config} but found ${JSON.stringify(identifier)}.`);
}
