import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { decodeFile, encodeFile } from "../../lib/files/format.js";
import type { Header } from "../../lib/files/format.js";
import { putLists, takeLists } from "../../lib/files/quantizerLists.js";
import { readModel } from "../../lib/files/readModel.js";
import { sizeReport } from "../../lib/files/sizeReport.js";
import { writeModel } from "../../lib/files/writeModel.js";
import { qDense } from "../../lib/layers/qDense.js";
import { codebook } from "../../lib/quantizers/codebook.js";
import { quantizedAffine } from "../../lib/quantizers/quantizedAffine.js";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "quantizer lists "));
});
after(() => rm(folder, { recursive: true }));

const floats = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0), { minLength: 1, maxLength: 12 });

describe("lists of numbers in a quantizer's string", () => {
  it("come out of it and back into it, long ones as float32", () => {
    fc.assert(
      fc.property(fc.array(floats, { maxLength: 3 }), (lists) => {
        const text = `quantizer(8,${lists.map((list, i) => `list${i}=[${list.join(" ")}]`).join(",")})`;
        const taken: Float32Array[] = [];
        const short = takeLists(text, taken);
        assert.equal(taken.length, lists.filter(({ length }) => length >= 4).length);
        assert.deepEqual(putLists({ layers: [{ config: { kernelQuantizer: short, units: 3, none: null } }] }, taken), {
          layers: [{ config: { kernelQuantizer: text, units: 3, none: null } }],
        });
      }),
    );
    const kept: Float32Array[] = [];
    assert.equal(takeLists("codebook([0.1 0.2 0.3 0.4])", kept), "codebook([0.1 0.2 0.3 0.4])", "numbers that are not float32 stay");
    assert.throws(() => putLists("codebook([@2])", kept), { name: "SyntaxError", message: /one of 0 lists of numbers but found \[@2\]/ });
  });

  const centroids = [-1, -0.25, 0, 0.5, 2];
  const build = (): tf.LayersModel =>
    tf.sequential({ layers: [qDense({ name: "shared", units: 4, inputShape: [3], kernelQuantizer: codebook({ centroids }) })] });

  it("are refused when a file's header does not fit them", async () => {
    const path = join(folder, "good.tfcm");
    await writeModel(build(), path);
    const { header, lists, data } = decodeFile(await readFile(path), path);
    assert.deepEqual(lists.map((list) => [...list]), [centroids]);
    assert.deepEqual(header.lists, [5]);
    const bytes = new Uint8Array(Float32Array.from(centroids).buffer);
    const attempts: [Partial<Header>, Uint8Array[], RegExp][] = [
      [{ lists: [6] }, [bytes, ...data], /cut off|follow the last weight|needs/],
      [{ lists: [2 ** 31] }, [bytes, ...data], /list 0 needs 8589934592 bytes/],
      [{ lists: [-1] }, [bytes, ...data], /lengths of lists but found \[-1\]/],
      [{ lists: "5" as never }, [bytes, ...data], /lengths of lists but found "5"/],
      [{ lists: undefined }, data, /one of 0 lists of numbers but found \[@0\]/],
      [{}, [new Uint8Array(Float32Array.of(NaN, 0, 1, 2, 3).buffer), ...data], /finite|number/i],
      [{}, [new Uint8Array(Float32Array.of(1, 1, 1, 1, 1).buffer), ...data], /not packed as codebook/],
      [{}, [bytes, Uint8Array.from(data[0], () => 255), ...data.slice(1)], /shared\/kernel does not hold codes of codebook/],
    ];
    for (const [change, parts, message] of attempts) {
      const broken = join(folder, "broken.tfcm");
      await writeFile(broken, encodeFile({ ...header, ...change }, parts));
      await assert.rejects(readModel(broken), (error: Error) => {
        assert.equal(error.name, "SyntaxError", String(error));
        assert.match(error.message, message);
        return error.message.includes("broken.tfcm");
      });
    }
  });

  it("need no place where there are none, and a format that the numbers decide is float32", async () => {
    const path = join(folder, "asymmetric.tfcm");
    const kernelQuantizer = quantizedAffine({ bits: 8, axis: 1 });
    const model = tf.sequential({ layers: [qDense({ units: 4, inputShape: [3], kernelQuantizer })] });
    await writeModel(model, path);
    const x = tf.randomNormal([5, 3]);
    const outputs = [model, await readModel(path)].map((each) => [...(each.predict(x) as tf.Tensor).dataSync()]);
    assert.deepEqual(outputs[1], outputs[0]);
    const [{ listBytes, tensors }] = await sizeReport(path);
    assert.deepEqual([listBytes, tensors[0].kind], [0, "float32"]);
    assert.equal(decodeFile(await readFile(path), path).header.lists, undefined);
  });
});
