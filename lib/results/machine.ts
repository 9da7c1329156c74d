import { cpus, totalmem, type } from "node:os";

/** What a number was measured on, in a line: processor, cores, memory, system and Node. */
export function machine(): string {
  const [{ model } = { model: "unknown processor" }] = cpus();
  const memory = (totalmem() / 1e9).toFixed(0);
  return `${model.trim()}, ${cpus().length} cores, ${memory} GB, ${type()}, Node ${process.versions.node}`;
}
