import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { encodeFile, storedBytes } from "../../lib/files/format.js";
import type { Header } from "../../lib/files/format.js";
import { readModel } from "../../lib/files/readModel.js";
import { sizeReport } from "../../lib/files/sizeReport.js";
import { writeModel } from "../../lib/files/writeModel.js";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qDense } from "../../lib/layers/qDense.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "modèl files "));
});
after(() => rm(folder, { recursive: true }));

function build(kernelQuantizer: string, biasQuantizer = kernelQuantizer): tf.LayersModel {
  return tf.sequential({
    layers: [
      qDense({ units: 7, inputShape: [5], kernelQuantizer, biasQuantizer, biasInitializer: "randomNormal" }),
      qActivation({ activation: "quantized_relu(6,2,negative_slope=0.25)" }),
      tf.layers.dense({ units: 3, activation: "softmax" }),
    ],
  });
}

const x = tf.randomNormal([20, 5], 0, 1, "float32", 8);
const outputs = (model: tf.LayersModel): number[] => [...(model.predict(x) as tf.Tensor).dataSync()];

describe("writeModel and readModel", () => {
  for (const quantizer of [
    "quantized_bits(8,3,alpha=1)",
    "quantized_bits(3,0,alpha=0.5)",
    "quantized_bits(1,0,alpha=1)",
    "quantized_bits(5,1,keep_negative=False,alpha=1)",
    "quantized_bits(4,0,alpha='auto')",
    "quantized_bits(4,0,alpha='auto_po2')",
  ]) {
    for (const name of ["model.tfcm", "model.tfcm.gz"]) {
      it(`give back a model of ${quantizer} with the same outputs through ${name}`, async () => {
        const path = join(folder, name);
        const model = build(quantizer, "quantized_bits(8,3,alpha=1)");
        assert.equal(await writeModel(model, path), (await stat(path)).size);
        assert.deepEqual(outputs(await readModel(path)), outputs(model));
      });
    }
  }

  it("store float32 weights bit by bit", async () => {
    const path = join(folder, "float.tfcm");
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 4, inputShape: [5] })] });
    await writeModel(model, path);
    const read = await readModel(path);
    read.getWeights().forEach((weight, i) => assert.deepEqual(weight.dataSync(), model.getWeights()[i].dataSync()));
  });

  it("carry functional models", async () => {
    const path = join(folder, "functional.tfcm");
    const input = tf.input({ shape: [5] });
    const hidden = qDense({ units: 4, kernelQuantizer: "quantized_bits(8,0,alpha=1)" }).apply(input) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: tf.layers.add().apply([hidden, hidden]) as tf.SymbolicTensor });
    await writeModel(model, path);
    assert.deepEqual(outputs(await readModel(path)), outputs(model));
  });

  it("carry a model inside of a model, but refuse quantized or pruned layers in it", async () => {
    const path = join(folder, "nested.tfcm");
    const nest = (...layers: tf.layers.Layer[]): tf.Sequential =>
      tf.sequential({ layers: [tf.sequential({ layers }), tf.layers.dense({ units: 2 })] });
    const plain = nest(tf.layers.dense({ units: 4, inputShape: [5] }), tf.layers.batchNormalization());
    await writeModel(plain, path);
    assert.deepEqual(outputs(await readModel(path)), outputs(plain));
    const quantized = nest(tf.sequential({ layers: [qDense({ units: 4, inputShape: [5], name: "inner", kernelQuantizer: "ternary(alpha=1)" })] }));
    await assert.rejects(writeModel(quantized, path), {
      name: "TypeError",
      message: "Expected quantized layers of the model itself but found inner in a model inside of it.",
    });
    const pruned = tf.sequential({ layers: [pruneLowMagnitude(plain.layers[0] as tf.Sequential)] });
    await assert.rejects(writeModel(pruned, path), { name: "TypeError", message: /still being pruned/ });
  });

  it("refuse what is no model, and no path", async () => {
    await assert.rejects(writeModel({} as tf.LayersModel, "x.tfcm"), { name: "TypeError", message: "Expected a model but found an object." });
    const message = "Expected path to be the name of a file but found undefined.";
    await assert.rejects(writeModel(build("quantized_bits(8,3,alpha=1)"), undefined as never), { name: "TypeError", message });
  });

  it("refuse a model that is still being pruned", async () => {
    const pruned = pruneLowMagnitude(build("quantized_bits(8,3,alpha=1)"));
    await assert.rejects(writeModel(pruned, join(folder, "pruned.tfcm")), /write stripPruning\(model\)/);
  });

  it("leave nothing behind when a file cannot be written", async () => {
    const path = join(folder, "float.tfcm", "inside-a-file.tfcm");
    await assert.rejects(writeModel(build("quantized_bits(8,3,alpha=1)"), path));
    assert.deepEqual((await readdir(folder)).filter((name) => name.includes("tmp")), []);
  });

  it("find every flipped bit and every cut, and say that the file is damaged", async () => {
    const path = join(folder, "hostile.tfcm");
    await writeModel(build("quantized_bits(8,3,alpha=1)"), path);
    const good = await readFile(path);
    const damage = fc.oneof(
      fc.nat(good.length - 1).map((length) => good.subarray(0, length)),
      fc.tuple(fc.nat(good.length - 1), fc.nat(7)).map(([at, bit]) => {
        const copy = Buffer.from(good);
        copy[at] ^= 1 << bit;
        return copy;
      }),
    );
    await fc.assert(
      fc.asyncProperty(damage, async (bytes) => {
        const broken = join(folder, "broken.tfcm");
        await writeFile(broken, bytes);
        await assert.rejects(readModel(broken), (error: Error) => error instanceof SyntaxError && error.message.includes("broken.tfcm"));
      }),
      { numRuns: 200 },
    );
  });
});

