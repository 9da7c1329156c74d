/**
 * Weights lie in memory in panels: the columns of a matrix [rows, columns] are taken eight at a time, and
 * a panel holds its eight columns row by row. Two SIMD registers hold a row of a panel, and whoever walks
 * down a panel reads memory in order. The last panel is filled up with zeros.
 */
export const PANEL: i32 = 8;
