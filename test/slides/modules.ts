import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** Address of a module of the slides' build, such as "readDeck.mjs", for `import()`. */
export function slidesModule(name: string): string {
  return String(pathToFileURL(resolve(__dirname, "../../scripts/slides", name)));
}
