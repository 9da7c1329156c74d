import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { log2 } from "../../lib/quantizers/log2.js";

describe("log2", () => {
  it("is the logarithm but for float32's last digits", () => {
    for (let exponent = -126; exponent < 128; exponent++) {
      for (const mantissa of [1, 1.1, 1.4142135, 1.5, 1.9999999]) {
        const x = Math.fround(mantissa * 2 ** exponent);
        const exact = Math.log2(x);
        assert.ok(Math.abs(log2(x) - exact) <= 1.5e-7 * Math.abs(exact) + 6e-8, `log2(${x}) = ${log2(x)}`);
      }
    }
  });

  it("errs where TensorFlow 2.15 errs", () => {
    assert.equal(log2(Math.fround(Math.SQRT1_2)), -0.5); // a little less than -0.5 without an error
    assert.equal(log2(2 ** 15), 14.999999046325684);
    assert.equal(log2(2 ** -13), -13.000000953674316);
    assert.equal(log2(2 ** 20), 20);
  });

  it("goes on where float32 ends", () => {
    assert.equal(log2(0), -Infinity);
    assert.equal(log2(Infinity), Infinity);
    assert.equal(log2(NaN), NaN);
  });
});
