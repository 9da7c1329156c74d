import { existsSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { run } from "../run.mjs";
import { progress } from "./progress.mjs";
import { SetupError } from "./setupError.mjs";
import { fingerprint, readJson, readText } from "./stamp.mjs";

/**
 * Installs the npm packages that package-lock.json names, unless they are there.
 *
 * @param {string} root the checkout
 * @throws {SetupError} when npm is missing or fails
 */
export async function installPackages(root) {
  const stamp = join(root, "node_modules", ".course-stamp");
  const sources = ["package-lock.json", "package.json", join("lib", "package.json"), ".npmrc"];
  const wanted = fingerprint(sources.map((name) => join(root, name)));
  if (readText(stamp) === wanted) return;
  if (areInstalled(root)) {
    writeFileSync(stamp, wanted);
    return;
  }

  const npm = findNpm();
  const locked = existsSync(join(root, "package-lock.json"));
  const total = locked ? countPackages(root) : undefined;
  const line = progress("Packages");
  line.update("npm installs them into node_modules");
  // Until the new stamp is written, an interrupted installation counts as none.
  rmSync(stamp, { force: true });
  let fetched = 0;
  const { code, output } = await run(
    process.execPath,
    [
      npm,
      locked ? "ci" : "install",
      "--no-audit",
      "--no-fund",
      "--loglevel=http",
      "--color=false",
      // npm's own pauses add up to more than a minute before it says that there is no network.
      "--fetch-retry-mintimeout=2000",
      "--fetch-retry-maxtimeout=10000",
    ],
    {
      cwd: root,
      env: withNodeFirst(),
      log: join(root, "build", "setup", "npm.log"),
      onLine(text) {
        if (!/^npm http (fetch GET 200|cache) .*\.tgz/.test(text)) return;
        fetched += 1;
        line.update(
          total === undefined ? `${fetched} fetched` : `${Math.min(fetched, total)} of ${total} fetched`,
        );
      },
    },
  );
  if (code !== 0) {
    line.fail();
    throw explain(output);
  }
  writeFileSync(stamp, wanted);
  line.done("installed in node_modules");
}

/** Whether npm's own record of node_modules agrees with the lock file: someone ran npm by hand. */
function areInstalled(root) {
  const installed = readJson(join(root, "node_modules", ".package-lock.json"))?.packages;
  const packages = readJson(join(root, "package-lock.json"))?.packages;
  if (installed === undefined || packages === undefined) return false;
  for (const [folder, manifest] of [
    ["", "package.json"],
    ["lib", join("lib", "package.json")],
  ]) {
    const stated = readJson(join(root, manifest)) ?? {};
    for (const kind of ["dependencies", "devDependencies", "optionalDependencies"]) {
      if (JSON.stringify(stated[kind] ?? {}) !== JSON.stringify(packages[folder]?.[kind] ?? {})) return false;
    }
  }
  return Object.entries(packages).every(([path, { version, optional, link }]) => {
    if (!path.startsWith("node_modules/") || link) return true;
    return installed[path] === undefined ? optional === true : installed[path].version === version;
  });
}

function countPackages(root) {
  const { packages = {} } = readJson(join(root, "package-lock.json")) ?? {};
  const fits = (list, word) => list === undefined || list.includes(word);
  return Object.entries(packages).filter(
    ([path, { link, os, cpu }]) =>
      path.startsWith("node_modules/") && !link && fits(os, process.platform) && fits(cpu, process.arch),
  ).length;
}

/** npm's own script: it is started with this Node, so that no shell and no npm.cmd is involved. */
function findNpm() {
  const cli = join("npm", "bin", "npm-cli.js");
  const besideNode = dirname(process.execPath);
  const candidates = [
    basename(process.env.npm_execpath ?? "") === "npm-cli.js" ? process.env.npm_execpath : undefined,
    join(besideNode, "node_modules", cli),
    join(besideNode, "..", "lib", "node_modules", cli),
    ...searchPath().flatMap((folder) => [
      join(folder, "node_modules", cli),
      throughLink(join(folder, "npm")),
    ]),
    join("/usr/share/nodejs", cli),
  ];
  const found = candidates.find((file) => file !== undefined && existsSync(file));
  if (found !== undefined) return found;
  throw new SetupError(`npm was not found beside ${process.execPath}, nor on the PATH.`, [
    "Install Node from https://nodejs.org (it brings npm). On Debian and Ubuntu: sudo apt install npm",
  ]);
}

function searchPath() {
  return (process.env.PATH ?? process.env.Path ?? "").split(delimiter).filter((folder) => folder !== "");
}

function throughLink(file) {
  try {
    const real = realpathSync(file);
    return basename(real) === "npm-cli.js" ? real : undefined;
  } catch {
    return undefined;
  }
}

function withNodeFirst() {
  const name = Object.keys(process.env).find((key) => key.toUpperCase() === "PATH") ?? "PATH";
  return { ...process.env, [name]: [dirname(process.execPath), process.env[name] ?? ""].join(delimiter) };
}

function explain(output) {
  const errors = output.split("\n").filter((line) => /^npm (error|ERR!)/.test(line));
  const details = (errors.length > 0 ? errors : output.trim().split("\n")).slice(-12).join("\n");
  const has = (pattern) => pattern.test(output);
  const log = "The whole output is in build/setup/npm.log.";
  if (has(/ENOSPC/)) {
    return new SetupError(
      "npm could not install the packages: the disk is full.",
      ["The course needs about 1.5 GB. Make room and try again.", log],
      details,
    );
  }
  if (has(/\b(EACCES|EPERM|EROFS)\b/)) {
    return new SetupError(
      "npm could not install the packages: it may not write here.",
      [
        "Put the course into a folder of your own; do not use sudo. If an earlier run was made with sudo:",
        'sudo chown -R "$USER" . ~/.npm',
        "On Windows, close programs that have files of node_modules open.",
        log,
      ],
      details,
    );
  }
  if (
    has(
      /\b(ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|ERR_SOCKET_TIMEOUT|CERT|SELF_SIGNED\w*)\b|network|E50[0-9]/,
    )
  ) {
    return new SetupError(
      "npm could not install the packages: the package registry cannot be reached.",
      [
        "Check the network connection and try again; what was fetched already is kept.",
        "Behind a proxy: npm config set proxy http://HOST:PORT (and https-proxy). A mirror: npm config set registry URL",
        log,
      ],
      details,
    );
  }
  return new SetupError(
    "npm could not install the packages.",
    ["Try again; if it fails again, remove the folder node_modules.", log],
    details,
  );
}
