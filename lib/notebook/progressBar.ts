import { display } from "./display.js";
import { kernelHost } from "./host.js";

/** What a progress bar counts. */
export interface ProgressBarOptions {
  /** What is going on, a few words, for example `"training"`. */
  label: string;
  /** How many steps there are; 0 or more. */
  total: number;
  /** What one step is, in the plural, for example `"epochs"`. Default: nothing. */
  unit?: string;
  /** Who does the steps, told in the last line, for example `"wasm"`. Default: nothing. */
  by?: string;
  /** Current time in milliseconds. Default: `performance.now`. */
  clock?: () => number;
  /** Where the bar is drawn outside a notebook. Default: `process.stderr`. */
  stream?: ProgressStream;
}

/** The part of a Node stream that the bar needs. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What is known besides the count. */
export interface ProgressDetails {
  /** Numbers to show beside the bar, for example `{ loss: 0.31, accuracy: 0.97 }`. */
  metrics?: { readonly [name: string]: number };
}

/** A bar that is under way. */
export interface ProgressBar {
  /** Says that `done` steps are done. Cheap: at most eight calls a second draw anything. */
  update(done: number, details?: ProgressDetails): void;
  /** Ends the bar and leaves one line. `summary` replaces the line's last metrics. */
  finish(summary?: string): void;
  /** Ends the bar and leaves one line that says where it stopped and why. */
  fail(reason?: string): void;
}

const INTERVAL = 125; // ms between drawings
const WIDTH = 24; // characters of the bar

let bars = 0;

/**
 * Starts a progress bar: one line that updates in place and leaves one clean line at its end.
 *
 * In a notebook it is an output that is replaced; in a terminal the line is written over; where the
 * output goes to a file, only the last line is written.
 *
 * @param options `label`, `total` and `unit`.
 * @throws {RangeError} if the total is negative or not a number.
 * @example
 * ```ts
 * const bar = progressBar({ label: "training", total: 32, unit: "epochs" });
 * for (let epoch = 1; epoch <= 32; epoch++) bar.update(epoch, { metrics: { loss: await train() } });
 * bar.finish();
 * ```
 */
export function progressBar(options: ProgressBarOptions): ProgressBar {
  const { label, total, unit = "", by, clock = () => performance.now(), stream = process.stderr } = options;
  if (!(total >= 0)) throw new RangeError(`Expected total to be 0 or more but found ${total}`);
  const inNotebook = kernelHost() !== null && options.stream === undefined;
  const id = `progress-${process.pid}-${Date.now().toString(36)}-${bars++}`;
  const started = clock();
  let lastDrawn = Number.NEGATIVE_INFINITY;
  let done = 0;
  let metrics: ProgressDetails["metrics"] = {};
  let displayed = false;
  let ended = false;

  return {
    update(steps, details = {}) {
      if (ended) return;
      done = steps;
      if (details.metrics !== undefined) metrics = details.metrics;
      const now = clock();
      if (now - lastDrawn < INTERVAL) return;
      lastDrawn = now;
      if (inNotebook) put(runningLine(now));
      else if (stream.isTTY === true) stream.write(`\r${fit(runningLine(now))}\u001b[K`);
    },
    finish(summary) {
      const who = by === undefined ? "" : ` by ${by}`;
      end(`${label}: ${count(done, total, unit)} in ${duration(clock() - started)}${who}${tail(summary ?? metricText(metrics))}`);
    },
    fail(reason) {
      end(`${label}: stopped at ${count(done, total, unit)} after ${duration(clock() - started)}${tail(reason ?? "")}`);
    },
  };

  function runningLine(now: number): string {
    const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 1;
    const elapsed = now - started;
    const left = share > 0 && share < 1 ? `, ${duration((elapsed * (1 - share)) / share)} left` : "";
    const percent = `${Math.floor(share * 100)} %`.padStart(5);
    return `${label} ${drawBar(share)} ${percent}  ${count(done, total, unit)}${left}${tail(metricText(metrics))}`;
  }

  function end(line: string): void {
    if (ended) return;
    ended = true;
    if (inNotebook) put(line);
    else stream.write(stream.isTTY === true ? `\r${line}\u001b[K\n` : `${line}\n`);
  }

  function put(line: string): void {
    display({ "text/plain": line }, displayed ? { id, update: true } : { id });
    displayed = true;
  }

  function fit(line: string): string {
    // A line longer than the terminal would wrap, and "\r" would then go back only part of the way.
    return line.slice(0, Math.max(20, (stream.columns ?? 80) - 1));
  }
}

function drawBar(share: number): string {
  const full = Math.floor(share * WIDTH);
  return "█".repeat(full) + "░".repeat(WIDTH - full);
}

function count(done: number, total: number, unit: string): string {
  const number = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 1 });
  return `${done === total ? number(total) : `${number(done)}/${number(total)}`}${unit === "" ? "" : ` ${unit}`}`;
}

function metricText(metrics: { readonly [name: string]: number } = {}): string {
  return Object.entries(metrics)
    .map(([name, value]) => `${name} ${metricNumber(value)}`)
    .join(", ");
}

function metricNumber(value: number): string {
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6)) return value.toExponential(2);
  return Number.isInteger(value) && Math.abs(value) >= 10 ? String(value) : value.toFixed(4);
}

function tail(text: string): string {
  return text === "" ? "" : ` · ${text}`;
}

function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
