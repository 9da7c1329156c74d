// Builds lib/**/*.ts and the WebAssembly kernels to lib/dist, one file at a time and only files that changed: a change in the
// library is seen after a kernel restart because every kernel start calls buildIfStale. Types are not
// checked here (that is `npm test`), so this takes a fraction of a second.
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { buildKernels, kernelsFingerprint, kernelsModule } from "./buildKernels.mjs";
import { isMain } from "./isMain.mjs";
import { root } from "./project.mjs";
import { withLock } from "./setup/lock.mjs";
import { fingerprint, readJson } from "./setup/stamp.mjs";

const self = fileURLToPath(import.meta.url);
const outputs = [".js", ".js.map", ".d.ts"];

/**
 * Brings lib/dist up to date with the library's sources.
 *
 * @param {string} [project] the checkout
 * @returns {Promise<boolean>} whether anything was written or removed
 * @throws {SyntaxError} that names file and line, when a source does not parse or an export lacks its type
 */
export async function buildIfStale(project = root) {
  const lib = join(project, "lib");
  if (findChanges(project, lib) === undefined) return false;
  return await withLock(join(lib, "dist", ".lock"), () => build(project, lib));
}

/** What differs between the sources and lib/dist; undefined when nothing does. */
function findChanges(project, lib) {
  const dist = join(lib, "dist");
  const settings = fingerprint([
    self,
    join(project, "tsconfig.json"),
    join(lib, "tsconfig.json"),
    join(project, "node_modules", "typescript", "package.json"),
  ]);
  const stamp = readJson(join(dist, ".stamp.json"));
  const known = stamp?.settings === settings ? stamp.files : {};
  const built = new Set(existsSync(dist) ? listFiles(dist, "") : []);

  const files = {};
  const changed = [];
  let touched = false;
  for (const name of listFiles(lib, "").filter(isSource)) {
    const stats = statSync(join(lib, name), { throwIfNoEntry: false });
    if (stats === undefined) continue; // deleted since the folder was read
    const { mtimeMs, size } = stats;
    const before = known[name];
    const complete = outputs.every((suffix) => built.has(outputOf(name, suffix)));
    if (complete && before?.mtimeMs === mtimeMs && before.size === size) {
      files[name] = before;
      continue;
    }
    touched = true;
    const now = fingerprint([join(lib, name)]);
    files[name] = { mtimeMs, size, hash: now };
    if (!complete || before?.hash !== now) changed.push(name);
  }

  const wanted = new Set(
    Object.keys(files).flatMap((name) => outputs.map((suffix) => outputOf(name, suffix))),
  );
  const ours = (name) => [...outputs, ".tmp"].some((suffix) => name.endsWith(suffix));
  const removed = [...built].filter((name) => ours(name) && !wanted.has(name));
  const kernels = kernelsFingerprint(lib);
  const kernelsChanged = kernels !== "" && (stamp?.kernels !== kernels || !existsSync(kernelsModule(lib)));
  if (!touched && !kernelsChanged && removed.length === 0 && stamp?.settings === settings) return undefined;
  return { settings, files, changed, removed, kernels, kernelsChanged };
}

async function build(project, lib) {
  const changes = findChanges(project, lib);
  if (changes === undefined) return false; // another process was faster
  const { settings, files, changed, removed, kernels, kernelsChanged } = changes;
  const dist = join(lib, "dist");
  for (const name of removed) rmSync(join(dist, name), { force: true });

  if (kernelsChanged) await buildKernels(lib);
  const faults = changed.length === 0 ? [] : emit(project, lib, changed, files);
  writeAtomically(join(dist, ".stamp.json"), JSON.stringify({ settings, files, kernels }));
  if (faults.length > 0) throw new SyntaxError(`The library does not build:\n${faults.join("\n")}`);
  return kernelsChanged || changed.length > 0 || removed.length > 0;
}

