"use strict";
// The variables that cells share: their values while Node runs them, and their declarations for the compiler.

/** @typedef {Record<string, [get: () => unknown, set: (value: unknown) => void]>} Accessors */

/**
 * The values of all cells, by name. A name leads to the variable of the cell that declared it, so a cell that
 * assigns to a variable of an earlier one changes what that cell's functions see.
 */
function createVariables() {
  /** @type {Record<string, any>} */
  const values = Object.create(null);
  /** Declarations of all cells so far. */
  let declarations = "";

  return {
    get declarations() {
      return declarations;
    },

    /**
     * Opens a cell, which may declare variables.
     * @param {string} after declarations when the cell has succeeded
     */
    open(after) {
      const before = declarations;
      /** @type {Accessors | undefined} */
      let declared;
      /** @type {Map<string, PropertyDescriptor | undefined>} */
      const earlier = new Map();
      // An object of its own for what a cell exports itself. V8 also reads a prototype's properties faster.
      const exports = Object.create(values);
      return {
        /** What the cell sees as `exports`. @type {Record<string, any>} */
        exports,
        /** Called by the cell before its first statement. @param {Accessors} accessors */
        declare(accessors) {
          declared = accessors;
          for (const [name, [get, set]] of Object.entries(accessors)) {
            earlier.set(name, Object.getOwnPropertyDescriptor(values, name));
            Object.defineProperty(values, name, { get, set, configurable: true, enumerable: true });
          }
        },
        /** Ends a cell; what a failed one had not come to keeps its earlier value and type. @param {boolean} failed */
        close(failed) {
          for (const name of Object.keys(exports)) {
            Object.defineProperty(values, name, { value: exports[name], writable: true, configurable: true, enumerable: true });
          }
          if (!failed) declarations = after;
          if (!failed || !declared) return;
          const lost = new Set();
          for (const [name, descriptor] of earlier) {
            if (isAssigned(declared[name][0])) continue;
            lost.add(name);
            if (descriptor) Object.defineProperty(values, name, descriptor);
            else delete values[name];
          }
          const kept = filterDeclarations(after, (name) => !lost.has(name));
          declarations = `${kept}\n${filterDeclarations(before, (name) => lost.has(name))}`;
        },
      };
    },
  };
}

/** @param {() => unknown} get */
function isAssigned(get) {
  try {
    return get() !== undefined;
  } catch {
    return false; // a let or const whose declaration was not reached
  }
}

/** The declarations without the names that are not kept. @param {string} text @param {(name: string) => boolean} keep */
function filterDeclarations(text, keep) {
  const ts = require("@tslab/typescript-for-tslab"); // here: it is large, and seldom needed before the converter
  const source = ts.createSourceFile("declarations.d.ts", text, ts.ScriptTarget.ES2022, /* setParentNodes */ true);
  const printer = ts.createPrinter();
  const { factory } = ts;
  const kept = source.statements.flatMap((/** @type {any} */ statement) => {
    if (ts.isVariableStatement(statement)) {
      const list = statement.declarationList;
      const declarations = list.declarations.filter((/** @type {any} */ d) => keep(d.name.text));
      if (declarations.length === 0) return [];
      const only = factory.createVariableDeclarationList(declarations, list.flags);
      return [factory.updateVariableStatement(statement, statement.modifiers, only)];
    }
    if (ts.isImportDeclaration(statement)) {
      const clause = statement.importClause;
      const bindings = clause?.namedBindings;
      const names = [clause?.name, ...(bindings?.elements?.map((/** @type {any} */ e) => e.name) ?? [bindings?.name])];
      return names.some((name) => name && keep(name.text)) ? [statement] : [];
    }
    return !statement.name || keep(statement.name.text) ? [statement] : [];
  });
  return kept.map((/** @type {any} */ s) => printer.printNode(ts.EmitHint.Unspecified, s, source)).join("\n");
}

module.exports = { createVariables };
