import type { Weight } from "../network/network.js";
import { getPruningSchedule } from "../pruning/getPruningSchedule.js";
import type { PrunedTensor } from "../pruning/dueMasks.js";
import type { Arena } from "./arena.js";
import { customQuantizer } from "./customQuantizer.js";
import { roundUp } from "./signal.js";

const PANEL = 8;

/**
 * A weight in the kernels' memory: a matrix in panels of eight columns, or a vector, which is a matrix of one row.
 * What is filled up stays zero.
 */
export class StoredWeight {
  /** Address of the values that are trained. */
  values = 0;
  /** Address of the gradient, 0 for a frozen weight. */
  gradient = 0;
  /** Address of what the layer computes with: the quantized values, or the values. */
  effective = 0;
  readonly rows: number;
  readonly columns: number;
  /** Rows of a panel. */
  readonly panelRows: number;
  private mask = 0;
  /** How the weight is pruned, null if it is not. */
  readonly pruned: PrunedTensor | null;

  constructor(
    private readonly arena: Arena,
    readonly weight: Weight,
  ) {
    const { shape, pruning } = weight;
    this.rows = shape.length === 2 ? shape[0] : 1;
    this.columns = shape[shape.length - 1];
    // The kernel of a weight's gradient makes four rows at a time.
    this.panelRows = shape.length === 2 ? roundUp(this.rows, 4) : 1;
    this.pruned = pruning && {
      ...pruning,
      shape,
      schedule: getPruningSchedule(pruning.schedule),
      values: () => {
        this.download();
        return weight.values;
      },
      maskValues: () => pruning.mask,
    };
  }

  /** Numbers in memory, filled up. */
  get size(): number {
    return this.panelRows * roundUp(this.columns, PANEL);
  }

  get bytes(): number {
    return this.size * 4;
  }

  /** Takes its place in memory. */
  place(values: number, gradient: number): void {
    const { arena, size, weight } = this;
    this.values = values;
    this.gradient = gradient;
    this.effective = weight.format ? arena.allocate(size) : values;
    if (weight.pruning) this.mask = arena.allocate(size);
    this.upload();
  }

  /** Brings the description's values and mask into memory. */
  upload(): void {
    const { values, pruning } = this.weight;
    this.write(this.values, values);
    if (pruning) this.write(this.mask, pruning.mask);
  }

  /** Brings the values in memory into the description; masks are there already. */
  download(): void {
    this.read(this.values, this.weight.values);
  }

  /** Copies row-major numbers to panels at an address. */
  write(address: number, source: Float32Array): void {
    this.eachRow((panelAt, rowAt, count) => {
      const to = (address >>> 2) + panelAt;
      const { numbers } = this.arena;
      for (let i = 0; i < count; i++) numbers[to + i] = source[rowAt + i];
    });
  }

  /** Copies panels at an address to row-major numbers. */
  read(address: number, target: Float32Array): void {
    this.eachRow((panelAt, rowAt, count) => {
      const from = (address >>> 2) + panelAt;
      const { numbers } = this.arena;
      for (let i = 0; i < count; i++) target[rowAt + i] = numbers[from + i];
    });
  }

  /** Sets what is filled up at an address to zero. */
  clearPadding(address: number): void {
    const { rows, columns, panelRows, size } = this;
    const { numbers } = this.arena;
    const end = (address >>> 2) + size;
    const panelSize = panelRows * PANEL;
    for (let panel = address >>> 2; panel < end; panel += panelSize) numbers.fill(0, panel + rows * PANEL, panel + panelSize);
    const unused = (PANEL - (columns % PANEL)) % PANEL;
    for (let next = end - panelSize + PANEL; next <= end; next += PANEL) numbers.fill(0, next - unused, next);
  }

  private eachRow(copy: (panelAt: number, rowAt: number, count: number) => void): void {
    const { rows, columns, panelRows } = this;
    for (let column = 0; column < columns; column += PANEL) {
      const count = Math.min(PANEL, columns - column);
      for (let row = 0; row < rows; row++) copy(panelRows * column + row * PANEL, row * columns + column, count);
    }
  }

