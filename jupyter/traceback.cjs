"use strict";
// Errors as a student should read them: the cell's own lines, the line shown, no kernel frames.
const fs = require("node:fs");
const path = require("node:path");
const { inspect } = require("node:util");
const { SourceMap } = require("node:module");

/**
 * @typedef {object} Source
 * @property {string} text as it was written
 * @property {(line: number, column: number) => { line: number, column: number } | null} originalPosition
 *   zero-based position in the emitted code -> zero-based position in `text`
 *
 * @typedef {import("./converter.cjs").Position} Position
 *
 * @typedef {object} Described a Jupyter error
 * @property {string} ename
 * @property {string} evalue
 * @property {string[]} traceback
 */

const RED = "\x1b[31m";
const BOLD = "\x1b[1m";
const DIM = "\x1b[2m";
const PLAIN = "\x1b[0m";

const CELL_FRAME = /(cell \[\d+\]):(\d+):(\d+)/;

/** Code that was compiled in this process, by the file name its stack frames carry. @type {Map<string, Source>} */
const sources = new Map();

/** Compiled files on disk that carry a source map beside them. @type {Map<string, SourceMap | null>} */
const mapsOnDisk = new Map();

/** @param {string} file @param {Source} source */
function rememberSource(file, source) {
  sources.set(file, source);
}

/**
 * Makes `error.stack` show the lines of cells and of TypeScript sources.
 * @param {string} root the checkout: its files are shown by their path inside it
 */
function mapStackTraces(root) {
  // The frames of a cell lie below those of a library: ten are not enough to reach them.
  Error.stackTraceLimit = 60;
  const compiled = path.join(root, "lib", "dist") + path.sep;
  Error.prepareStackTrace = (error, frames) => {
    const lines = [];
    for (const frame of frames) {
      const file = frame.getFileName()?.replace(/^file:\/\//, "");
      if (!file || /^node:(internal\/|vm$|async_hooks$)/.test(file) || path.dirname(file) === __dirname) continue;
      const line = frame.getLineNumber() ?? 0;
      const column = frame.getColumnNumber() ?? 0;
      const found = originalPosition(file, line, column, compiled);
      if (found === null) continue;
      const text = frame.toString().replace(`${frame.getFileName()}:${line}:${column}`, found);
      lines.push(`\n    at ${text.replace(root + path.sep, "")}`);
    }
    return headline(error) + lines.join("");
  };
}

/** @param {Error} error */
function headline(error) {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return "Error";
  }
}

/**
 * Where a frame leads; null for a frame that the kernel has put around a cell.
 * @param {string} file @param {number} line @param {number} column @param {string} compiled
 */
