/** The compression methods that have a look of their own in every chart. */
export type Method =
  "baseline" | "postTraining" | "quantized" | "pruned" | "qap" | "distilled" | "combined" | "reference";

/** How a method is drawn: the same in every notebook and on every slide. */
export interface MethodStyle {
  /** What the method is called in legends. */
  readonly label: string;
  /** Line and marker colour, `#rrggbb`. */
  readonly color: string;
  /** The same colour, dark enough for text on white (contrast 4.5 or more, WCAG 2 level AA). */
  readonly textColor: string;
  /** The same colour, paler, for bars. */
  readonly barColor: string;
  /** Plotly dash of its lines. */
  readonly dash: string;
  /** Plotly marker symbol. */
  readonly symbol: string;
  /** Inside of its markers: the colour, or white for further series of the method. */
  readonly fill: string;
}

// Colours: Okabe and Ito, "Color Universal Design" (2008), which stay apart for colour-blind readers.
// Its yellow is left out, it is too faint on white. Dash and symbol tell the methods apart in grey.
const STYLES: Readonly<Record<Method, Omit<MethodStyle, "textColor" | "barColor" | "fill">>> = {
  baseline: { label: "float baseline", color: "#000000", dash: "solid", symbol: "circle" },
  postTraining: {
    label: "quantized after training",
    color: "#56B4E9",
    dash: "longdashdot",
    symbol: "pentagon",
  },
  quantized: { label: "quantization-aware training", color: "#0072B2", dash: "dash", symbol: "square" },
  pruned: { label: "pruned", color: "#D55E00", dash: "dot", symbol: "triangle-up" },
  qap: { label: "quantized and pruned (QAP)", color: "#CC79A7", dash: "dashdot", symbol: "diamond" },
  distilled: { label: "distilled", color: "#009E73", dash: "longdash", symbol: "cross" },
  combined: { label: "all combined", color: "#E69F00", dash: "8px,3px,2px,3px", symbol: "star" },
  reference: { label: "reference", color: "#777777", dash: "2px,4px", symbol: "x" },
};

/** The methods in the order of the course. */
export const METHODS: readonly Method[] = Object.keys(STYLES) as Method[];

/**
 * Gives the one colour, dash and symbol of a method.
 *
 * @param method one of {@link METHODS}.
 * @param repeat 0 for the first series of this method in a chart, 1 for the second, … Further series
 *   keep hue and dash but get paler, with a white inside of the symbol.
 * @throws {RangeError} if the method is unknown.
 * @example
 * ```ts
 * methodStyle("pruned").color; // "#D55E00"
 * ```
 */
export function methodStyle(method: Method, repeat: number = 0): MethodStyle {
  if (!Object.hasOwn(STYLES, method)) {
    throw new RangeError(
      `Expected method to be one of ${METHODS.join(", ")} but found ${JSON.stringify(method)}`,
    );
  }
  const style = STYLES[method];
  const textColor = readable(style.color);
  const barColor = mix(style.color, "#ffffff", 0.25);
  if (repeat === 0) return { ...style, textColor, barColor, fill: style.color };
  return {
    label: `${style.label} ${repeat + 1}`,
    color: mix(style.color, "#ffffff", Math.min(1 - 0.65 ** repeat, 0.7)),
    textColor,
    barColor,
    dash: style.dash,
    symbol: style.symbol,
    fill: "#ffffff",
  };
}

/**
 * Gives each series of a chart its style: by its method where it names one, and the next unused
 * style of the course's order where it does not.
 */
export function seriesStyles(series: readonly { method?: Method }[]): MethodStyle[] {
  const used = new Map<Method, number>();
  for (const { method } of series) if (method !== undefined) used.set(method, 0);
  const free = METHODS.filter((method) => !used.has(method));
  let next = 0;
  return series.map(({ method }) => {
    const pool = free.length > 0 ? free : METHODS;
    const chosen = method ?? pool[next++ % pool.length];
    const repeat = used.get(chosen) ?? 0;
    used.set(chosen, repeat + 1);
    return methodStyle(chosen, repeat);
  });
}

/** Sizes and colours shared by all charts. At 760 x 420 they read well in a notebook and on a slide. */
export const THEME: {
  readonly width: number;
  readonly height: number;
  readonly font: string;
  readonly fontSize: number;
  readonly titleSize: number;
  readonly labelSize: number;
  readonly smallSize: number;
  readonly ink: string;
  readonly axis: string;
  readonly grid: string;
  readonly accent: string;
  readonly accentText: string;
} = {
  width: 760,
  height: 420,
  font: "Arial, Helvetica, sans-serif",
  fontSize: 14,
  titleSize: 17,
  labelSize: 14,
  smallSize: 13,
  ink: "#222222",
  axis: "#555555",
  grid: "#e3e3e3",
  accent: "#D55E00",
  accentText: "#b34e00",
};

function readable(color: string): string {
  let dark = color;
  while (1.05 / (luminance(dark) + 0.05) < 4.5) dark = mix(dark, "#000000", 0.05);
  return dark;
}

// Relative luminance as WCAG 2 defines it.
function luminance(color: string): number {
  const [red, green, blue] = channels(color).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Mixes two colours, `#rrggbb`: `share` of the other, from 0 to 1, as Plotly does between the colours of a scale. */
export function mix(color: string, other: string, share: number): string {
  const others = channels(other);
  const mixed = channels(color).map((value, index) => Math.round(value + (others[index] - value) * share));
  return "#" + mixed.map((value) => value.toString(16).padStart(2, "0")).join("");
}

function channels(color: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
}
