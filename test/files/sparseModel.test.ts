import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { createRandom } from "../../lib/data/random.js";
import { decodeFile, encodeFile } from "../../lib/files/format.js";
import { readModel } from "../../lib/files/readModel.js";
import { sizeReport } from "../../lib/files/sizeReport.js";
import type { WeightEncoding } from "../../lib/files/storeWeight.js";
import { writeModel } from "../../lib/files/writeModel.js";
import { qDense } from "../../lib/layers/qDense.js";
import { magnitudeMask } from "../../lib/pruning/magnitudeMask.js";
import { bitmapBytes } from "../../lib/sparse/bitmap.js";
import { csrBytes } from "../../lib/sparse/csr.js";
import { relativeIndexBytes, toRelativeIndex } from "../../lib/sparse/relativeIndex.js";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sparse files "));
});
after(() => rm(folder, { recursive: true }));

const sparseEncodings = ["bitmap", "csr", "relative"] as const;
const encodings: WeightEncoding[] = [...sparseEncodings, "auto"];
const INPUTS = 30;
const UNITS = 11;

/** A layer whose kernel is pruned by multiplying it with a mask, as training does: half of its zeros are -0. */
function build(kernelQuantizer: string | null, sparsity: number, seed = 1): tf.LayersModel {
  const random = createRandom(seed);
  const model = tf.sequential({
    layers: [qDense({ name: "hidden", units: UNITS, inputShape: [INPUTS], kernelQuantizer, biasQuantizer: kernelQuantizer })],
  });
  const kernel = Float32Array.from({ length: INPUTS * UNITS }, () => random.normal(0, 0.4));
  const mask = sparsity === 1 ? new Float32Array(kernel.length) : magnitudeMask(kernel, sparsity);
  const bias = Float32Array.from({ length: UNITS }, () => random.normal());
  model.setWeights([tf.tensor2d(kernel.map((value, i) => value * mask[i]), [INPUTS, UNITS]), tf.tensor1d(bias)]);
  return model;
}

const weightsOf = (model: tf.LayersModel): Float32Array[] => model.getWeights().map((weight) => weight.dataSync() as Float32Array);
const bitsOf = (values: Float32Array): Uint32Array => new Uint32Array(Float32Array.from(values).buffer);
/** 0 in place of -0. */
const plain = (values: Float32Array): Float32Array => values.map((value) => value + 0);

async function roundTrip(model: tf.LayersModel, encoding: WeightEncoding, name = "model.tfcm"): Promise<tf.LayersModel> {
  const path = join(folder, name);
  assert.equal(await writeModel(model, path, { encoding }), (await stat(path)).size);
  return readModel(path);
}

const quantizers = [
  null,
  "quantized_bits(8,0,alpha=1)",
  "quantized_bits(3,0,alpha=0.5)",
  "quantized_bits(4,0,alpha='auto')",
  "quantized_bits(4,0,alpha='auto_po2')",
  "ternary(alpha=1)",
  "ternary(alpha='auto')",
  "binary(alpha=1)",
  "quantized_po2(4)",
];

describe("sparse encodings of a model file", () => {
  for (const quantizer of quantizers) {
    it(`give back the weights that the dense file gives back, to the bit with 0 for -0: ${quantizer ?? "float32"}`, async () => {
      for (const sparsity of [0, 0.9, 1]) {
        const model = build(quantizer, sparsity);
        const [kernel, bias] = weightsOf(await roundTrip(model, "dense"));
        for (const encoding of encodings) {
          const [found, foundBias] = weightsOf(await roundTrip(model, encoding));
          assert.deepEqual(bitsOf(found), bitsOf(plain(kernel)), `${encoding}, ${sparsity} zeros`);
          assert.deepEqual(bitsOf(foundBias), bitsOf(bias));
        }
      }
    });
  }

  it("keep exactly the weights that are not zero, also where training left -0", async () => {
    const model = build(null, 0.8);
    const [kernel] = weightsOf(model);
    assert.ok(kernel.some((value) => Object.is(value, -0)));
    await roundTrip(model, "csr", "zeros.tfcm");
    const [{ tensors }] = await sizeReport(join(folder, "zeros.tfcm"));
    assert.equal(tensors[0].entries, Math.round(0.2 * INPUTS * UNITS));
  });

  it("carry kernels of convolutions, functional models and gzip", async () => {
    const input = tf.input({ shape: [8, 8, 2] });
    const convolved = tf.layers.conv2d({ filters: 5, kernelSize: 3, name: "convolution" }).apply(input) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: tf.layers.flatten().apply(convolved) as tf.SymbolicTensor });
    const [kernel, bias] = weightsOf(model);
    const pruned = kernel.map((value, i) => value * magnitudeMask(kernel, 0.7)[i]);
    model.setWeights([tf.tensor4d(pruned, [3, 3, 2, 5]), tf.tensor1d(bias)]);
    for (const encoding of encodings) {
      const [found] = weightsOf(await roundTrip(model, encoding, "convolution.tfcm.gz"));
      assert.deepEqual(bitsOf(found), bitsOf(plain(pruned)), encoding);
    }
  });

  it("store vectors, and kernels whose quantizer knows no zero, with all their numbers", async () => {
    const model = build("binary(use_01=1,alpha=1)", 0.9);
    await roundTrip(model, "csr", "binary.tfcm");
    const [{ tensors }] = await sizeReport(join(folder, "binary.tfcm"));
    assert.deepEqual(tensors.map(({ encoding }) => encoding), ["dense", "dense"]);
    await roundTrip(build("quantized_bits(4,0,alpha=1)", 0.9), "csr", "bits.tfcm");
    const [bits] = await sizeReport(join(folder, "bits.tfcm"));
    assert.deepEqual(bits.tensors.map(({ encoding }) => encoding), ["csr", "dense"]);
  });

  it("leave a dense file as it is without them: bytes follow from the weights alone", async () => {
    const path = join(folder, "default.tfcm");
    const model = build("quantized_bits(4,0,alpha='auto')", 0.9);
    await writeModel(model, path);
    const byDefault = await readFile(path);
    await writeModel(model, path, { encoding: "dense" });
    assert.deepEqual(await readFile(path), byDefault);
    const { header } = decodeFile(byDefault, path);
    assert.equal(
      JSON.stringify(header.tensors),
      '[{"name":"hidden/kernel","shape":[30,11],"kind":"packed","bits":4,"signed":true,"stepShape":[1,11]},' +
        '{"name":"hidden/bias","shape":[11],"kind":"packed","bits":4,"signed":true,"stepShape":[1]}]',
    );
  });

  it("refuse an unknown one", async () => {
    await assert.rejects(writeModel(build(null, 0), join(folder, "x.tfcm"), { encoding: "zip" as WeightEncoding }), {
      name: "RangeError",
      message: "Expected encoding to be one of dense, bitmap, csr, relative, auto but found zip.",
    });
  });
});

