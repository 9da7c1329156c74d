// Compiles lib/wasm/kernels (AssemblyScript) to one WebAssembly module, the same for Node and browsers.
import { readdirSync, readFileSync, renameSync, writeFileSync, mkdirSync, existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fingerprint } from "./setup/stamp.mjs";

const options = [
  "-O3",
  "--noAssert",
  ...["--enable", "simd"],
  ...["--runtime", "stub"], // nothing is allocated by the kernels
  "--importMemory",
  "--noExportMemory",
  ...["--use", "abort="],
];

/** The compiled module of a library. */
export const kernelsModule = (lib) => join(lib, "dist", "wasm", "kernels.wasm");

/** What the compiled module depends on, as one hash. */
export function kernelsFingerprint(lib) {
  const folder = join(lib, "wasm", "kernels");
  if (!existsSync(folder)) return "";
  const sources = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".ts"));
  return fingerprint(
    sources.sort().map((name) => join(folder, name)),
    options.join(" "),
  );
}

/**
 * Compiles the kernels.
 *
 * @param {string} lib the library's folder
 * @throws {SyntaxError} with the compiler's messages
 */
export async function buildKernels(lib) {
  const { default: asc } = await import("assemblyscript/asc");
  const outputs = new Map();
  const { error, stderr } = await asc.main(["index.ts", "--outFile", "kernels.wasm", ...options], {
    readFile: (name, folder) => {
      const file = join(lib, "wasm", "kernels", folder === "." ? "" : folder, name);
      return existsSync(file) ? readFileSync(file, "utf8") : null;
    },
    writeFile: (name, content) => void outputs.set(name, content),
    listFiles: () => [],
  });
  if (error) throw new SyntaxError(`The kernels in lib/wasm/kernels do not build:\n${stderr.toString()}`);
  const target = kernelsModule(lib);
  mkdirSync(dirname(target), { recursive: true });
  const temporary = `${target}.${process.pid}.tmp`;
  writeFileSync(temporary, outputs.get("kernels.wasm"));
  renameSync(temporary, target);
}
