/** One Plotly trace: its `type` and attributes, as in the Plotly reference. */
export type Trace = { type?: string; name?: string; [attribute: string]: unknown };

/** A Plotly layout. The attributes every chart of this library sets have a type of their own. */
export type Layout = {
  title?: string | { text?: string; [attribute: string]: unknown };
  width?: number;
  height?: number;
  [attribute: string]: unknown;
};

/**
 * A chart as plain data: what Plotly draws, and what a notebook stores.
 *
 * Any Plotly figure fits. The type is structural on purpose: it needs neither Plotly's own types
 * nor the DOM's, and a figure can be changed before it is shown.
 *
 * @example
 * ```ts
 * const figure = accuracyByEpoch([{ name: "float", method: "baseline", history }]);
 * figure.layout.height = 300;
 * show(figure, { name: "training" });
 * ```
 */
export interface Figure {
  data: Trace[];
  layout: Layout;
  config?: { [option: string]: unknown };
}
