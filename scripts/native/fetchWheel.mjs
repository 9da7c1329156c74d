import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { run } from "../run.mjs";
import { progress } from "../setup/progress.mjs";
import { SetupError } from "../setup/setupError.mjs";
import { noRoom } from "./checkRoom.mjs";
import { partOf } from "./part.mjs";
import { watchFolder } from "./watchFolder.mjs";

/**
 * Gets the wheel with pip, from whatever index pip is set up for, and verifies it. A wheel that is in the cache
 * already, put there by an earlier run or by hand, is used when its hash is right. A download that is interrupted
 * leaves nothing: pip can take one up again only while it runs.
 *
 * @param {string} cache folder for the wheel
 * @param {{project: string, version: string, file: string, sha256: string, size: number}} wheel
 * @param {{python: string[], log: string}} options `python`: the command with its first arguments; `log`: file
 *   for what pip prints
 * @returns {Promise<string>} the wheel's path
 * @throws {SetupError} when it cannot be had or is not the right one
 */
export async function fetchWheel(cache, wheel, { python, log }) {
  const target = join(cache, wheel.file);
  if (existsSync(target)) {
    if ((await hashOf(target)) === wheel.sha256) return target;
    rmSync(target);
  }

  const temporary = partOf(join(cache, "download"));
  mkdirSync(temporary, { recursive: true });
  const line = progress("TensorFlow");
  const total = megabytes(wheel.size);
  const report = (sizes) =>
    line.update(`pip fetches ${wheel.project} ${wheel.version}, ${megabytes(Math.max(0, ...sizes))} of ${total} MB`);
  try {
    const { code, output } = await watchFolder(temporary, report, () => download(wheel, temporary, python, log));
    if (code !== 0) throw explain(output, wheel, target);
    const fetched = join(temporary, wheel.file);
    const found = existsSync(fetched) ? await hashOf(fetched) : undefined;
    if (found !== wheel.sha256) throw wrongBytes(wheel, found, target);
    renameSync(fetched, target);
  } catch (error) {
    line.fail();
    throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true, maxRetries: 3 });
  }
  line.done(`${wheel.project} ${wheel.version} fetched and verified, ${total} MB`);
  return target;
}

function download({ project, version }, folder, [program, ...first], log) {
  const choice = ["--no-deps", "--only-binary=:all:", "--python-version=3.11", "--implementation=cp", "--abi=cp311"];
  return run(
    program,
    [
      ...first,
      "-m",
      "pip",
      "download",
      "--disable-pip-version-check",
      "--no-input",
      "--progress-bar=off",
      ...choice,
      "--platform=manylinux_2_17_x86_64",
      `--dest=${folder}`,
      `${project}==${version}`,
    ],
    {
      // pip writes the wheel to a temporary file first, and /tmp may be small. Versions of pip which can take
      // a broken connection up again are told to; the others do not read that variable.
      env: { PIP_RESUME_RETRIES: "5", ...process.env, PYTHONUTF8: "1", TMPDIR: folder },
      log,
    },
  );
}

async function hashOf(file) {
  const sum = createHash("sha256");
  await pipeline(createReadStream(file), sum);
  return sum.digest("hex");
}

function wrongBytes(wheel, found, target) {
  return new SetupError(
    found === undefined
      ? `pip fetched another file than ${wheel.file}.`
      : `pip fetched a file that is not the published ${wheel.file}, and it was deleted: ` +
          `its SHA-256 is ${found}, not ${wheel.sha256}.`,
    ["Try again; if that gives the same, ask whoever runs your package index or mirror.", byHand(wheel, target)],
  );
}

function explain(output, wheel, target) {
  const lines = output.trim().split("\n");
  const errors = lines.filter((text) => /error|warning|could not/i.test(text));
  const details = (errors.length > 0 ? errors : lines).slice(-6).join("\n");
  const log = "The whole output is in build/setup/native-pip.log.";
  if (/No module named pip/.test(output)) {
    return new SetupError("The Python that was found has no pip.", [
      "Run npm start once: it makes the course's own Python environment, which has it.",
      byHand(wheel, target),
    ]);
  }
  if (/No space left|Errno 28/.test(output)) return noRoom(3 * wheel.size);
  const unreachable =
    /connection|Max retries|NewConnectionError|Temporary failure|timed out|ProxyError|SSLError|getaddrinfo|Name or service/i;
  // Older versions of pip take what came before the connection broke for the whole.
  const cutOff = /located at .* is invalid|BadZipFile|IncompleteRead|not enough bytes/;
  // "from versions: none" is also all that it says without a network.
  if (unreachable.test(output) || cutOff.test(output) || /from versions: none/.test(output)) {
    return new SetupError(
      `pip could not fetch ${wheel.project} ${wheel.version}: ` +
        "the Python package index cannot be reached or does not have it, or the connection broke.",
      [
        "Check the network connection and try again.",
        "Behind a proxy: set the environment variable HTTPS_PROXY. A mirror: set PIP_INDEX_URL.",
        byHand(wheel, target),
        log,
      ],
      details,
    );
  }
  if (/No matching distribution|from versions:/.test(output)) {
    return new SetupError(
      `The Python package index does not have ${wheel.project} ${wheel.version} for Linux x86-64.`,
      ["pip asks the index it is set up for: see pip config list.", byHand(wheel, target), log],
      details,
    );
  }
  return new SetupError(`pip could not fetch ${wheel.project}.`, ["Try again.", byHand(wheel, target), log], details);
}

function byHand({ file }, target) {
  return `Or get ${file} from https://pypi.org, and put it there: ${target}`;
}

function megabytes(bytes) {
  return Math.round(bytes / 1e6);
}