describe("readModel refuses a file whose sha256 is right and whose contents are not", () => {
  const layer = { className: "QDense", config: { name: "a", units: 2, batchInputShape: [null, 2], useBias: false, kernelQuantizer: "quantized_bits(4,0,alpha=1)" } };
  const good: Header = {
    model: "Sequential",
    config: { layers: [layer] },
    tensors: [{ name: "a/kernel", shape: [2, 2], kind: "packed", bits: 4, signed: true }],
  };
  // The bytes that follow are zeros.
  const sparse = (index: object): object => ({ tensors: [{ ...good.tensors[0], sparse: index }] });
  const hostile: [string, object][] = [
    ["no model class", { model: "Dense" }],
    ["a name from Object's prototype", { model: "constructor" }],
    ["no config", { config: null }],
    ["an unknown layer", { config: { layers: [{ className: "Bomb", config: {} }] } }],
    ["another number of bits than the quantizer's", { tensors: [{ ...good.tensors[0], bits: 2 }] }],
    ["steps that nothing asks for", { tensors: [{ ...good.tensors[0], stepShape: [0] }] }],
    ["two layers of one name", { config: { layers: [layer, layer] }, tensors: [good.tensors[0], good.tensors[0]] }],
    ["a weight of another shape", { tensors: [{ ...good.tensors[0], shape: [4, 1] }] }],
    ["a weight too few", { tensors: [] }],
    ["a shape that is none", { tensors: [{ ...good.tensors[0], shape: [-2, -2] }] }],
    ["an unknown encoding", sparse({ encoding: "constructor", entries: 0 })],
    ["an index that is none", sparse([])],
    ["no number of entries", sparse({ encoding: "csr" })],
    ["half an entry", sparse({ encoding: "bitmap", entries: 0.5 })],
    ["more entries than numbers", sparse({ encoding: "relative", entries: 5, indexBits: 3 })],
    ["entries beyond the file", { tensors: [{ ...good.tensors[0], shape: [2 ** 31, 2 ** 31], sparse: { encoding: "relative", entries: 2 ** 31, indexBits: 1 } }] }],
    ["a weight that fits no memory and takes no bytes", {
      config: { layers: [{ className: "Dense", config: { name: "a", units: 30000, batchInputShape: [null, 30000], useBias: false } }] },
      tensors: [{ name: "a/kernel", shape: [30000, 30000], kind: "float32", sparse: { encoding: "csr", entries: 0 } }],
    }],
    ["a small index of a huge weight", { tensors: [{ ...good.tensors[0], shape: [2 ** 31, 2 ** 31], sparse: { encoding: "relative", entries: 1, indexBits: 1 } }] }],
    ["distances of no bits", sparse({ encoding: "relative", entries: 1, indexBits: 0 })],
    ["a bitmap without the ones of its entries", sparse({ encoding: "bitmap", entries: 1 })],
    ["rows that end before the entries do", sparse({ encoding: "csr", entries: 1 })],
  ];
  const write = async (header: Header): Promise<string> => {
    const path = join(folder, "hostile.tfcm");
    const sizes = header.tensors.map(({ sparse: index, ...tensor }) => storedBytes(index?.encoding ? { ...tensor, sparse: index } : tensor));
    const bytes = sizes.reduce((sum, { values, index }) => sum + values + index, 0);
    // A weight that claims more than this gets less.
    await writeFile(path, encodeFile(header, [new Uint8Array(Math.min(Math.max(0, Math.ceil(bytes) || 0), 1000))]));
    return path;
  };

  it("reads the one that is right", async () => {
    assert.equal((await readModel(await write(good))).layers.length, 1);
  });
  for (const [what, change] of hostile) {
    it(`with ${what}`, async () => {
      const path = await write({ ...good, ...change });
      const { numTensors } = tf.memory();
      await assert.rejects(readModel(path), (error: Error) => error instanceof SyntaxError && error.message.includes("hostile.tfcm"));
      assert.equal(tf.memory().numTensors, numTensors);
    });
  }

  it("with scales that do not belong to the weight, or are no lengths of a step", async () => {
    const config = { layers: [{ ...layer, config: { ...layer.config, kernelQuantizer: "quantized_bits(4,0,alpha='auto')" } }] };
    const refuse = async (stepShape: number[], steps: number[], message: RegExp): Promise<void> => {
      const path = join(folder, "scales.tfcm");
      const tensor = { name: "a/kernel", shape: [2, 2], kind: "packed" as const, bits: 4, signed: true, stepShape };
      const scale = new Uint8Array(Float32Array.from(steps).buffer);
      await writeFile(path, encodeFile({ ...good, config, tensors: [tensor] }, [scale, new Uint8Array(2)]));
      await assert.rejects(readModel(path), { name: "SyntaxError", message });
    };
    for (const shape of [[2], [3, 1], [1, 3], [2, 2], [1, 1, 2], [1, 0]]) {
      await refuse(shape, new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(1), /a\/kernel is not packed as quantized_bits/);
    }
    for (const step of [NaN, Infinity, -1]) await refuse([1, 2], [1, step], /expected scales of a\/kernel of 0 or more but found/);
  });
});

describe("sizeReport", () => {
  it("says what ls says and what is in the file, to the byte", async () => {
    const path = join(folder, "sizes.tfcm");
    await writeModel(build("quantized_bits(3,0,alpha=1)"), path);
    const [report] = await sizeReport(path);
    assert.equal(report.bytes, (await stat(path)).size);
    assert.equal(report.bytes, report.headerBytes + report.weightBytes);
    // 35 weights and 7 biases of 3 bits, 21 weights and 3 biases in float32.
    assert.deepEqual(report.tensors.map(({ bytes }) => bytes), [14, 3, 84, 12]);
  });
});
