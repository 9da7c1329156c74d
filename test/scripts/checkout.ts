import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { TestContext } from "node:test";

const root = resolve(__dirname, "../..");

/** How a program ended. */
export interface Ending {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A copy of the course without its packages, in a folder whose name has spaces and accents. */
export class Checkout {
  readonly folder: string;

  constructor(t: TestContext) {
    const parent = mkdtempSync(join(tmpdir(), "päth with späces "));
    t.after(() => rmSync(parent, { recursive: true, force: true, maxRetries: 5 }));
    this.folder = join(parent, "çourse");
    cpSync(join(root, "scripts"), this.path("scripts"), { recursive: true });
    for (const name of [
      "jupyter/requirements.txt",
      "jupyter/constraints.txt",
      "tsconfig.json",
      "lib/tsconfig.json",
    ]) {
      this.write(name, readFileSync(join(root, name), "utf8"));
    }
    const manifest = { name: "copy", version: "1.0.0", private: true };
    this.write("package.json", JSON.stringify(manifest));
    this.write(
      "package-lock.json",
      JSON.stringify({ ...manifest, lockfileVersion: 3, packages: { "": manifest } }),
    );
    this.write("lib/package.json", JSON.stringify({ name: "lib", version: "1.0.0" }));
    // npm's record of an installation with nothing to install.
    this.write("node_modules/.package-lock.json", JSON.stringify({ packages: {} }));
    // TypeScript that leaves a mark when it is loaded: that takes ten times as long as finding nothing to do.
    const typescript = JSON.stringify(join(root, "node_modules/typescript"));
    this.write(
      "node_modules/typescript/package.json",
      readFileSync(join(root, "node_modules/typescript/package.json"), "utf8"),
    );
    this.write(
      "node_modules/typescript/lib/typescript.js",
      `require("node:fs").appendFileSync(${JSON.stringify(this.path("loads"))}, "x");\nmodule.exports = require(${typescript});\n`,
    );
    this.write("loads", "");
  }

  /** Absolute path of a file in the copy. */
  path(name: string): string {
    return join(this.folder, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  /** How often TypeScript was loaded so far. */
  get loads(): number {
    return this.read("loads").length;
  }

  /** Runs node in the copy with the standard input closed. */
  node(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ending> {
    return start(process.execPath, args, this.folder, env);
  }

  /** Runs a piece of an ES module which finds the copy's scripts under `scripts`, such as `${scripts}/setup.mjs`. */
  evaluate(code: string, env: NodeJS.ProcessEnv = {}): Promise<Ending> {
    const scripts = JSON.stringify(String(pathToFileURL(this.path("scripts"))));
    return this.node(["--input-type=module", "-e", `const scripts = ${scripts};\n${code}`], env);
  }
}

function start(program: string, args: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Ending> {
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...inherited } = process.env;
  return new Promise((done, fail) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...inherited, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", fail);
    child.on("close", (code) => done({ code, stdout, stderr }));
  });
}
