import { run } from "../run.mjs";

/**
 * Installs packages into a Python environment.
 *
 * @param {string} python of the environment
 * @param {{requirements: string, constraints: string, log: string, packages?: number,
 *   onProgress: (text: string) => void}} options `requirements`, `constraints`: files with what is wanted, and exact
 *   versions; `log`: file for the whole output; `packages`: about how many there are to fetch
 * @returns {ReturnType<typeof run>}
 */
export async function pipInstall(python, { requirements, constraints, log, packages, onProgress }) {
  let found = 0;
  let fetching = true;
  const options = ["--disable-pip-version-check", "--no-input", "--progress-bar=off", "--prefer-binary"];
  return run(python, ["-m", "pip", "install", ...options, "-r", requirements, "-c", constraints], {
    env: { ...process.env, PYTHONUTF8: "1", PYTHONUNBUFFERED: "1" },
    log,
    onLine(text) {
      if (/^(Collecting|Processing) /.test(text)) found += 1;
      if (/^Installing collected packages/.test(text)) fetching = false;
      const of = packages === undefined ? "" : ` of about ${Math.max(found, packages)}`;
      onProgress(fetching ? `pip fetches package ${found}${of}` : `pip installs ${found} packages`);
    },
  });
}
