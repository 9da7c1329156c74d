import assert from "node:assert/strict";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { createRandom } from "../../lib/data/random.js";
import { readModel } from "../../lib/files/readModel.js";
import { sizeReport } from "../../lib/files/sizeReport.js";
import { writeModel } from "../../lib/files/writeModel.js";
import type { QDense } from "../../lib/layers/qDense.js";
import { clusterWeights } from "../../lib/ptq/clusterWeights.js";
import { kMeans } from "../../lib/ptq/kMeans.js";
import type { ClusterCentroidsInit } from "../../lib/ptq/kMeans.js";
import { weightOnlyQuantize } from "../../lib/ptq/weightOnlyQuantize.js";
import { magnitudeMask } from "../../lib/pruning/magnitudeMask.js";
import { codebook } from "../../lib/quantizers/codebook.js";
import { fit } from "../../lib/training/fit.js";
import { drawChain, drawSamples, meanSquare, outputsOf, weightsOf } from "./drawChain.js";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "shared weights "));
});
after(() => rm(folder, { recursive: true }));

const inits: ClusterCentroidsInit[] = ["linear", "densityBased", "kmeansPlusPlus", "random"];
const SIZES = [30, 20, 10, 4];
const x = drawSamples(40, SIZES[0]);

const seenKernel = (model: tf.LayersModel, name: string): Float32Array =>
  tf.tidy(() => Float32Array.from((model.getLayer(name) as QDense).quantizedWeights()[0].dataSync()));
const errorOf = (values: Float32Array, centroids: Float32Array): number =>
  meanSquare(codebook({ centroids: [...centroids] }).quantize(values), values);

/** The least mean squared error of k values, by dynamic programming over all ways to cut the sorted numbers. */
function leastError(values: Float32Array, k: number): number {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  const cost = (from: number, to: number): number => {
    const part = sorted.subarray(from, to);
    const mean = part.reduce((sum, value) => sum + value, 0) / part.length;
    return part.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  };
  let best = Float64Array.from({ length: n + 1 }, (_, to) => (to === 0 ? 0 : cost(0, to)));
  for (let clusters = 2; clusters <= k; clusters++) {
    best = best.map((own, to) => Math.min(own, ...Array.from({ length: to }, (_, from) => best[from] + cost(from, to))));
  }
  return best[n] / n;
}

describe("kMeans", () => {
  it("finds clusters that lie apart, whatever it begins with", () => {
    const random = createRandom(1);
    const centres = [-3, -1, 0.5, 2];
    const values = Float32Array.from({ length: 400 }, (_, i) => centres[i % 4] + random.normal(0, 0.01));
    for (const clusterCentroidsInit of inits) {
      const found = kMeans(values, { numberOfClusters: 4, clusterCentroidsInit, keepsZero: false, seed: 1 });
      found.forEach((centroid, i) => assert.ok(Math.abs(centroid - centres[i]) < 0.01, `${clusterCentroidsInit}: ${found}`));
    }
  });

  it("gives each cluster the mean of the numbers nearest to it, and comes near to the least error there is", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -300, max: 300 }).map((n) => n / 100), { minLength: 1, maxLength: 25 }),
        fc.record({ numberOfClusters: fc.integer({ min: 2, max: 6 }), clusterCentroidsInit: fc.constantFrom(...inits), keepsZero: fc.boolean(), seed: fc.nat(9) }),
        (list, args) => {
          const values = Float32Array.from(list);
          const centroids = kMeans(values, args);
          assert.ok(centroids.length <= args.numberOfClusters && centroids.length >= 1);
          assert.ok(centroids.every((centroid, i) => Number.isFinite(centroid) && (i === 0 || centroids[i - 1] <= centroid)));
          if (args.keepsZero) assert.ok(centroids.includes(0));
          else {
            const quantized = codebook({ centroids: [...centroids] }).quantize(values);
            for (const centroid of new Set(quantized)) {
              const own = values.filter((_, i) => quantized[i] === centroid);
              // A number just between two may belong to either.
              if (own.some((value) => centroids.some((other) => other !== centroid && Math.abs(Math.abs(value - centroid) - Math.abs(value - other)) < 1e-5))) continue;
              assert.ok(Math.abs(own.reduce((sum, value) => sum + value, 0) / own.length - centroid) < 1e-5);
            }
            if (new Set(values).size <= args.numberOfClusters) assert.ok(errorOf(values, centroids) < 1e-12, "as many values as there are numbers");
          }
        },
      ),
    );
    const random = createRandom(2);
    const values = Float32Array.from({ length: 60 }, () => random.normal());
    for (const clusterCentroidsInit of inits) {
      const found = errorOf(values, kMeans(values, { numberOfClusters: 6, clusterCentroidsInit, keepsZero: false, seed: 1 }));
      assert.ok(found <= leastError(values, 6) * 1.6, `${clusterCentroidsInit}: ${found}`);
    }
  });

  it("wins against evenly spaced values of as many bits, on bell-shaped and on heavy-tailed numbers", () => {
    const random = createRandom(3);
    const bell = Float32Array.from({ length: 5000 }, () => random.normal());
    const tails = bell.map((value) => value * Math.exp(random.normal(0, 0.7)));
    for (const [values, gain] of [[bell, 1.3], [tails, 3]] as const) {
      const [low, high] = [Math.min(...values), Math.max(...values)];
      for (const bits of [3, 4, 5]) {
        const numberOfClusters = 2 ** bits;
        const even = Float32Array.from({ length: numberOfClusters }, (_, i) => low + ((high - low) * i) / (numberOfClusters - 1));
        for (const clusterCentroidsInit of inits) {
          const shared = kMeans(values, { numberOfClusters, clusterCentroidsInit, keepsZero: false, seed: 4 });
          assert.ok(errorOf(values, shared) < errorOf(values, even) / gain, `${clusterCentroidsInit}, ${bits} bits`);
        }
      }
    }
  });
});

