import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { slidesModule } from "./modules.js";

let formatNumber: (values: number[], format: string) => string;
before(async () => {
  ({ formatNumber } = (await import(slidesModule("formatNumber.mjs"))) as { formatNumber: typeof formatNumber });
});

/** With plain spaces instead of those that do not break. */
const written = (values: number[], format: string): string => formatNumber(values, format).replaceAll("\u00a0", " ");

describe("formatNumber", () => {
  it("writes the mean of the seeds with the format's unit and digits", () => {
    assert.equal(written([0.9925, 0.9939], "percent"), "99.3 %");
    assert.equal(written([0.9925, 0.9939], "percent 2"), "99.32 %");
    assert.equal(written([17377], "bytes"), "17,377 bytes");
    assert.equal(written([17377], "KiB"), "17.0 KiB");
    assert.equal(written([1234567], "count"), "1,234,567");
    assert.equal(written([8.25], "ratio"), "8.3×");
    assert.equal(written([3.14159], "microseconds 2"), "3.14 µs");
    assert.equal(written([-0.0234], "points"), "−2.3 points");
  });

  it("writes no minus before a zero", () => {
    assert.equal(written([-0.0001], "points"), "0.0 points");
  });

  it("writes from the lowest to the highest, once when they look alike", () => {
    assert.equal(written([0.95, 0.9, 0.921], "percent range"), "90.0–95.0 %");
    assert.equal(written([0.95, 0.9, 0.921], "percent 0 range"), "90–95 %");
    assert.equal(written([100, 100], "bytes range"), "100 bytes");
  });

  it("names the formats there are when asked for another", () => {
    const names = "percent, points, bytes, KiB, count, ratio, microseconds";
    for (const format of ["procent", "", "percent two", "toString", "percent range 2"]) {
      assert.throws(() => formatNumber([1], format), {
        name: "RangeError",
        message: `Expected a format (${names}), with digits or "range" behind it, but found "${format}"`,
      });
    }
  });
});