describe("the bytes of sparse encodings", () => {
  const drawn = fc.tuple(fc.constantFrom(...quantizers), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(100));

  it("are those of the formulas, and add up to the file", async () => {
    await fc.assert(
      fc.asyncProperty(drawn, fc.constantFrom(...encodings), async ([quantizer, sparsity, seed], encoding) => {
        const path = join(folder, "bytes.tfcm");
        await roundTrip(build(quantizer, sparsity, seed), encoding, "bytes.tfcm");
        const [report] = await sizeReport(path);
        assert.equal(report.bytes, report.headerBytes + report.weightBytes);
        assert.equal(report.indexBytes, report.tensors.reduce((sum, { indexBytes }) => sum + indexBytes, 0));
        const { tensors } = decodeFile(await readFile(path), path).header;
        for (const [i, { bits, bytes, entries, valueBytes, indexBytes }] of report.tensors.entries()) {
          assert.equal(bytes, valueBytes + indexBytes);
          const { sparse, stepShape } = tensors[i];
          const scales = 4 * (stepShape?.at(-1) ?? 0);
          assert.equal(valueBytes, scales + Math.ceil((entries * bits) / 8));
          if (sparse?.encoding === "bitmap") assert.equal(bytes, scales + bitmapBytes([INPUTS, UNITS], entries, bits));
          if (sparse?.encoding === "csr") assert.equal(bytes, scales + csrBytes([INPUTS, UNITS], entries, bits));
          if (sparse?.encoding === "relative") assert.equal(bytes, scales + relativeIndexBytes(entries, sparse.indexBits, bits));
          if (!sparse) assert.equal(indexBytes, 0);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("are with auto never more than with any other encoding, header included", async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async ([quantizer, sparsity, seed]) => {
        const model = build(quantizer, sparsity, seed);
        const path = join(folder, "auto.tfcm");
        const best = await writeModel(model, path, { encoding: "auto" });
        for (const encoding of ["dense", ...sparseEncodings] as const) assert.ok(best <= (await writeModel(model, path, { encoding })), encoding);
      }),
      { numRuns: 15 },
    );
  });

  it("of relative indices count the fillers", async () => {
    const model = build(null, 0.99);
    await roundTrip(model, "relative", "fillers.tfcm");
    const path = join(folder, "fillers.tfcm");
    const { sparse } = decodeFile(await readFile(path), path).header.tensors[0];
    assert.ok(sparse?.encoding === "relative");
    const { values } = toRelativeIndex({ values: weightsOf(model)[0], shape: [INPUTS, UNITS] }, { indexBits: sparse.indexBits });
    assert.equal(sparse.entries, values.length);
  });
});

describe("readModel refuses a sparse file whose sha256 is right and whose index is not", () => {
  for (const encoding of sparseEncodings) {
    it(`or reads it to a model, but never anything else: ${encoding}`, async () => {
      const path = join(folder, "index.tfcm");
      await writeModel(build("quantized_bits(4,0,alpha=1)", 0.8), path, { encoding });
      const { header, data } = decodeFile(await readFile(path), path);
      const { values, index } = { values: Math.ceil(((header.tensors[0].sparse?.entries ?? 0) * 4) / 8), index: data[0].length };
      let refused = 0;
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: values, max: index - 1 }), fc.nat(7), async (at, bit) => {
          const bytes = Uint8Array.from(data[0]);
          bytes[at] ^= 1 << bit;
          await writeFile(path, encodeFile(header, [bytes, data[1]]));
          try {
            const [kernel] = weightsOf(await readModel(path));
            assert.equal(kernel.length, INPUTS * UNITS);
            assert.ok(kernel.every((value) => Math.abs(value) <= 1), "nothing but values of the format");
          } catch (error) {
            assert.ok(error instanceof SyntaxError && error.message.includes(`index.tfcm: hidden/kernel is not stored as ${encoding}:`), String(error));
            refused++;
          }
        }),
        { numRuns: 50, seed: 1 },
      );
      // A distance may change unnoticed, a bitmap never.
      assert.ok(encoding === "bitmap" ? refused === 50 : refused > 0);
    });
  }
});
