import { SetupError } from "./setupError.mjs";

const oldest = [20, 19, 0];

/**
 * Makes sure that this Node can run the course.
 *
 * @param {string} [version] such as "20.19.0"
 * @throws {SetupError} when it is too old
 */
export function checkNode(version = process.versions.node) {
  const found = version.split(".").map(Number);
  const different = oldest.findIndex((part, index) => part !== found[index]);
  if (different < 0 || found[different] > oldest[different]) return;
  throw new SetupError(
    `The course needs Node ${oldest.join(".")} or newer; this is Node ${version} (${process.execPath}).`,
    [
      "Install the current long-term version from https://nodejs.org, open a new terminal and try again.",
      "With nvm: nvm install --lts",
    ],
  );
}
