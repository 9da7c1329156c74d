import { instantiate } from "./kernels.js";
import type { Kernels } from "./kernels.js";

const PAGE = 65536;
const LINE = 64;

/**
 * A WebAssembly memory with the kernels that work on it. Room is handed out once, one piece after the other, and
 * all of it is given back when the arena is dropped.
 */
export class Arena {
  readonly kernels: Kernels;
  private readonly memory = new WebAssembly.Memory({ initial: 1 });
  private view: Float32Array = new Float32Array(0);
  private top = PAGE; // the first page holds the kernels' tables

  constructor() {
    this.kernels = instantiate(this.memory);
  }

  /** Room for `length` float32 or uint32 numbers, all zero, at an address that suits cache and SIMD. */
  allocate(length: number): number {
    const pointer = this.top;
    this.top += Math.ceil((length * 4) / LINE) * LINE;
    const missing = Math.ceil((this.top - this.memory.buffer.byteLength) / PAGE);
    if (missing > 0) {
      try {
        this.memory.grow(missing);
      } catch {
        throw new RangeError(`The network does not fit into memory: ${Math.ceil(this.top / 2 ** 20)} MiB of at most 4096.`);
      }
    }
    return pointer;
  }

  /** All numbers in the memory; an address divided by four is an index. */
  get numbers(): Float32Array {
    if (this.view.buffer !== this.memory.buffer) this.view = new Float32Array(this.memory.buffer);
    return this.view;
  }

  /** The `length` numbers at an address; not a copy. */
  at(pointer: number, length: number): Float32Array {
    return this.numbers.subarray(pointer >>> 2, (pointer >>> 2) + length);
  }
}
