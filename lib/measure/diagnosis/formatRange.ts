import type { Quantizer } from "../../quantizers/quantizer.js";

/** The evenly spaced values that a format has, whatever the numbers are. */
export interface FormatRange {
  low: number;
  high: number;
  /** Distance of neighbouring values. */
  step: number;
}

const FAR = 1e30;

/** Whether the values of a quantizer are fixed, evenly spaced, and nearest to the numbers: no curve before them. */
function isFixedGrid(quantizer: Quantizer): boolean {
  const { className, bits } = quantizer;
  const config = quantizer.getConfig();
  switch (className) {
    case "quantized_bits":
      return bits > 1 && typeof config.alpha !== "string";
    case "quantized_relu":
      return !config.use_sigmoid && (config.is_quantized_clip !== false || config.relu_upper_bound === null);
    case "quantized_affine":
      return config.axis === null && (config.min !== null || config.scale !== null);
    default:
      return false;
  }
}

/** The range of a format, or null where the numbers decide it or the values are not evenly spaced. */
export function formatRange(quantizer: Quantizer): FormatRange | null {
  if (!isFixedGrid(quantizer)) return null;
  const { codes, step } = quantizer.encode(Float32Array.of(-FAR, FAR), [2]);
  return { low: codes[0] * step[0], high: codes[1] * step[0], step: step[0] };
}
