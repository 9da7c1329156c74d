import { parseCall } from "./parseCall.js";
import type { PythonValue } from "./parseCall.js";
import { quantizedBits } from "./quantizedBits.js";
import type { QuantizedBitsOptions } from "./quantizedBits.js";
import { quantizedRelu } from "./quantizedRelu.js";
import type { QuantizedReluOptions } from "./quantizedRelu.js";
import { Quantizer } from "./quantizer.js";

/** Whatever names a quantizer: the object, QKeras's string, or `{className, config}`. */
export type QuantizerIdentifier = Quantizer | string | { className: string; config: Record<string, unknown> };

type Arguments = Record<string, PythonValue>;

interface Entry {
  /** Python's names of the arguments, in the order of QKeras's signature. */
  parameters: string[];
  create: (args: Arguments) => Quantizer;
}

/** Options under TypeScript's names; what was not given stays out, so that the defaults hold. */
function options<T>(args: Arguments, names: Record<string, string>): T {
  return Object.fromEntries(
    Object.entries(names).flatMap(([python, typescript]) => (python in args ? [[typescript, args[python]]] : [])),
  ) as T;
}

/** Refuses what is a promise of QKeras's signature that is not kept here. */
function refuseStochastic(name: string, args: Arguments): void {
  if (args.use_stochastic_rounding) {
    throw new RangeError(`${name}: stochastic rounding is not available; leave use_stochastic_rounding out.`);
  }
}

const quantizers: Record<string, Entry> = {
  quantized_bits: {
    parameters: [
      "bits", "integer", "symmetric", "keep_negative", "alpha", "use_stochastic_rounding", "scale_axis",
      "qnoise_factor", "var_name", "use_ste",
    ],
    create: (args) => {
      refuseStochastic("quantized_bits", args);
      const names = {
        symmetric: "symmetric",
        keep_negative: "keepNegative",
        alpha: "alpha",
        scale_axis: "scaleAxis",
        qnoise_factor: "qnoiseFactor",
        use_ste: "useSte",
      };
      const given = options<QuantizedBitsOptions>(args, names);
      if (typeof given.keepNegative === "number") given.keepNegative = Boolean(given.keepNegative);
      return quantizedBits(args.bits as number | undefined, args.integer as number | undefined, given);
    },
  },
  quantized_relu: {
    parameters: [
      "bits", "integer", "use_sigmoid", "negative_slope", "use_stochastic_rounding", "relu_upper_bound",
      "is_quantized_clip", "qnoise_factor", "var_name", "use_ste",
    ],
    create: (args) => {
      refuseStochastic("quantized_relu", args);
      const names = {
        use_sigmoid: "useSigmoid",
        negative_slope: "negativeSlope",
        relu_upper_bound: "reluUpperBound",
        is_quantized_clip: "isQuantizedClip",
        qnoise_factor: "qnoiseFactor",
        use_ste: "useSte",
      };
      const given = options<QuantizedReluOptions>(args, names);
      return quantizedRelu(args.bits as number | undefined, args.integer as number | undefined, given);
    },
  },
};

function fromArguments(name: string, positional: PythonValue[], named: Arguments): Quantizer {
  if (!Object.hasOwn(quantizers, name)) {
    throw new RangeError(`Expected a quantizer, one of ${Object.keys(quantizers).join(", ")}, but found "${name}".`);
  }
  const { parameters, create } = quantizers[name];
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
  return create(args);
}

/** tfjs turns every name and string of a loaded model's config into camelCase; this turns them back. */
const toSnakeCase = (name: string): string => name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function fromConfig(className: string, config: Record<string, unknown>): Quantizer {
  const args = Object.entries(config).map(([key, value]) => [
    toSnakeCase(key),
    typeof value === "string" ? toSnakeCase(value) : value,
  ]);
  return fromArguments(toSnakeCase(className), [], Object.fromEntries(args) as Arguments);
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
