import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "../run.mjs";
import { progress } from "../setup/progress.mjs";
import { SetupError } from "../setup/setupError.mjs";
import { noRoom } from "./checkRoom.mjs";
import { partOf } from "./part.mjs";
import { libraries, wantedMembers } from "./tensorflowWheel.mjs";
import { watchFolder } from "./watchFolder.mjs";

const program = `import sys, zipfile
wheel, folder, *wanted = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for member in archive.infolist():
        if member.filename.startswith(tuple(wanted)):
            archive.extract(member, folder)`;

/** Whether everything that is needed of the wheel is in this folder. */
export function isUnpacked(folder) {
  return libraries.every((name) => existsSync(join(folder, "tensorflow", name)));
}

/**
 * Unpacks what is needed of the wheel. The folder is there either whole or not at all.
 *
 * @param {string} wheel path of the wheel
 * @param {string} folder replaced when it is there
 * @param {{python: string[], unpackedSize: number}} options `python`: the command with its first arguments;
 *   `unpackedSize` in bytes
 * @throws {SetupError} when Python cannot unpack it or it lacks a library
 */
export async function unpackWheel(wheel, folder, { python: [python, ...first], unpackedSize }) {
  const part = partOf(folder);
  const line = progress("TensorFlow");
  const total = Math.round(unpackedSize / 1e6);
  const report = (sizes) => {
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    line.update(`Python unpacks it, ${Math.round(bytes / 1e6)} of ${total} MB`);
  };
  try {
    const { code, output } = await watchFolder(part, report, () =>
      run(python, [...first, "-c", program, wheel, part, ...wantedMembers], {
        env: { ...process.env, PYTHONUTF8: "1" },
      }),
    );
    if (code !== 0) {
      if (/No space left|Errno 28/.test(output)) throw noRoom(unpackedSize);
      throw new SetupError(`Python could not unpack ${wheel}.`, ["Try again."], output.trim().split("\n").slice(-6).join("\n"));
    }
    if (!isUnpacked(part)) throw new SetupError(`There is no ${libraries.join(" or no ")} in ${wheel}.`, []);
    rmSync(folder, { recursive: true, force: true });
    renameSync(part, folder);
  } catch (error) {
    line.fail();
    throw error;
  } finally {
    rmSync(part, { recursive: true, force: true, maxRetries: 3 });
  }
  line.done(`unpacked, ${total} MB`);
}
