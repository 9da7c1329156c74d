"use strict";
// @tensorflow/tfjs-node needs a native library that is often out of reach. Where it is missing,
// requiring the package gives @tensorflow/tfjs instead: the same API on the backends that are there.
// Packages that require it themselves (danfojs-node) go on working. So it is where TFJS_BACKEND asks for
// another backend: the package makes its own the current one as soon as it is loaded.
const fs = require("node:fs");
const path = require("node:path");
const Module = require("node:module");

const NAME = "@tensorflow/tfjs-node";
const resolveFilename = Module._resolveFilename;
/** @type {Map<string, boolean>} */
const checked = new Map();

/** Whether the package at this entry point has its native library. @param {string} entry */
function hasBinding(entry) {
  const lib = path.join(entry.slice(0, entry.lastIndexOf("tfjs-node") + "tfjs-node".length), "lib");
  let found = checked.get(lib);
  if (found === undefined) {
    found =
      fs.existsSync(lib) &&
      fs.readdirSync(lib).some((name) => fs.existsSync(path.join(lib, name, "tfjs_binding.node")));
    checked.set(lib, found);
  }
  return found;
}

/** @param {string} request @param {...any} rest */
Module._resolveFilename = function (request, ...rest) {
  if (request !== NAME && request !== `${NAME}/dist/index.js`) return resolveFilename.call(this, request, ...rest);
  try {
    const entry = resolveFilename.call(this, request, ...rest);
    if ((process.env.TFJS_BACKEND || "tensorflow") === "tensorflow" && hasBinding(entry)) {
      require("../lib/dist/prepareTfjsNode.js").prepareTfjsNode();
      return entry;
    }
  } catch (error) {
    if (/** @type {any} */ (error).code !== "MODULE_NOT_FOUND") throw error;
  }
  return resolveFilename.call(this, "@tensorflow/tfjs", ...rest);
};
