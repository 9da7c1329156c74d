// npm run bench:setup: the Python rivals of the benchmark, installed in build/bench-venv unless they are there.
import { join } from "node:path";
import { root } from "../scripts/project.mjs";
import { describeFailure } from "../scripts/setup.mjs";
import { checkNode } from "../scripts/setup/checkNode.mjs";
import { withLock } from "../scripts/setup/lock.mjs";
import { installRivals } from "./installRivals.mjs";

try {
  checkNode();
  await withLock(
    join(root, "build", "setup", "bench-lock"),
    installRivals,
    (owner) => console.log(`Another set-up (process ${owner}) is at work; waiting for it.`),
  );
} catch (error) {
  console.error(`\n${describeFailure(error)}`);
  process.exitCode = 1;
}
