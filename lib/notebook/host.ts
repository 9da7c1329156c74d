/** What a notebook kernel offers the library. */
export interface KernelHost {
  /** Puts an output into the running cell, or replaces the one with the same `id`. */
  display(bundle: Record<string, unknown>, options?: DisplayOptions): void;
  /** The signal of the running cell, aborted when the user presses stop. */
  interruptSignal(): AbortSignal;
  /** Absolute path of the notebook, where known. */
  readonly notebook: string | null;
  /** Where this notebook's results go, where known. */
  readonly resultsFile: string | null;
}

/** How an output is placed. */
export interface DisplayOptions {
  /** Name of the output within the cell, so that it can be replaced later. */
  id?: string;
  /** Replace the output with this `id` instead of adding one. */
  update?: boolean;
  /** Jupyter's metadata of the output. */
  metadata?: object;
}

/** Gives the notebook kernel this process runs in, or null in a plain program. */
export function kernelHost(): KernelHost | null {
  const host: unknown = Reflect.get(globalThis, Symbol.for("jupyter.kernel"));
  return typeof host === "object" && host !== null ? (host as KernelHost) : null;
}
