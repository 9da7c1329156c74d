import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** Makes a folder, with a space and an accent in its name, that goes when the test ends. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "données du cours "));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
