import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { progressBar } from "../../lib/notebook/progressBar.js";
import { inNotebook } from "../figures/fakeKernel.js";

/** A stream that remembers, and a clock that is moved by hand. */
function stage(isTTY: boolean, columns?: number) {
  const written: string[] = [];
  const time = { now: 0 };
  return {
    written,
    time,
    clock: () => time.now,
    stream: { isTTY, columns, write: (text: string) => written.push(text) },
  };
}

describe("progressBar in a terminal", () => {
  it("shows share, count, time left and metrics in one line that is written over", () => {
    const { written, time, clock, stream } = stage(true, 120);
    const bar = progressBar({ label: "training", total: 32, unit: "epochs", clock, stream });
    time.now = 8000;
    bar.update(8, { metrics: { loss: 0.51234, accuracy: 0.975 } });
    assert.deepEqual(written, [
      "\rtraining ██████░░░░░░░░░░░░░░░░░░  25 %  8/32 epochs, 24 s left · loss 0.5123, accuracy 0.9750\u001b[K",
    ]);
  });

  it("draws at most eight times a second, however often it is updated", () => {
    const { written, time, clock, stream } = stage(true);
    const bar = progressBar({ label: "training", total: 10_000, clock, stream });
    for (let step = 0; step < 10_000; step++) {
      time.now = step / 5; // 2 seconds in all
      bar.update(step);
    }
    assert.equal(written.length, 16);
  });

  it("never writes a line longer than the terminal is wide", () => {
    const { written, clock, stream } = stage(true, 40);
    progressBar({ label: "a rather long label", total: 9, clock, stream }).update(3, {
      metrics: { loss: 1 },
    });
    assert.equal(written[0].replace("\r", "").replace("\u001b[K", "").length, 39);
  });

  it("ends with one clean line", () => {
    const { written, time, clock, stream } = stage(true);
    const bar = progressBar({ label: "training", total: 3, unit: "epochs", clock, stream });
    time.now = 83_000;
    bar.update(3, { metrics: { loss: 1e-5 } });
    bar.finish();
    bar.update(4);
    bar.finish();
    assert.deepEqual(written.slice(1), ["\rtraining: 3 epochs in 1 min 23 s · loss 1.00e-5\u001b[K\n"]);
  });
});

describe("progressBar where output goes to a file", () => {
  it("writes the last line only", () => {
    const { written, time, clock, stream } = stage(false);
    const bar = progressBar({ label: "reading", total: 2048, unit: "bytes", clock, stream });
    for (let done = 0; done <= 2048; done += 256) {
      time.now += 500;
      bar.update(done);
    }
    bar.finish("all verified");
    assert.deepEqual(written, ["reading: 2,048 bytes in 4.5 s · all verified\n"]);
  });

  it("says where it stopped and why", () => {
    const { written, clock, stream } = stage(false);
    const bar = progressBar({ label: "training", total: 32, unit: "epochs", clock, stream });
    bar.update(7);
    bar.fail("interrupted");
    assert.deepEqual(written, ["training: stopped at 7/32 epochs after 0.0 s · interrupted\n"]);
  });
});

describe("progressBar in a notebook", () => {
  it("is one output, replaced in place, whose last text is the clean line", () => {
    const time = { now: 0 };
    const { outputs, messages } = inNotebook(() => {
      const bar = progressBar({ label: "training", total: 4, unit: "epochs", clock: () => time.now });
      for (let epoch = 1; epoch <= 4; epoch++) {
        time.now += 1000;
        bar.update(epoch, { metrics: { accuracy: 0.9 } });
      }
      bar.finish();
    });
    assert.equal(messages, 5);
    assert.deepEqual(
      outputs.map(({ bundle }) => bundle),
      [{ "text/plain": "training: 4 epochs in 4.0 s · accuracy 0.9000" }],
    );
  });

  it("keeps two bars apart", () => {
    const { outputs } = inNotebook(() => {
      const bars = ["first", "second"].map((label) => progressBar({ label, total: 1, clock: () => 0 }));
      for (const bar of bars) bar.update(0);
      for (const bar of bars) bar.finish();
    });
    assert.deepEqual(
      outputs.map(({ bundle }) => bundle["text/plain"]),
      ["first: 0/1 in 0.0 s", "second: 0/1 in 0.0 s"],
    );
  });
});

describe("progressBar", () => {
  it("copes with nothing to do and with metrics that are not finite", () => {
    const { written, clock, stream } = stage(true, 100);
    const bar = progressBar({ label: "nothing", total: 0, clock, stream });
    bar.update(0, { metrics: { loss: Number.NaN, other: Infinity } });
    assert.match(written[0], /100 % {2}0 · loss NaN, other Infinity/);
  });

  it("refuses a total that is no count", () => {
    assert.throws(() => progressBar({ label: "x", total: Number.NaN }), {
      name: "RangeError",
      message: "Expected total to be 0 or more but found NaN",
    });
  });
});
