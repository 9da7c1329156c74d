// npm run study -- NAME: runs a study of studies/, the long version of a notebook's experiment, over several seeds. It takes
// from half an hour to a few; one that was interrupted goes on where it stopped. Its results are committed.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./project.mjs";
import { exitCodeOf } from "./run.mjs";
import { setupOrExit } from "./setup.mjs";

const names = readdirSync(join(root, "studies")).filter((file) => file.endsWith(".mts")).map((file) => file.slice(0, -".mts".length));
const [name, ...more] = process.argv.slice(2);
if (!names.includes(name) || more.length > 0) {
  if (name !== undefined && name !== "--help") console.error(`Expected the name of a study but found ${[name, ...more].join(" ")}.\n`);
  console.error(`npm run study -- NAME\n\n  NAME  one of: ${names.join(", ")}`);
  process.exit(name === "--help" ? 0 : 2);
}
await setupOrExit({ jupyter: false });
const study = spawn(process.execPath, ["--import", "tsx", join(root, "studies", `${name}.mts`)], { cwd: root, stdio: "inherit" });
// Ctrl-C reaches both programs; this one waits for the other.
process.on("SIGINT", () => {});
study.on("exit", (code, signal) => process.exit(code ?? exitCodeOf(signal)));
