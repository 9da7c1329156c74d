import type { NumberFormat } from "../../quantizers/numberFormat.js";
import type { Arena } from "../arena.js";
import { customQuantizer } from "../customQuantizer.js";
import type { Signal } from "../signal.js";
import type { StoredWeight } from "../storedWeight.js";
import type { Stage } from "./stage.js";

/** `y = q(x)`; the gradient is the quantizer's straight-through estimate. */
export class QuantizedActivationStage implements Stage {
  readonly weights: StoredWeight[] = [];

  constructor(
    private readonly arena: Arena,
    private readonly format: Exclude<NumberFormat, { kind: "autoScale" }>,
    private readonly x: Signal,
    private readonly y: Signal,
  ) {}

  forward(batch: number): void {
    const { arena, format, x, y } = this;
    const bytes = batch * x.stride * 4;
    switch (format.kind) {
      case "fixedPoint":
        return arena.kernels.quantizeFixedPoint(x.values, y.values, bytes, format.step, format.low, format.high, format.alpha);
      case "affine": {
        const { scale, zeroPoint, low, high } = format;
        return arena.kernels.quantizeAffine(x.values, y.values, bytes, scale, low - zeroPoint, high - zeroPoint);
      }
      case "sign":
        arena.kernels.quantizeSign(x.values, y.values, bytes, format.low, format.high);
        return this.clearPadding(batch);
      case "custom":
        return this.scatter(customQuantizer(format).quantize(this.gather(x.values, batch), [batch, x.columns]), y.values, batch);
    }
  }

  backward(batch: number): void {
    const { arena, format, x, y } = this;
    if (!x.gradient) return;
    const bytes = batch * x.stride * 4;
    if (format.kind === "fixedPoint" && format.ceiling !== null) {
      arena.kernels.clippedReluGradient(x.values, y.gradient, x.gradient, bytes, format.ceiling);
      return;
    }
    if (format.kind === "affine") {
      const { scale, zeroPoint, low, high } = format;
      return arena.kernels.affineGradient(x.values, y.gradient, x.gradient, bytes, scale, low - zeroPoint, high - zeroPoint);
    }
    if (format.kind !== "custom") {
      const from = y.gradient >>> 2;
      arena.numbers.copyWithin(x.gradient >>> 2, from, from + batch * x.stride);
      return;
    }
    const slope = customQuantizer(format).slope(this.gather(x.values, batch), [batch, x.columns]);
    const dy = this.gather(y.gradient, batch);
    if (slope !== 1) dy.forEach((g, i) => (dy[i] = g * (typeof slope === "number" ? slope : slope[i])));
    this.scatter(dy, x.gradient, batch);
  }

  /** What is filled up must stay zero; a zero has the sign of a positive number. */
  private clearPadding(batch: number): void {
    const { values, columns, stride } = this.y;
    const { numbers } = this.arena;
    for (let row = 0, end = (values >>> 2) + stride; row < batch; row++, end += stride) numbers.fill(0, end - stride + columns, end);
  }

  private gather(address: number, batch: number): Float32Array {
    const { columns, stride } = this.x;
    const rows = new Float32Array(batch * columns);
    const source = this.arena.at(address, batch * stride);
    for (let i = 0; i < batch; i++) rows.set(source.subarray(i * stride, i * stride + columns), i * columns);
    return rows;
  }

  private scatter(rows: Float32Array, address: number, batch: number): void {
    const { columns, stride } = this.x;
    const target = this.arena.at(address, batch * stride);
    for (let i = 0; i < batch; i++) target.set(rows.subarray(i * columns, (i + 1) * columns), i * stride);
  }
}