function originalPosition(file, line, column, compiled) {
  const source = sources.get(file);
  if (source) {
    const at = source.originalPosition(line - 1, column - 1);
    return at && `${file}:${at.line + 1}:${at.column + 1}`;
  }
  if (file.startsWith(compiled)) {
    const entry = readMap(file)?.findEntry(line - 1, column - 1);
    if (entry && "originalLine" in entry) {
      const original = path.resolve(path.dirname(file), entry.originalSource);
      return `${original}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    }
  }
  return `${file}:${line}:${column}`;
}

/** @param {string} file */
function readMap(file) {
  let map = mapsOnDisk.get(file);
  if (map === undefined) {
    try {
      map = new SourceMap(JSON.parse(fs.readFileSync(`${file}.map`, "utf8")));
    } catch {
      map = null;
    }
    mapsOnDisk.set(file, map);
  }
  return map;
}

/**
 * The lines around a position, the line itself marked.
 * @param {string} text @param {number} line zero-based @param {number} column zero-based
 * @param {number} [length] how many characters to underline
 */
function excerpt(text, line, column, length = 1) {
  const lines = text.split(/\r?\n/);
  const from = Math.max(0, line - 2);
  const to = Math.min(lines.length, line + 3);
  const width = String(to).length;
  const out = [];
  for (let i = from; i < to; i++) {
    const number = String(i + 1).padStart(width);
    if (i !== line) {
      out.push(`${DIM}  ${number} | ${lines[i]}${PLAIN}`);
      continue;
    }
    out.push(`${BOLD}> ${number} | ${lines[i]}${PLAIN}`);
    const indent = lines[i].slice(0, column).replace(/[^\t]/g, " ");
    const marks = "^".repeat(Math.max(1, Math.min(length, lines[i].length - column)));
    out.push(`  ${" ".repeat(width)} | ${indent}${RED}${marks}${PLAIN}`);
  }
  return out;
}

/**
 * What a cell threw, as Jupyter shows it.
 * @param {unknown} thrown
 * @returns {Described}
 */
function describeThrown(thrown) {
  if (!isError(thrown)) {
    const evalue = typeof thrown === "string" ? thrown : inspect(thrown, { depth: 1 });
    const ename = "Thrown value";
    return { ename, evalue, traceback: [`${RED}${ename}${PLAIN}: ${evalue}`] };
  }
  const ename = String(thrown.name || thrown.constructor?.name || "Error");
  const evalue = String(thrown.message);
  let text;
  try {
    text = inspect(thrown, { depth: 2 });
  } catch {
    text = String(thrown.stack ?? evalue);
  }
  if (text.startsWith(`[${ename}`) && text.endsWith("]")) text = text.slice(1, -1); // an error without frames
  const lines = collapse(text.split("\n"));
  const firstFrame = lines.findIndex((line) => /^\s+at /.test(line));
  const head = firstFrame < 0 ? lines : lines.slice(0, firstFrame);
  const rest = firstFrame < 0 ? [] : lines.slice(firstFrame);
  const frame = CELL_FRAME.exec(text);
  const source = frame && sources.get(frame[1]);
  const shown = frame && source ? excerpt(source.text, Number(frame[2]) - 1, Number(frame[3]) - 1) : [];
  if (head[0].startsWith(ename)) head[0] = `${RED}${BOLD}${ename}${PLAIN}${head[0].slice(ename.length)}`;
  return { ename, evalue, traceback: [...head, ...shown, ...rest] };
}

/** @param {unknown} value @returns {value is Error} also for errors of another realm */
function isError(value) {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}

/** Long runs of frames inside packages say nothing to a reader. @param {string[]} lines */
function collapse(lines) {
  const out = [];
  for (let i = 0; i < lines.length; i++) {
    let end = i;
    while (end < lines.length && /^\s+at .*\bnode_modules[\\/]/.test(lines[end])) end++;
    if (end - i > 4) {
      out.push(lines[i], lines[i + 1], `    … ${end - i - 2} more frames in node_modules`);
      i = end - 1;
    } else {
      out.push(lines[i]);
    }
  }
  return out;
}

/**
 * What the compiler found in a cell, as Jupyter shows it.
 * @param {import("./converter.cjs").Diagnostic[]} diagnostics
 * @param {string} cell name of the cell, as in stack frames
 * @param {string} text source of the cell
 * @returns {Described}
 */
function describeDiagnostics(diagnostics, cell, text) {
  const ename = "TypeScriptError";
  const last = text.split("\n").length - 1;
  // The converter puts a line after the cell, where the compiler finds that something is missing.
  const inside = (/** @type {Position} */ at) =>
    at.line > last ? { line: last, character: text.length - text.lastIndexOf("\n") - 1 } : at;
  const traceback = [];
  let previous = "";
  for (const { start: found, end, messageText, fileName } of diagnostics) {
    const start = fileName === undefined ? inside(found) : found;
    const position = `${fileName ?? cell}:${start.line + 1}:${start.character + 1}`;
    if (position === previous) {
      // The compiler's explanation of the message before.
      traceback.push(`    ${messageText}`);
      continue;
    }
    previous = position;
    traceback.push(`${RED}${BOLD}${ename}${PLAIN}: ${position} - ${messageText}`);
    if (fileName === undefined) {
      const length = end.line === start.line ? end.character - start.character : undefined;
      traceback.push(...excerpt(text, start.line, start.character, length));
    }
  }
  const { start: found, messageText, fileName } = diagnostics[0];
  const start = fileName === undefined ? inside(found) : found;
  const place = `${fileName ? `${fileName}:` : ""}${start.line + 1}:${start.character + 1}`;
  return { ename, evalue: `${place} - ${messageText}`, traceback };
}

module.exports = { rememberSource, mapStackTraces, describeThrown, describeDiagnostics };
