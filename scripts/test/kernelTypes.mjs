// Compiles a file that uses everything of the library with the notebook kernel's own, older TypeScript.
// In a cell a declaration which that compiler does not understand becomes `any` without a word.
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import { isMain } from "../isMain.mjs";
import { root } from "../project.mjs";

/**
 * Finds what the kernel's compiler makes of a library's declarations.
 *
 * @param {string} declarations the library's index.d.ts
 * @param {string} probe TypeScript file to write, which imports everything; its folder decides what can be
 *   imported, as a notebook's does
 * @param {string} [specifier] what the probe imports
 * @returns {{faults: string[], names: string[]}} errors in our own files and types that became `any`; the
 *   exported names
 */
export function checkKernelTypes(declarations, probe, specifier = "tfjs-compression") {
  const ts = createRequire(join(root, "package.json"))("@tslab/typescript-for-tslab");
  mkdirSync(dirname(probe), { recursive: true });
  writeFileSync(probe, `import * as everything from ${JSON.stringify(specifier)};\nvoid everything;\n`);
  const program = ts.createProgram([probe, declarations], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.CommonJS,
    moduleResolution: ts.ModuleResolutionKind.NodeJs,
    lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
    types: ["node"],
    typeRoots: [join(root, "node_modules", "@types")],
    strict: true,
    esModuleInterop: true,
    skipLibCheck: false,
    noEmit: true,
  });
  const folder = dirname(declarations) + sep;
  const ours = program.getSourceFiles().filter(({ fileName }) => {
    const file = fileName.split("/").join(sep);
    return file.startsWith(folder) || file === probe;
  });
  const checker = program.getTypeChecker();
  const faults = [];
  for (const file of ours) {
    const at = (start, message) => {
      const { line, character } = file.getLineAndCharacterOfPosition(start);
      const name = relative(root, file.fileName).split(sep).join("/");
      faults.push(`${name}:${line + 1}:${character + 1}: ${message}`);
    };
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    for (const { start, messageText } of found)
      at(start ?? 0, ts.flattenDiagnosticMessageText(messageText, "\n"));
    const visit = (node) => {
      // A reference that does not resolve is an `any` of its own kind, which need not be reported as an error.
      if (ts.isTypeNode(node) && checker.getTypeFromTypeNode(node).intrinsicName === "error") {
        at(node.getStart(file), `the kernel takes ${node.getText(file)} for any`);
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  const entry = program.getSourceFile(declarations);
  const symbol = entry === undefined ? undefined : checker.getSymbolAtLocation(entry);
  const names = symbol === undefined ? [] : checker.getExportsOfModule(symbol).map(({ name }) => name);
  if (names.length === 0) faults.push(`${relative(root, declarations)}: nothing is exported`);
  return { faults: [...new Set(faults)], names };
}

if (isMain(import.meta.url)) {
  const { faults, names } = checkKernelTypes(
    join(root, "lib", "dist", "index.d.ts"),
    join(root, "build", "test", "kernel-types", "probe.ts"),
  );
  if (faults.length > 0) {
    console.error(faults.join("\n"));
    process.exitCode = 1;
  } else console.log(`The kernel's compiler understands all ${names.length} exports of the library.`);
}