describe("clusterWeights", () => {
  it("leaves each kernel with the values asked for, nearer to the weights than symmetric codes of as many bits", () => {
    const model = drawChain({ sizes: SIZES, seed: 1 });
    const tensors = tf.memory().numTensors;
    const clustered = clusterWeights(model, { numberOfClusters: 8 });
    assert.equal(tf.memory().numTensors, tensors + clustered.weights.length);
    const uniform = weightOnlyQuantize(model, { bits: 3, perChannel: false, method: "mse" });
    for (const name of ["dense0", "dense1", "dense2"]) {
      const kernel = Float32Array.from(model.getLayer(name).getWeights()[0].dataSync());
      const [shared, even] = [clustered, uniform].map((each) => seenKernel(each, name));
      assert.ok(new Set(shared).size <= 8);
      assert.ok(meanSquare(shared, kernel) < meanSquare(even, kernel));
    }
    assert.deepEqual(clustered.getLayer("dense0").getWeights()[1].dataSync(), model.getLayer("dense0").getWeights()[1].dataSync());
  });

  it("keeps zeros with preserveSparsity, and takes layers by name", () => {
    const model = drawChain({ sizes: SIZES, seed: 2 });
    const weights = model.getWeights();
    const kernel = Float32Array.from(weights[0].dataSync());
    const mask = magnitudeMask(kernel, 0.6);
    weights[0] = tf.tensor(kernel.map((value, i) => value * mask[i]), [30, 20]);
    model.setWeights(weights);
    for (const clusterCentroidsInit of inits) {
      const clustered = clusterWeights(model, { numberOfClusters: { dense0: 5 }, clusterCentroidsInit, preserveSparsity: true });
      assert.deepEqual(clustered.layers.map((layer) => layer.getClassName()), ["QDense", "Dense", "Dense"]);
      const shared = seenKernel(clustered, "dense0");
      mask.forEach((kept, i) => assert.ok(kept === 1 || shared[i] === 0));
      assert.ok(new Set(shared).size <= 5);
    }
  });

  for (const [numberOfClusters, bits] of [[2, 1], [5, 3], [16, 4], [17, 5], [256, 8]] as const) {
    it(`is written with ${bits} bits a weight and ${numberOfClusters} values a kernel`, async () => {
      const model = clusterWeights(drawChain({ sizes: SIZES, seed: 3 }), { numberOfClusters, clusterCentroidsInit: "linear" });
      const path = join(folder, "model.tfcm");
      assert.equal(await writeModel(model, path), (await stat(path)).size);
      const again = await readModel(path);
      assert.deepEqual(outputsOf(again, x), outputsOf(model, x));
      const [{ tensors, listBytes }] = await sizeReport(path);
      const kernels = tensors.filter(({ name }) => name.endsWith("/kernel"));
      const values = ["dense0", "dense1", "dense2"].map((name) => (model.getLayer(name) as QDense).kernelQuantizer?.getConfig().centroids as number[]);
      kernels.forEach(({ bytes, numbers }, i) => assert.equal(bytes, Math.ceil((numbers * Math.max(1, Math.ceil(Math.log2(values[i].length)))) / 8)));
      assert.equal(kernels[0].bits, bits);
      const most = 4 * values.reduce((sum, { length }) => sum + length, 0);
      assert.equal(listBytes, values.every(({ length }) => length >= 4) ? most : 0);
    });
  }

  it("is written without its zeros in every sparse encoding, zeros having code 0", async () => {
    const model = drawChain({ sizes: SIZES, seed: 4 });
    for (const layer of model.layers) {
      const [kernel, bias] = layer.getWeights();
      const values = Float32Array.from(kernel.dataSync());
      const mask = magnitudeMask(values, 0.8);
      layer.setWeights([tf.tensor(values.map((value, i) => value * mask[i]), kernel.shape), bias]);
    }
    const shared = clusterWeights(model, { numberOfClusters: 16, preserveSparsity: true });
    const sizes: number[] = [];
    for (const encoding of ["dense", "bitmap", "csr", "relative"] as const) {
      const path = join(folder, `${encoding}.tfcm`);
      sizes.push(await writeModel(shared, path, { encoding }));
      assert.deepEqual(outputsOf(await readModel(path), x), outputsOf(shared, x));
      const [{ tensors }] = await sizeReport(path);
      if (encoding === "dense") continue;
      const nonzero = seenKernel(shared, "dense0").filter((value) => value !== 0).length;
      assert.equal(tensors[0].encoding, encoding);
      assert.ok(encoding === "relative" ? tensors[0].entries >= nonzero : tensors[0].entries === nonzero);
    }
    assert.ok(Math.min(...sizes.slice(1)) < sizes[0]);
  });

  it("trains on with its values", async () => {
    const model = drawChain({ sizes: [30, 10, 4], seed: 5 });
    const clustered = clusterWeights(model, { numberOfClusters: 4 });
    const y = { values: Float32Array.from({ length: 160 }, (_, i) => Number(i % 4 === Math.floor(i / 4) % 4)), shape: [40, 4] as [number, number] };
    clustered.compile({ optimizer: tf.train.adam(0.02), loss: "categoricalCrossentropy" });
    const values = (name: string): number[] => (clustered.getLayer(name) as QDense).kernelQuantizer?.getConfig().centroids as number[];
    const [before, kept] = [seenKernel(clustered, "dense0"), values("dense0")];
    const { history } = await fit(clustered, x, y, { epochs: 20, batchSize: 20, verbose: 0 });
    const losses = history.loss;
    assert.ok(losses[19] < losses[0] * 0.8, `${losses[19]} after ${losses[0]}`);
    const after = seenKernel(clustered, "dense0");
    assert.notDeepEqual(after, before);
    assert.ok([...after].every((value) => kept.includes(value)));
  });

  it("refuses what has no meaning", () => {
    const model = drawChain({ sizes: SIZES, seed: 1 });
    const refuse = (options: Parameters<typeof clusterWeights>[1], message: RegExp): void =>
      assert.throws(() => clusterWeights(model, options), { name: "RangeError", message });
    refuse({ numberOfClusters: 1 }, /numberOfClusters to be a whole number from 2 to 65536 but found 1/);
    refuse({ numberOfClusters: { other: 4 } }, /dense0, dense1, dense2, but found other/);
    refuse({ numberOfClusters: 4, clusterCentroidsInit: "even" as "linear" }, /one of linear, densityBased, kmeansPlusPlus, random but found even/);
  });

  it("does not change the weights of a model that it was given", () => {
    const model = drawChain({ sizes: SIZES, seed: 6 });
    const before = weightsOf(model);
    clusterWeights(model, { numberOfClusters: 4 });
    assert.deepEqual(weightsOf(model), before);
  });
});
