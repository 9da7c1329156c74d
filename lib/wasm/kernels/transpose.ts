import { PANEL } from "./panels";

/**
 * Transposes a matrix in panels: the gradient of a layer's input is `dx = dy · wᵀ`.
 *
 * @param w   [columns / 8][wRows][8], panels of a matrix [rows, columns]
 * @param out [rows / 8][columns][8], panels of its transpose [columns, rows]
 */
export function transposePanels(w: usize, wRows: usize, out: usize, rows: usize, columns: usize): void {
  for (let column: usize = 0; column < columns; column += 4) {
    const width = min<usize>(4, columns - column);
    for (let row: usize = 0; row < rows; row += 4) {
      const height = min<usize>(4, rows - row);
      const from = w + ((column / PANEL * wRows + row) << 5) + ((column % PANEL) << 2);
      const to = out + ((row / PANEL * columns + column) << 5) + ((row % PANEL) << 2);
      if (width === 4 && height === 4) transposeFour(from, to);
      else {
        for (let c: usize = 0; c < width; c++) {
          for (let r: usize = 0; r < height; r++) store<f32>(to + (c << 5) + (r << 2), load<f32>(from + (r << 5) + (c << 2)));
        }
      }
    }
  }
}

/** Four rows and columns of a panel. */
// @ts-ignore: decorator
@inline
function transposeFour(from: usize, to: usize): void {
  const a = v128.load(from);
  const b = v128.load(from, 32);
  const c = v128.load(from, 64);
  const d = v128.load(from, 96);
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
  v128.store(to, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7), 32);
  v128.store(to, v128.shuffle<f32>(ab2, cd2, 0, 1, 4, 5), 64);
  v128.store(to, v128.shuffle<f32>(ab2, cd2, 2, 3, 6, 7), 96);
}
