"use strict";
// tslab's converter (TypeScript cell -> CommonJS and declarations), with its faults mended.
//
// The converter keeps all its parts in one closure, so it is mended where it is read: each patch
// below names one place of tslab 1.0.22's converter.js and must be found there exactly once.
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");
const { createRequire, SourceMap } = require("node:module");
const ts = require("@tslab/typescript-for-tslab");

/** @type {{ find: string, put: string }[]} */
const PATCHES = [
  // Strict cells that know es2023 and the DOM's types; source maps; types of the course's checkout.
  { find: "        outDir,\n    }, sys, null,", put: "        outDir,\n        ...mend.compilerOptions(cwd),\n    }, sys, mend.createProgram," },
  // What the compiler's lib.es2023 lacks.
  { find: "new Set([declFilename, srcFilename])", put: "new Set([declFilename, srcFilename, mend.es2023File])" },
  { find: "virtualFiles = new Map();", put: "virtualFiles = new Map([[mend.es2023File, mend.es2023Text]]);" },
  // The course's types are read when the kernel has nothing to do, and then stay.
  { find: "            return srcPrefix + declContent;", put: "            return srcPrefix + mend.alwaysImported + declContent;" },
  // Hundreds of file watchers for declarations that do not change while a kernel runs.
  { find: "        fileWatchers.set(path, cb);", put: "        if (!mend.isWatched(path)) return { close() {} };\n        fileWatchers.set(path, cb);" },
  // A file that changes while a cell runs asks for a rebuild too; one rebuild serves both.
  { find: `            throw new Error("Unexpected pending rebuildTimer");`, put: "" },
  { find: `        throw new Error("clearing unexpected tiemr");`, put: "" },
  // The program was built twice a cell: first only to learn which names the cell declares.
  {
    find: `        updateContent(prevDecl, src);
        let declsFile = builder.getSourceFile(declFilename);
        let srcFile = builder.getSourceFile(srcFilename);
        const locals = srcFile.locals;`,
    put: `        let declsFile;
        let srcFile;
        const locals = mend.localsOf(srcFilename, srcPrefix + src);`,
  },
  { find: "        if (keys.size > 0) {\n            // Export", put: "        {\n            // Export" },
  { find: `            console.warn("builder is not recreated though contents are changed.");`, put: "" },
  // Files beside the notebook are checked but not emitted: require compiles them (sources.cjs).
  { find: "of getAllSrcDependencies(builder, srcFile)) {\n            if (side", put: "of [srcFilename]) {\n            if (side" },
  { find: "getPreEmitDiagnosticsWithDependencies(builder, srcFile)", put: "mend.diagnostics(builder.getProgram(), srcFile)" },
  { find: `                if (rel.startsWith("..")) {\n                    continue;\n                }\n                fileName = rel;`, put: "                fileName = rel;" },
  // `for await` at the top level is a top-level await as well.
  { find: "hasToplevelAwait: diag.hasToplevelAwait,", put: "hasToplevelAwait: diag.hasToplevelAwait || mend.hasForAwait(srcFile)," },
  // A function of an earlier cell is called as a function, not as a method of `exports`.
  {
    find: `            return ts.factory.createPropertyAccessExpression(ts.factory.createIdentifier("exports"), node);`,
    put: `            return mend.reference(node);`,
  },
  // `{ x }` with x from an earlier cell compiled to a name that does not exist.
  { find: "            if (!ts.isIdentifier(node)) {\n                return ts.visit", put: "            if (mend.isShorthand(node, checker, declsFile)) return mend.longhand(node, wrapPrevIdentifier);\n            if (!ts.isIdentifier(node)) {\n                return ts.visit" },
  // Keep both source maps, so that a stack frame leads back to the line of the cell.
  { find: "                if (fileName === dstFilename) {", put: "                mend.emitted(fileName, data);\n                if (fileName === dstFilename) {" },
  { find: "output: esModuleToCommonJSModule(output, transpileTarget),", put: "...mend.commonJS(output, transpileTarget)," },
];

/** Name of the function that a cell tells its variables. */
const DECLARE = "__declare";

/** Declarations the compiler reports but a cell may well do without. */
const IGNORED = new Set([
  6059, // a file above the notebook's folder "is not under rootDir"
  7016, // a package written in JavaScript without declarations
]);

