import js from "@eslint/js";
import tseslint from "typescript-eslint";

const nodeGlobals = Object.getOwnPropertyNames(globalThis);
const commonjsGlobals = ["__dirname", "__filename", "exports", "module", "require"];
const readonly = (names) => Object.fromEntries(names.map((name) => [name, "readonly"]));

export default tseslint.config(
  { ignores: ["build/", "**/dist/", "lib/wasm/kernels/", ".venv/", ".jupyter/", "notebooks/", "data/"] },
  js.configs.recommended,
  {
    rules: {
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true },
      ],
      "no-console": "off",
    },
  },
  { files: ["**/*.mjs", "**/*.cjs"], languageOptions: { globals: readonly(nodeGlobals) } },
  { files: ["**/*.cjs"], languageOptions: { sourceType: "commonjs", globals: readonly(commonjsGlobals) } },
  {
    files: ["**/*.ts", "**/*.mts"],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "no-unused-vars": "off",
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true },
      ],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      // An async function without await keeps a signature; a number in a template is plain enough.
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/restrict-template-expressions": "off",
      // An assertion that the compiler could do without may still tell the reader something.
      "@typescript-eslint/no-unnecessary-type-assertion": "off",
      // The library is CommonJS: what may be missing is loaded with require.
      "@typescript-eslint/no-require-imports": "off",
    },
  },
  {
    // Tests hand wrong values in on purpose, and node:test's test() returns a promise nobody awaits.
    files: ["test/**/*.ts"],
    rules: {
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: [
            { from: "package", package: "node:test", name: ["test", "it", "describe", "suite"] },
          ],
        },
      ],
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
);
