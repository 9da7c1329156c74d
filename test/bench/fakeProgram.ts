import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { temporaryFolder } from "../data/temporaryFolder.js";
import { benchModule } from "./modules.js";

/** What a program of the benchmark is to the harness. */
export interface Program {
  pid?: number;
  missing?: string;
  versions: Record<string, string>;
  runs: string;
  ask(request: object): Promise<Record<string, unknown>>;
  end(): Promise<void>;
}

const greeting = `{"versions":{"fake":"1.0"},"runs":"paper"}`;

/**
 * Starts a program that says `first` and then answers each request with what the expression `answer` makes of
 * `request` and of `count`, the number of requests so far.
 */
export async function fakeProgram(t: TestContext, answer: string, first = greeting): Promise<Program> {
  const folder = temporaryFolder(t);
  const file = join(folder, "fake program.mjs");
  writeFileSync(
    file,
    `import { createInterface } from "node:readline";
    console.log("a greeting that is no answer");
    console.log("{ nor is this");
    console.log(${JSON.stringify(first)});
    let count = 0;
    for await (const line of createInterface({ input: process.stdin })) {
      const request = JSON.parse(line);
      count += 1;
      console.log(JSON.stringify(${answer}));
    }`,
  );
  return startProgram({ command: [process.execPath, file], log: join(folder, "log"), timeLimit: 20 });
}

/** See bench/program.mjs. */
export async function startProgram(options: { command: string[]; log: string; timeLimit?: number }): Promise<Program> {
  const module = (await import(benchModule("program.mjs"))) as { startProgram: (options: object) => Promise<Program> };
  return module.startProgram(options);
}
