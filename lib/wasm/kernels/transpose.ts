import { PANEL } from "./panels";

/**
 * Transposes a matrix in panels: the gradient of a layer's input is `dx = dy · wᵀ`.
 *
 * @param w   [columns / 8][wRows][8], panels of a matrix [rows, columns]
 * @param out [rows / 8][columns][8], panels of its transpose [columns, rows]
 */
export function transposePanels(w: usize, wRows: usize, out: usize, rows: usize, columns: usize): void {
  for (let column: usize = 0; column < columns; column++) {
    let from = w + (((column >> 3) * wRows) << 5) + ((column & 7) << 2);
    for (let row: usize = 0; row < rows; row += PANEL) {
      const to = out + (((row >> 3) * columns + column) << 5);
      const count = min<usize>(rows - row, PANEL);
      for (let i: usize = 0; i < count; i++, from += 32) store<f32>(to + (i << 2), load<f32>(from));
    }
  }
}