/**
 * @typedef {object} Position zero-based
 * @property {number} line
 * @property {number} character
 *
 * @typedef {object} Diagnostic
 * @property {Position} start
 * @property {Position} end
 * @property {string} messageText
 * @property {string} [fileName]
 *
 * @typedef {object} Converted
 * @property {Diagnostic[]} diagnostics when there are some, nothing else is set
 * @property {string} [output] body of a function of `exports`, `require` and DECLARE, which it calls first with
 *   an accessor for each value it declares
 * @property {string} [declOutput] declarations that later cells see
 * @property {string} [lastExpressionVar]
 * @property {boolean} [hasToplevelAwait]
 * @property {(line: number, column: number) => { line: number, column: number } | null} [originalPosition]
 *   zero-based position in `output` -> zero-based position in the cell
 *
 * @typedef {object} Converter
 * @property {(declarations: string, source: string) => Converted} convert
 * @property {(declarations: string, source: string, position: number) => any} inspect
 * @property {(declarations: string, source: string, position: number) => { start: number, end: number, candidates: string[] }} complete
 * @property {(declarations: string) => void} readAhead reads the types that most notebooks import
 */

/** What the patched source calls. @param {string} root the checkout */
function createMend(root) {
  const modules = path.join(root, "node_modules");
  let emittedMap = "";
  return {
    es2023File: path.join(__dirname, "es2023.d.ts").replaceAll("\\", "/"), // there is no such file
    es2023Text: es2023(),

    alwaysImported: "",

    /** @param {string} cwd */
    compilerOptions(cwd) {
      const inside = !path.relative(root, cwd).startsWith("..") && !path.isAbsolute(path.relative(root, cwd));
      const options = {
        strict: true,
        // The kernel makes cells strict code itself; tslab's noImplicitUseStrict excludes this one.
        alwaysStrict: false,
        lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
        types: ["node"],
        typeRoots: [path.join(modules, "@types")],
        checkJs: false,
        sourceMap: true,
      };
      if (inside) return options;
      // A notebook outside the checkout: first its own node_modules, then the checkout's.
      const folders = [...ancestors(cwd).map((folder) => path.join(folder, "node_modules")), modules]
        .filter((folder) => fs.existsSync(folder))
        .flatMap((folder) => [path.join(folder, "*"), path.join(folder, "@types", "*")]);
      // By its real path, so that declarations can name the library's types.
      const library = fs.realpathSync(path.join(modules, "tfjs-compression"));
      const own = { "tfjs-compression": [library], "tfjs-compression/*": [path.join(library, "*")] };
      return { ...options, baseUrl: cwd, paths: { ...own, "*": folders } };
    },

    isWatched: isOwnSource,

    // The default one keeps books about every declaration file, which nobody reads here.
    createProgram(/** @type {any[]} */ ...args) {
      const builder = ts.createAbstractBuilder(...args);
      // Binds the files: the converter then makes the declarations the parent of the cell.
      builder.getProgram().getTypeChecker();
      return builder;
    },

    /** @param {string} file @param {string} text */
    localsOf(file, text) {
      const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, /* setParentNodes */ true);
      ts.bindSourceFile(source, { target: ts.ScriptTarget.ES2022 });
      // What a cell exports itself need not be exported for it.
      const names = [...(source.locals ?? [])].filter(([name]) => !source.symbol?.exports?.has(name));
      return new Map(names);
    },

    /** Of the cell and of the TypeScript files it imports. @param {any} program @param {any} cell */
    diagnostics(program, cell) {
      const syntax = program.getSyntacticDiagnostics(cell);
      if (syntax.length > 0) return syntax; // of what cannot be read, the types say nothing
      const files = program.getSourceFiles().filter((/** @type {any} */ file) => file !== cell && isOwnSource(file.fileName));
      return ts
        .getPreEmitDiagnosticsOfFiles(program, [cell, ...files])
        .filter((/** @type {any} */ diagnostic) => !IGNORED.has(diagnostic.code));
    },

    /** @param {any} node @returns {boolean} */
    hasForAwait(node) {
      if (ts.isFunctionLike(node)) return false;
      if (ts.isForOfStatement(node) && node.awaitModifier) return true;
      return ts.forEachChild(node, (/** @type {any} */ child) => this.hasForAwait(child) || undefined) ?? false;
    },

    /** @param {any} name */
    reference(name) {
      const { factory } = ts;
      const value = factory.createPropertyAccessExpression(factory.createIdentifier("exports"), name);
      const { parent } = ts.getOriginalNode(name);
      if (!parent || !ts.isCallExpression(parent) || parent.expression !== ts.getOriginalNode(name)) return value;
      return factory.createParenthesizedExpression(factory.createComma(factory.createNumericLiteral(0), value));
    },

    /** @param {any} node @param {any} checker @param {any} declarations */
    isShorthand(node, checker, declarations) {
      if (!ts.isShorthandPropertyAssignment(node)) return false;
      const symbol = checker.getShorthandAssignmentValueSymbol(ts.getOriginalNode(node));
      return (symbol?.declarations ?? []).some((/** @type {any} */ d) => d.getSourceFile() === declarations);
    },

    /** @param {any} node @param {(node: any) => any} visit */
    longhand(node, visit) {
      const { factory } = ts;
      const value = factory.createPropertyAccessExpression(factory.createIdentifier("exports"), node.name);
      const initial = node.objectAssignmentInitializer;
      return factory.createPropertyAssignment(
        node.name,
        initial ? factory.createAssignment(value, visit(initial)) : value,
      );
    },

    /** @param {string} file @param {string} data */
    emitted(file, data) {
      if (file.endsWith(".js.map")) emittedMap = data;
    },

    /** @param {string} js @param {number} target */
    commonJS(js, target) {
      // The exports of a CommonJS module are copies. What cells share must be the variables themselves.
      const list = /(?:^|\n)export \{([^{}]*)\};?\s*(?:\/\/# .*\s*)?$/.exec(js);
      const names = list ? list[1].split(",").map((name) => name.trim()).filter(Boolean) : [];
      const accessors = names.map((name) => `${name}: [() => ${name}, (value) => { ${name} = value; }]`);
      const body = `${DECLARE}({ ${accessors.join(", ")} });\n${list ? js.slice(0, list.index) : js}`;
      const out = ts.transpileModule(body, {
        fileName: "cell.js",
        compilerOptions: {
          module: ts.ModuleKind.CommonJS,
          esModuleInterop: true,
          target,
          newLine: ts.NewLineKind.LineFeed,
          noImplicitUseStrict: true,
          sourceMap: true,
        },
      });
      const outer = emittedMap;
      /** @type {SourceMap[] | undefined} */
      let maps;
      const end = out.outputText.split("\n").length - 1;
      return {
        output: out.outputText,
        /** @param {number} line @param {number} column */
        originalPosition(line, column) {
          if (line >= end) return null;
          maps ??= [new SourceMap(JSON.parse(out.sourceMapText)), new SourceMap(JSON.parse(outer))];
          const inner = maps[0].findEntry(line, column);
          if (!("originalLine" in inner) || inner.originalLine === 0) return null;
          const entry = maps[1].findEntry(inner.originalLine - 1, inner.originalColumn);
          if (!("originalLine" in entry)) return null;
          // The converter puts one line, "export {};", before the cell.
          return { line: entry.originalLine - 1, column: entry.originalColumn };
        },
      };
    },
  };
}

