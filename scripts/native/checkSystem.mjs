import { SetupError } from "../setup/setupError.mjs";

/** What the wheel has to fit: the platform, the processor and the version of the GNU C library, if it is that. */
export function thisSystem() {
  const { header } = process.report.getReport();
  return { platform: process.platform, arch: process.arch, glibc: header.glibcVersionRuntime };
}

/**
 * Makes sure that the libraries of the wheel can run here.
 *
 * @param {{platform: string, arch: string, glibc: string | undefined}} [system]
 * @throws {SetupError} anywhere but on Linux x86-64 with the GNU C library 2.17 or newer
 */
export function checkSystem({ platform, arch, glibc } = thisSystem()) {
  const fits = platform === "linux" && arch === "x64" && glibc !== undefined && isAtLeast(glibc, [2, 17]);
  if (fits) return;
  const library = platform !== "linux" ? "" : glibc === undefined ? " without the GNU C library" : ` with glibc ${glibc}`;
  throw new SetupError(
    `This sets native TensorFlow up on Linux x86-64 with glibc 2.17 or newer only; here is ${platform} ${arch}${library}.`,
    [
      "Where storage.googleapis.com can be reached, the package's own way may work:",
      "npm rebuild @tensorflow/tfjs-node --ignore-scripts=false",
      "Without native TensorFlow everything works too, on WebAssembly.",
    ],
  );
}

function isAtLeast(version, [major, minor]) {
  const [foundMajor, foundMinor] = version.split(".").map(Number);
  return foundMajor > major || (foundMajor === major && foundMinor >= minor);
}