/** Emits the named sources; a source with a fault is dropped from `files` and keeps its former output. */
function emit(project, lib, names, files) {
  const ts = loadTypescript(project);
  const compilerOptions = readOptions(ts, lib);
  // transpileModule makes no declarations and refuses the option that speaks of them.
  const codeOptions = { ...compilerOptions, declaration: false, isolatedDeclarations: false };
  const faults = [];
  for (const name of names) {
    const source = join(lib, name);
    const text = readFileSync(source, "utf8");
    const code = ts.transpileModule(text, {
      compilerOptions: codeOptions,
      fileName: source,
      reportDiagnostics: true,
    });
    const types = ts.transpileDeclaration(text, {
      compilerOptions,
      fileName: source,
      reportDiagnostics: true,
    });
    const found = [...(code.diagnostics ?? []), ...(types.diagnostics ?? [])];
    if (found.length > 0) {
      delete files[name];
      faults.push(...new Set(found.map((diagnostic) => describe(ts, project, source, diagnostic))));
      continue;
    }
    files[name].hash = fingerprint([], text); // the source may have changed since it was looked at
    const target = (suffix) => join(lib, "dist", outputOf(name, suffix));
    const map = JSON.parse(code.sourceMapText);
    map.sources = [
      relative(dirname(target(".js")), source)
        .split(sep)
        .join("/"),
    ];
    delete map.sourceRoot;
    mkdirSync(dirname(target(".js")), { recursive: true });
    writeAtomically(target(".js.map"), JSON.stringify(map));
    writeAtomically(target(".d.ts"), types.outputText);
    writeAtomically(target(".js"), code.outputText);
  }
  return faults;
}

function loadTypescript(project) {
  // Not node_modules/.bin/tsc, nor whatever "typescript" tslab resolves to: that one is 5.0.
  if (!existsSync(join(project, "node_modules", "typescript"))) {
    throw new Error(
      "The library cannot be built: TypeScript is not installed. Run npm start, which installs it.",
    );
  }
  return createRequire(join(project, "package.json"))("typescript");
}

function readOptions(ts, lib) {
  const file = join(lib, "tsconfig.json");
  const { config, error } = ts.readConfigFile(file, ts.sys.readFile);
  if (error !== undefined)
    throw new SyntaxError(`${file}: ${ts.flattenDiagnosticMessageText(error.messageText, "\n")}`);
  // Without a list of files: the options are wanted, not another walk over the folder.
  const { options, errors } = ts.parseJsonConfigFileContent(
    { ...config, include: undefined, files: [] },
    ts.sys,
    lib,
  );
  const fault = errors.find(({ code }) => code !== 18002); // 18002: the list of files is empty
  if (fault !== undefined)
    throw new SyntaxError(`${file}: ${ts.flattenDiagnosticMessageText(fault.messageText, "\n")}`);
  return options;
}

function describe(ts, project, source, { file, start, messageText }) {
  const name = relative(project, source).split(sep).join("/");
  const message = ts.flattenDiagnosticMessageText(messageText, "\n");
  if (file === undefined || start === undefined) return `${name}: ${message}`;
  const { line, character } = file.getLineAndCharacterOfPosition(start);
  return `${name}:${line + 1}:${character + 1}: ${message}`;
}

/** Names of the files below `folder`, with "/" between folders on every system. */
function listFiles(folder, below) {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const name = below === "" ? entry.name : `${below}/${entry.name}`;
    if (!entry.isDirectory()) return [name];
    const others = ["dist", "wasm/kernels"]; // the kernels are AssemblyScript
    return others.includes(name) || entry.name === "node_modules" ? [] : listFiles(folder, name);
  });
}

function isSource(name) {
  return name.endsWith(".ts") && !name.endsWith(".d.ts") && !name.endsWith(".test.ts");
}

function outputOf(name, suffix) {
  return name.slice(0, -".ts".length) + suffix;
}

function writeAtomically(file, content) {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, content);
  renameSync(temporary, file);
}

if (isMain(import.meta.url)) {
  try {
    const started = performance.now();
    const wrote = await buildIfStale();
    const seconds = ((performance.now() - started) / 1000).toFixed(2);
    console.log(wrote ? `The library is built (${seconds} s).` : `The library is up to date (${seconds} s).`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
