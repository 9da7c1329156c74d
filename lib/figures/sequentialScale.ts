import { mix } from "./theme.js";

/**
 * Colours of a quantity from low to high, as a Plotly `colorscale`: pale yellow over blue to navy.
 *
 * The lightness (CIE L*) falls from 96 to 20 by about 19 from colour to colour, so the order is the
 * same in grey; yellow against blue stays apart for colour-blind readers.
 */
export const SEQUENTIAL_SCALE: readonly (readonly [number, string])[] = [
  [0, "#fdf3d0"],
  [0.25, "#9fcbc4"],
  [0.5, "#4596ba"],
  [0.75, "#0e6097"],
  [1, "#0a2f5c"],
];

// From here on white stands out more than black. Both have a contrast above 4.5 here (WCAG 2 level AA).
const DARK_FROM = 0.62;

/**
 * Gives the colour at a place on {@link SEQUENTIAL_SCALE}, as Plotly draws it.
 *
 * @param share from 0 to 1; beyond an end the colour is that of the end.
 */
export function scaleColor(share: number): string {
  const place = Math.max(0, Math.min(1, share)) * (SEQUENTIAL_SCALE.length - 1);
  const below = Math.min(Math.floor(place), SEQUENTIAL_SCALE.length - 2);
  return mix(SEQUENTIAL_SCALE[below][1], SEQUENTIAL_SCALE[below + 1][1], place - below);
}

/**
 * Gives the colour that text needs on {@link scaleColor} of the same share: black or white.
 *
 * @param share from 0 to 1, or beyond.
 */
export function textOnScale(share: number): string {
  return share < DARK_FROM ? "#000000" : "#ffffff";
}
