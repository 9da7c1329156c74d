"use strict";
// What a cell may require: packages of its own folder, else of the checkout; TypeScript files,
// compiled when they are required and read again when they have changed.
const fs = require("node:fs");
const path = require("node:path");
const Module = require("node:module");
const { rememberSource } = require("./traceback.cjs");

/** Modification time of each TypeScript file when it was compiled. @type {Map<string, number>} */
const compiled = new Map();

/** @param {any} module @param {string} file */
function loadTypeScript(module, file) {
  const ts = require("@tslab/typescript-for-tslab");
  const text = fs.readFileSync(file, "utf8");
  compiled.set(file, fs.statSync(file).mtimeMs);
  const out = ts.transpileModule(text, {
    fileName: file,
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
      experimentalDecorators: true,
      sourceMap: true,
    },
  });
  /** @type {Module.SourceMap | undefined} */
  let map;
  rememberSource(file, {
    text,
    originalPosition(line, column) {
      map ??= new Module.SourceMap(JSON.parse(out.sourceMapText));
      const entry = map.findEntry(line, column);
      return "originalLine" in entry ? { line: entry.originalLine, column: entry.originalColumn } : null;
    },
  });
  module._compile(out.outputText, file);
}

/** Forgets the TypeScript modules when one of them has changed, so that the next import reads it. */
function reloadChanged() {
  const changed = [...compiled].some(([file, time]) => {
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    return !stat || stat.mtimeMs !== time;
  });
  if (!changed) return;
  for (const file of compiled.keys()) delete require.cache[file];
  compiled.clear();
}

/**
 * The `require` of a notebook's cells.
 * @param {string} folder the notebook's
 * @param {string} root the checkout's
 */
function createCellRequire(folder, root) {
  Module._extensions[".ts"] = loadTypeScript;
  const here = Module.createRequire(path.join(folder, "notebook.cjs"));
  const course = Module.createRequire(path.join(root, "notebook.cjs"));
  /** @param {string} id */
  const resolve = (id) => {
    // The kernel has one tslab: another copy would not know where to write.
    if (id === "tslab") return require.resolve("tslab");
    const choices = [[here, id], [here, id.replace(/\.js$/, ".ts")], [course, id]];
    for (const [from, name] of choices) {
      try {
        return from.resolve(name);
      } catch (error) {
        if (error.code !== "MODULE_NOT_FOUND") throw error;
      }
    }
    return here.resolve(id); // the error of the first place looked at
  };
  return Object.assign((/** @type {string} */ id) => here(resolve(id)), {
    resolve,
    cache: here.cache,
    main: undefined,
    extensions: Module._extensions,
  });
}

module.exports = { createCellRequire, reloadChanged };
