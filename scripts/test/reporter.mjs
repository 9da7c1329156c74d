// A reporter for node:test: one line of JSON for each test that has an outcome, which nodeTests.mjs reads.
import { relative, resolve, sep } from "node:path";

export default async function* report(source) {
  const path = [];
  for await (const { type, data } of source) {
    if (type === "test:start") {
      path.length = data.nesting;
      path[data.nesting] = data.name;
    }
    if (type !== "test:pass" && type !== "test:fail") continue;
    const outcome = judge(type, data);
    if (outcome === undefined) continue;
    const file =
      data.file === undefined ? "" : `${relative(process.cwd(), data.file).split(sep).join("/")}: `;
    const name = isFile(data) ? "" : [...path.slice(0, data.nesting), data.name].join(" > ");
    yield `${JSON.stringify({ name: `${file}${name}`.replace(/: $/, ""), ...outcome })}\n`;
  }
}

function judge(type, data) {
  const { details = {}, skip, todo } = data;
  if (skip !== undefined && skip !== false) return { outcome: "skipped", reason: reasonOf(skip) };
  if (todo !== undefined && todo !== false) return { outcome: "skipped", reason: `to do: ${reasonOf(todo)}` };
  if (type === "test:fail") {
    // The tests inside it are reported themselves.
    if (details.error?.failureType === "subtestsFailed") return undefined;
    const error = details.error?.cause ?? details.error;
    return { outcome: "failed", reason: String(error?.message ?? error ?? "") };
  }
  if (isFile(data)) return { outcome: "failed", reason: "the file holds no test" };
  return details.type === "suite" ? undefined : { outcome: "passed" };
}

/** A file without tests, or one that breaks off, is reported as a test named by its path. */
function isFile({ name, nesting, file }) {
  return nesting === 0 && file !== undefined && resolve(name) === resolve(file);
}

function reasonOf(value) {
  return typeof value === "string" && value !== "" ? value : "no reason given";
}
