import { run } from "../run.mjs";
import { SetupError } from "./setupError.mjs";

const windows = process.platform === "win32";
const oldest = [3, 10];
const newestTried = [3, 14];
const question = `import json, sys
try:
    import venv, ensurepip
    missing = False
except ImportError:
    missing = True
print(json.dumps({"version": list(sys.version_info[:3]), "program": sys.executable, "noVenv": missing}))`;

/**
 * Finds a Python that can make the course's virtual environment: the one that the environment variable
 * PYTHON names, else what is on the PATH.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{command: string[], version: string}>} the command with its first arguments
 * @throws {SetupError} when there is none, only older ones, or one without the venv module
 */
export async function findPython(env = process.env) {
  const asked = env.PYTHON ? [[env.PYTHON]] : [];
  const named = [14, 13, 12, 11, 10].map((minor) => [`python3.${minor}`]);
  const usual = windows ? [["py", "-3"], ["python"], ["python3"]] : [["python3"], ["python"], ...named];
  const seen = [];
  let newer;
  for (const command of [...asked, ...usual]) {
    const found = await ask(command, env);
    if (found === undefined) {
      // Who names a Python wants no other.
      if (command === asked[0]) throw explain([`${command[0]} (from the environment variable PYTHON): does not run`]);
      continue;
    }
    const version = found.version.join(".");
    if (compare(found.version, oldest) < 0) seen.push(`${command.join(" ")}: Python ${version} is too old`);
    else if (found.noVenv) seen.push(`${command.join(" ")}: Python ${version} has no venv module`);
    else if (compare(found.version, newestTried) > 0) newer ??= { command, version };
    else return { command, version };
  }
  if (newer !== undefined) return newer;
  throw explain(seen);
}

async function ask(command, env) {
  try {
    const [program, ...args] = command;
    const { code, output } = await run(program, [...args, "-c", question], { env, timeLimit: 30 });
    if (code !== 0) return undefined;
    return JSON.parse(output.slice(output.lastIndexOf("\n{") + 1));
  } catch {
    return undefined; // not there, or a stand-in such as the Windows Store's "python"
  }
}

function compare([major, minor], [otherMajor, otherMinor]) {
  return major - otherMajor || minor - otherMinor;
}

function explain(seen) {
  const how =
    {
      win32:
        "Install Python from https://www.python.org/downloads (or: winget install Python.Python.3.13), open a new terminal.",
      darwin:
        "Install Python from https://www.python.org/downloads (or: brew install python), open a new terminal.",
    }[process.platform] ??
    "Debian and Ubuntu: sudo apt install python3 python3-venv    Fedora: sudo dnf install python3";
  const otherwise = "If it is in an unusual place, name it: set the environment variable PYTHON to its path.";
  const noVenv = seen.some((line) => line.endsWith("has no venv module"));
  if (noVenv) {
    return new SetupError(
      `Python is there, but without its venv module, which JupyterLab's environment needs.\n  ${seen.join("\n  ")}`,
      ["Debian and Ubuntu: sudo apt install python3-venv", otherwise],
    );
  }
  const list = seen.length === 0 ? "" : ` Found:\n  ${seen.join("\n  ")}`;
  return new SetupError(`JupyterLab needs Python ${oldest.join(".")} or newer, and none was found.${list}`, [
    how,
    otherwise,
  ]);
}
