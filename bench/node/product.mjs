// Speed of the kernel of a dense product: one JSON line with GFLOP/s, the best of several rounds.
import { Arena } from "tfjs-compression/dist/wasm/arena.js";

const [rows, inputs, units] = [64, 784, 256];
const times = 100;
const arena = new Arena();
const x = arena.allocate(rows * inputs);
const w = arena.allocate(inputs * units);
const y = arena.allocate(rows * units);
for (const [address, length] of [[x, rows * inputs], [w, inputs * units]]) {
  arena.at(address, length).forEach((_, i, numbers) => (numbers[i] = (i % 17) / 17 + 0.1));
}
let best = Infinity;
for (let round = 0; round < 20; round++) {
  const started = performance.now();
  for (let i = 0; i < times; i++) arena.kernels.matmul(x, inputs, w, inputs, 0, y, units, rows, inputs, units);
  best = Math.min(best, (performance.now() - started) / times);
}
console.log(JSON.stringify({ gflops: (2 * rows * inputs * units) / best / 1e6 }));
