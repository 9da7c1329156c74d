const pause = 10_000;

/**
 * One line that says how a longer piece of work stands: updated in place on a terminal, elsewhere
 * repeated every ten seconds at most.
 *
 * @param {string} label what is being done, such as "Packages"
 * @returns {{update(text: string): void, end(): void, done(text: string): void, fail(): void}} `end` takes the
 *   progress away without a word
 */
export function progress(label) {
  const started = performance.now();
  const terminal = process.stdout.isTTY === true;
  let last = -Infinity;
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  const clear = () => terminal && process.stdout.write("\r\x1b[2K");
  const update = (text) => {
    const now = performance.now();
    if (now - last < (terminal ? 100 : pause)) return;
    last = now;
    clear();
    const line = `${label}: ${text} (${seconds()})`;
    process.stdout.write(terminal ? line.slice(0, (process.stdout.columns ?? 80) - 1) : `${line}\n`);
  };
  return {
    update,
    end: clear,
    done(text) {
      clear();
      console.log(`${label}: ${text} (${seconds()})`);
    },
    fail() {
      clear();
      console.log(`${label}: failed (${seconds()})`);
    },
  };
}
