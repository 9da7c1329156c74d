import type { Figure } from "./figure.js";
import { textWidth } from "./textWidth.js";
import { baseAxis, baseLayout, escapeText } from "./baseLayout.js";
import { THEME } from "./theme.js";

/** How the matrix is drawn. */
export interface ConfusionMatrixOptions {
  title?: string;
  /** Name of each class, in the order of the class numbers. Default: the numbers from 0 up. */
  classNames?: readonly (string | number)[];
}

/**
 * Draws how often each true class was predicted as each class: counts, and their share of the row.
 *
 * Rows are true classes, columns predicted ones, so the diagonal holds what was right (as
 * `sklearn.metrics.confusion_matrix`).
 *
 * @param labels true class number of each sample, from 0 up.
 * @param predictions predicted class number of each sample; as many as `labels`.
 * @throws {RangeError} if the lengths differ, there is no sample, or a class has no name.
 * @throws {TypeError} if a class number is not a whole number.
 * @example
 * ```ts
 * show(confusionMatrix([0, 0, 1], [0, 1, 1], { classNames: ["one", "nine"] }));
 * ```
 */
export function confusionMatrix(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  options: ConfusionMatrixOptions = {},
): Figure {
  const counts = countPairs(labels, predictions, options.classNames?.length);
  const classes = counts.length;
  const names = Array.from({ length: classes }, (_, index) => String(options.classNames?.[index] ?? index));
  const { title = "Confusion matrix" } = options;
  const right = counts.reduce((sum, row, index) => sum + row[index], 0);
  const subtitle =
    `${right.toLocaleString("en-US")} of ${labels.length.toLocaleString("en-US")} right ` +
    `(${((100 * right) / labels.length).toFixed(2)} %). In each cell: count, and share of its row.`;
  const shares = counts.map((row) => {
    const sum = row.reduce((total, count) => total + count, 0);
    return row.map((count) => (sum === 0 ? 0 : (100 * count) / sum));
  });
  const [width, height] = matrixSize(classes);
  const fontSize = classes <= 4 ? 15 : classes <= 10 ? 11 : 9;
  const positions = names.map((_, index) => index);
  const room = labelRoom(names);
  const turned = room > (width - room) / classes; // long names would run into each other
  const axis = {
    tickvals: positions,
    ticktext: names.map(escapeText),
    showgrid: false,
    tickcolor: "#ffffff",
    showline: false,
  };
  return {
    data: [
      {
        type: "heatmap",
        x: positions,
        y: positions,
        z: shares,
        customdata: counts,
        zmin: 0,
        zmax: 100,
        colorscale: [
          [0, "#ffffff"],
          [0.02, "#e6f0f7"],
          [0.5, "#7fb8d8"],
          [1, "#0072B2"],
        ],
        showscale: false,
        xgap: 1,
        ygap: 1,
        hovertemplate: "true %{y}, predicted %{x}: %{customdata} (%{z:.2f} %)<extra></extra>",
      },
    ],
    layout: baseLayout(title, subtitle, {
      width,
      height,
      margin: { l: 48 + room, r: 24, t: 72, b: turned ? 58 + room * 0.6 : 58 },
      plot_bgcolor: THEME.grid,
      xaxis: baseAxis("Predicted class", {
        ...axis,
        tickangle: turned ? -35 : 0,
        range: [-0.5, classes - 0.5],
      }),
      yaxis: baseAxis("True class", { ...axis, range: [classes - 0.5, -0.5] }),
      annotations: counts.flatMap((row, y) =>
        row.map((count, x) => ({
          text: cellText(count, shares[y][x], classes),
          x,
          y,
          showarrow: false,
          font: {
            size: fontSize,
            color: shares[y][x] > 60 ? "#ffffff" : count === 0 ? "#999999" : THEME.ink,
          },
        })),
      ),
    }),
  };
}

function countPairs(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  named: number | undefined,
): number[][] {
  if (labels.length !== predictions.length || labels.length === 0) {
    throw new RangeError(
      `Expected as many predictions as labels, and at least one, but found ${labels.length} labels ` +
        `and ${predictions.length} predictions`,
    );
  }
  let highest = 0;
  for (const [what, values] of [
    ["label", labels],
    ["prediction", predictions],
  ] as const) {
    for (let index = 0; index < values.length; index++) {
      const value = values[index];
      if (!Number.isInteger(value) || value < 0) {
        throw new TypeError(
          `Expected ${what} ${index} to be a class number (0, 1, …) but found ${value}; take the argMax of outputs first`,
        );
      }
      highest = Math.max(highest, value);
    }
  }
  if (named !== undefined && highest >= named) {
    throw new RangeError(`Expected a name for class ${highest} but found ${named} class names`);
  }
  const classes = named ?? highest + 1;
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let index = 0; index < labels.length; index++) counts[labels[index]][predictions[index]]++;
  return counts;
}

// Two classes need no wide picture, ten need a tall one.
function matrixSize(classes: number): [number, number] {
  if (classes <= 3) return [560, THEME.height];
  return [THEME.width, Math.max(THEME.height, 130 + Math.min(classes * 42, 640))];
}

function labelRoom(names: readonly string[]): number {
  return Math.ceil(Math.max(...names.map((name) => textWidth(name, THEME.fontSize))));
}

function cellText(count: number, share: number, classes: number): string {
  if (count === 0) return "0";
  const number = count.toLocaleString("en-US");
  if (classes > 16) return number;
  const digits = share >= 99.95 || share === 0 ? 0 : 1;
  return `${number}<br>${share.toFixed(digits)} %`;
}
