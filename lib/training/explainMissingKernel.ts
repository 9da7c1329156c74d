/** Adds what to do to an error of TensorFlow.js's WebAssembly backend, which lacks some gradients; gives others as they are. */
export function explainMissingKernel(error: unknown): unknown {
  const message = error instanceof Error ? error.message : "";
  if (!/^Kernel '\w+' not registered for backend 'wasm'/.test(message)) return error;
  const cure = "Run npm run setup:native, or set the environment variable TFJS_BACKEND=cpu, which is slower.";
  return new Error(`TensorFlow.js cannot train this model with WebAssembly: ${message}. ${cure}`, { cause: error });
}
