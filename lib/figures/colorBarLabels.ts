import { THEME } from "./theme.js";

/** A label beside a colour scale. */
export interface ColorBarLabel {
  /** Where it stands on the scale. */
  value: number;
  /** Plain text. */
  text: string;
  bold?: boolean;
}

const MOST_STEPS = 6;
const LABEL_HEIGHT = THEME.smallSize + 4;

/**
 * Gives the labels of a vertical colour scale: those that are wanted, and round numbers between them.
 *
 * @param range values at the lower and the upper end of the scale.
 * @param height of the scale in pixels.
 * @param wanted the most important first; one that would touch another before it is left out.
 */
export function colorBarLabels(
  range: readonly [number, number],
  height: number,
  wanted: readonly ColorBarLabel[] = [],
): ColorBarLabel[] {
  const labels: ColorBarLabel[] = [];
  for (const label of [...wanted, ...roundNumbers(range)]) {
    const pixels = ({ value }: ColorBarLabel): number => ((value - label.value) / (range[1] - range[0])) * height;
    if (labels.every((other) => Math.abs(pixels(other)) >= LABEL_HEIGHT)) labels.push(label);
  }
  return labels;
}

function roundNumbers([low, high]: readonly [number, number]): ColorBarLabel[] {
  const power = 10 ** Math.floor(Math.log10((high - low) / MOST_STEPS));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((size) => (high - low) / size <= MOST_STEPS)!;
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const labels: ColorBarLabel[] = [];
  for (let count = Math.ceil(low / step - 1e-9); count * step <= high * (1 + 1e-12); count++) {
    labels.push({ value: count * step, text: (count * step).toFixed(digits) });
  }
  return labels;
}