  /** Renews what the layer computes with: the quantized values. */
  quantize(): void {
    const { arena, weight, values, effective, bytes, panelRows, rows, columns } = this;
    const { format } = weight;
    const { kernels } = arena;
    switch (format?.kind) {
      case undefined:
        return;
      case "fixedPoint":
        return kernels.quantizeFixedPoint(values, effective, bytes, format.step, format.low, format.high, format.alpha);
      case "affine": {
        const { scale, zeroPoint, low, high } = format;
        return kernels.quantizeAffine(values, effective, bytes, scale, low - zeroPoint, high - zeroPoint);
      }
      case "sign":
        kernels.quantizeSign(values, effective, bytes, format.low, format.high);
        // A zero has the sign of a positive number.
        return this.clearPadding(effective);
      case "autoScale": {
        const { unit, levels, powerOfTwo } = format;
        return kernels.quantizeAutoScale(values, effective, panelRows, rows, columns, unit, levels, powerOfTwo);
      }
      case "custom":
        this.download();
        return this.write(effective, customQuantizer(format).quantize(weight.values, weight.shape));
    }
  }

  /** Turns the gradient of the quantized values into that of the values: the straight-through estimate. */
  backward(): void {
    const { arena, weight, values, gradient, bytes } = this;
    const { format } = weight;
    if (!gradient) return;
    if (format?.kind === "fixedPoint" && format.ceiling !== null) {
      arena.kernels.clippedReluGradient(values, gradient, gradient, bytes, format.ceiling);
    }
    if (format?.kind === "affine") {
      const { scale, zeroPoint, low, high } = format;
      arena.kernels.affineGradient(values, gradient, gradient, bytes, scale, low - zeroPoint, high - zeroPoint);
    }
    if (format?.kind !== "custom") return;
    this.download();
    const slope = customQuantizer(format).slope(weight.values, weight.shape);
    if (slope === 1) return;
    const product = new Float32Array(weight.values.length);
    this.read(gradient, product);
    this.write(gradient, product.map((g, i) => g * (typeof slope === "number" ? slope : slope[i])));
  }

  /**
   * Adds the gradient of the penalty.
   *
   * @returns The penalty.
   */
  regularize(): number {
    const { arena, weight, values, gradient, bytes } = this;
    if (!weight.regularizer) return 0;
    const { l1, l2 } = weight.regularizer;
    return gradient ? arena.kernels.addRegularizer(values, gradient, bytes, l1, l2) : this.penalty();
  }

  /** The penalty of the values as they are. */
  penalty(): number {
    const { regularizer } = this.weight;
    if (!regularizer) return 0;
    const { l1, l2 } = regularizer;
    const values = this.arena.at(this.values, this.size);
    return values.reduce((sum, value) => sum + l1 * Math.abs(value) + l2 * value * value, 0);
  }

  /** Takes another mask; the values are not changed by it. */
  setMask(mask: Float32Array): void {
    if (!this.weight.pruning) throw new TypeError(`${this.weight.name} is not pruned.`);
    this.weight.pruning.mask = mask;
    this.write(this.mask, mask);
  }

  /** After an update: limits, constraint, and the mask where pruned weights stay zero. */
  constrain(): void {
    const { arena, weight, values, bytes } = this;
    const { limit, constraint } = weight;
    if (limit !== null) arena.kernels.clip(values, bytes, -limit, limit);
    if (constraint?.kind === "nonNeg") arena.kernels.clip(values, bytes, 0, Infinity);
    if (constraint?.kind === "norm") this.constrainNorm(constraint);
    if (weight.pruning?.behaviour === "exact") this.applyMask();
  }

  private constrainNorm({ low, high, rate }: { low: number; high: number; rate: number }): void {
    const { arena, weight, values, panelRows, columns } = this;
    if (weight.shape.length === 2) return arena.kernels.normConstraint(values, panelRows, columns, low, high, rate);
    // The one axis of a vector is the one its norm runs along.
    const vector = arena.at(values, columns);
    const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    const desired = rate * Math.min(Math.max(norm, low), high) + (1 - rate) * norm;
    vector.forEach((value, i) => (vector[i] = value * (desired / (1e-7 + norm))));
  }

  /** Sets the values that the mask prunes to zero. */
  applyMask(): void {
    if (this.mask) this.arena.kernels.multiply(this.values, this.mask, this.values, this.bytes);
  }
}
