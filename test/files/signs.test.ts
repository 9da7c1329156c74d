import assert from "node:assert/strict";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { readModel } from "../../lib/files/readModel.js";
import { sizeReport } from "../../lib/files/sizeReport.js";
import { writeModel } from "../../lib/files/writeModel.js";
import { qDense } from "../../lib/layers/qDense.js";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "signs "));
});
after(() => rm(folder, { recursive: true }));

function build(kernelQuantizer: string): tf.Sequential {
  const kernelInitializer = tf.initializers.randomNormal({ seed: 3 });
  return tf.sequential({ layers: [qDense({ units: 5, inputShape: [80], kernelQuantizer, kernelInitializer, useBias: false })] });
}

describe("a file of binary weights", () => {
  for (const quantizer of ["binary(alpha=1)", "binary(alpha='auto')", "binary(alpha='auto_po2')", "quantized_bits(1,0,alpha=1)"]) {
    it(`holds a bit a weight of ${quantizer}, and gives the same outputs`, async () => {
      const model = build(quantizer);
      const file = join(folder, "model.tfcm");
      const bytes = await writeModel(model, file);
      assert.equal((await stat(file)).size, bytes);
      const [{ tensors }] = await sizeReport(file);
      assert.equal(tensors[0].bits, 1);
      const scales = quantizer.includes("auto") ? 5 * 4 : 0;
      assert.equal(tensors[0].bytes, (80 * 5) / 8 + scales);
      const x = tf.randomNormal([7, 80], 0, 1, "float32", 5);
      const [before, again] = [model, await readModel(file)].map((each) => [...(each.predict(x) as tf.Tensor).dataSync()]);
      assert.deepEqual(again, before);
    });
  }

  it("leaves other formats of two bits alone", async () => {
    const file = join(folder, "ternary.tfcm");
    await writeModel(build("ternary(alpha=1)"), file);
    const [{ tensors }] = await sizeReport(file);
    assert.equal(tensors[0].bits, 2);
  });
});
