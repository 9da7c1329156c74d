import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { TestContext } from "node:test";
import { type Answer, type Mirror, send, serve } from "../data/serve.js";
import { Checkout, type Ending } from "./checkout.js";

const info = "tensorflow_cpu-2.15.1.dist-info";
const members = {
  "tensorflow/libtensorflow_cc.so.2": "library ".repeat(50_000),
  "tensorflow/libtensorflow_framework.so.2": "other library",
  "tensorflow/include/tensorflow/c/c_api.h": "// header",
  "tensorflow/python/unwanted.py": "",
  [`${info}/METADATA`]: "Metadata-Version: 2.1\nName: tensorflow-cpu\nVersion: 2.15.1\n",
  [`${info}/WHEEL`]: "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp311-cp311-manylinux_2_17_x86_64\n",
  [`${info}/RECORD`]: "",
};
const makeWheel = `import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as archive:
    for name, text in json.load(open(sys.argv[2])).items():
        archive.writestr(name, text)`;

// Notes each run, and writes the text of the variable BINDING to the file behind -o.
const compiler = `#!/bin/sh
[ "$1" = --version ] && exit 0
echo run >> compiles
[ -z "$BINDING" ] && echo "error: no such thing" && exit 1
while [ "$1" != -o ]; do shift; done
echo "$BINDING" > "$2"
`;

// The binding works when it says so and its library is there.
const tfjsNode = `
const { existsSync, readFileSync } = require("node:fs");
const text = readFileSync(__dirname + "/lib/napi-v8/tfjs_binding.node", "utf8");
const library = __dirname + "/deps/lib/libtensorflow_cc.so.2";
if (text !== "works\\n" || !existsSync(library)) throw new Error("undefined symbol: TF_New");
`;

/** Where setup puts things, in the folder of the course. */
export const places = {
  package: "node_modules/@tensorflow/tfjs-node",
  binding: "node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node",
  library: "node_modules/@tensorflow/tfjs-node/deps/lib/libtensorflow_cc.so.2",
  cache: "build/native",
  unpacked: "build/native/tensorflow-cpu-2.15.1/tensorflow",
};

/** A Python that has pip and can make environments, undefined when there is none. */
export function pythonWithPip(): string | undefined {
  const venv = resolve(__dirname, "../../.venv/bin/python");
  return [venv, "python3"].find((name) => spawnSync(name, ["-c", "import ensurepip, pip, venv"]).status === 0);
}

/** A course with stand-ins for the package, the compiler and the package index, and a wheel of half a megabyte. */
export class NativeCourse extends Checkout {
  /** The name of the wheel's file. */
  readonly file = "tensorflow_cpu-2.15.1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl";
  readonly wheel: Buffer;
  /** How the index answers a request for the wheel. */
  answer: Answer = (_name, response, request) => send(this.wheel, response, request);
  #index!: Mirror;
  readonly #python: string;

  static async start(t: TestContext, python: string): Promise<NativeCourse> {
    const course = new NativeCourse(t, python);
    course.#index = await serve(t, (name, response, request) => {
      if (name === course.file) return course.answer(name, response, request);
      response.setHeader("Content-Type", "text/html");
      send(Buffer.from(`<a href="/files/${course.file}">${course.file}</a>`), response, request);
    });
    return course;
  }

  private constructor(t: TestContext, python: string) {
    super(t);
    this.#python = python;
    this.write("members.json", JSON.stringify(members));
    const made = spawnSync(python, ["-c", makeWheel, this.path("a.whl"), this.path("members.json")], { encoding: "utf8" });
    assert.equal(made.status, 0, made.stderr);
    this.wheel = readFileSync(this.path("a.whl"));
    this.write("bin/compiler", compiler);
    chmodSync(this.path("bin/compiler"), 0o755);
    this.write(`${places.package}/binding/tfjs_binding.cc`, "// source");
    this.write(`${places.package}/index.js`, tfjsNode);
    this.write("node_modules/@tensorflow/tfjs/index.js", "exports.scalar = () => ({ add: () => ({ dataSync: () => [2] }) });");
    this.write("node_modules/node-api-headers/include/node_api.h", "// header");
    this.write("lib/backend.ts", 'export async function ready(): Promise<void> {\n  require("@tensorflow/tfjs-node");\n}\n');
  }

  /** How often the wheel was asked for. */
  get downloads(): number {
    return this.#index.requests.filter((name) => name.startsWith(this.file)).length;
  }

  /** How often the compiler ran. */
  get compiles(): number {
    return existsSync(this.path("compiles")) ? this.read("compiles").split("\n").length - 1 : 0;
  }

  /** Sets native TensorFlow up, with the stand-ins and as if on this system. */
  setup(env: NodeJS.ProcessEnv = {}, system: object = { platform: "linux", arch: "x64", glibc: "2.36" }): Promise<Ending> {
    const wheel = {
      project: "tensorflow-cpu",
      version: "2.15.1",
      file: this.file,
      sha256: createHash("sha256").update(this.wheel).digest("hex"),
      size: this.wheel.length,
      unpackedSize: this.wheel.length,
    };
    const code = `
      const { orExit, setupNative } = await import(scripts + "/setupNative.mjs");
      await orExit(() => setupNative(${JSON.stringify({ wheel, system })}));`;
    return this.evaluate(code, {
      PYTHON: this.#python,
      CXX: this.path("bin/compiler"),
      BINDING: "works",
      PIP_INDEX_URL: `${this.#index.url}simple`,
      PIP_EXTRA_INDEX_URL: "",
      PIP_FIND_LINKS: "",
      PIP_CONFIG_FILE: "/dev/null",
      PIP_CACHE_DIR: this.path("pip cache"),
      PIP_RETRIES: "0",
      PIP_RESUME_RETRIES: "0",
      ...env,
    });
  }

  /** npm run setup:native -- --remove */
  remove(): Promise<Ending> {
    return this.node(["scripts/setupNative.mjs", "--remove"]);
  }
}
