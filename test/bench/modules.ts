import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** Address of a module of the benchmark, such as "statistic.mjs", for `import()`. */
export function benchModule(name: string): string {
  return String(pathToFileURL(resolve(__dirname, "../../bench", name)));
}
