import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const root = resolve(__dirname, "../..");

interface Checked {
  faults: string[];
  names: string[];
}

test("types that the kernel's compiler takes for any are found, those that are any on purpose are not", async (t) => {
  mkdirSync(join(root, "build/test"), { recursive: true });
  const folder = mkdtempSync(join(root, "build/test/kernel-types-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(
    join(folder, "index.d.ts"),
    `
import type { Gone } from "./gone.js";
export declare const newer: Float32Array<ArrayBuffer>;
export declare const gone: Gone | string;
export declare const loose: any;
export declare const reviver: Parameters<typeof JSON.parse>[1];
export declare const plain: Float32Array;
`,
  );
  const module = (await import(String(pathToFileURL(join(root, "scripts/test/kernelTypes.mjs"))))) as {
    checkKernelTypes(declarations: string, probe: string, specifier: string): Checked;
  };
  const { faults, names } = module.checkKernelTypes(
    join(folder, "index.d.ts"),
    join(folder, "probe.ts"),
    "./index.js",
  );
  assert.deepEqual(names.sort(), ["gone", "loose", "newer", "plain", "reviver"]);
  assert.ok(
    faults.some((fault) =>
      /index\.d\.ts:3:29: the kernel takes Float32Array<ArrayBuffer> for any/.test(fault),
    ),
    faults.join("\n"),
  );
  assert.ok(
    faults.some((fault) => /index\.d\.ts:4:28: the kernel takes Gone for any/.test(fault)),
    faults.join("\n"),
  );
  assert.ok(!faults.some((fault) => /index\.d\.ts:[567]:/.test(fault)), faults.join("\n"));
});
