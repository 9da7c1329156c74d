import type { DisplayOptions } from "../../lib/notebook/host.js";

const HOST = Symbol.for("jupyter.kernel");

/** One output as a notebook would store it. */
export interface Output {
  bundle: Record<string, unknown>;
  id?: string;
}

/** Runs `action` as if in a notebook and gives the outputs that the cell ends up with. */
export function inNotebook(action: () => void): { outputs: Output[]; messages: number } {
  const outputs: Output[] = [];
  let messages = 0;
  Reflect.set(globalThis, HOST, {
    display(bundle: Record<string, unknown>, options: DisplayOptions = {}) {
      messages++;
      if (options.update === true) {
        const output = outputs.find(({ id }) => id === options.id);
        if (output === undefined) throw new Error(`there is no output ${options.id} to update`);
        output.bundle = bundle;
      } else {
        outputs.push({ bundle, id: options.id });
      }
    },
    interruptSignal: () => new AbortController().signal,
    notebook: null,
    resultsFile: null,
  });
  try {
    action();
  } finally {
    Reflect.deleteProperty(globalThis, HOST);
  }
  return { outputs, messages };
}