/** Arrays copied by a change, which every supported Node has and TypeScript 5.0's lib.es2023 lacks. */
function es2023() {
  const changes = (/** @type {string} */ array, /** @type {string} */ item) => `
    toReversed(): ${array};
    toSorted(compareFn?: (a: ${item}, b: ${item}) => number${item === "bigint" ? " | bigint" : ""}): ${array};
    with(index: number, value: ${item}): ${array};`;
  const splice = `
    toSpliced(start: number, deleteCount: number, ...items: T[]): T[];
    toSpliced(start: number, deleteCount?: number): T[];`;
  const typed = ["Int8", "Uint8", "Uint8Clamped", "Int16", "Uint16", "Int32", "Uint32", "Float32", "Float64", "BigInt64", "BigUint64"];
  return [
    ...["Array", "ReadonlyArray"].map((name) => `interface ${name}<T> {${changes("T[]", "T")}${splice}}`),
    ...typed.map((name) => `interface ${name}Array {${changes(`${name}Array`, name.startsWith("Big") ? "bigint" : "number")}}`),
  ].join("\n");
}

/** Whether a file is TypeScript that belongs to a notebook, and may change. @param {string} file */
function isOwnSource(file) {
  return /\.[cm]?tsx?$/.test(file) && !file.endsWith(".d.ts") && !file.includes("/node_modules/");
}

/** @param {string} folder @returns {string[]} */
function ancestors(folder) {
  const parent = path.dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}

/**
 * The converter for a notebook in the current folder.
 * @param {string} root the checkout, whose node_modules every notebook may import from
 * @returns {Converter}
 */
function createConverter(root) {
  const file = require.resolve("tslab/dist/converter.js");
  let source = fs.readFileSync(file, "utf8").replace(/\r\n/g, "\n");
  for (const { find, put } of PATCHES) {
    const parts = source.split(find);
    if (parts.length !== 2) {
      throw new Error(`Expected tslab 1.0.22 but found another version: cannot mend ${JSON.stringify(find)}`);
    }
    source = parts.join(put);
  }
  const module = { exports: /** @type {any} */ ({}) };
  const run = vm.compileFunction(source, ["exports", "require", "module", "__filename", "__dirname", "mend"], {
    filename: file,
  });
  const mend = createMend(root);
  run(module.exports, createRequire(file), module, file, path.dirname(file), mend);
  const converter = module.exports.createConverter({ isJS: false, isBrowser: false });
  return {
    ...converter,
    readAhead(declarations) {
      mend.alwaysImported = `import "@tensorflow/tfjs"; import "tfjs-compression";\n`;
      converter.convert(declarations, "");
    },
  };
}

module.exports = { createConverter, DECLARE };
