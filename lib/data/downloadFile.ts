import { mkdir, open, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** Options of `downloadFile`. */
export interface DownloadFileOptions {
  connectTimeout: number;
  stallTimeout: number;
  signal?: AbortSignal | undefined;
  onProgress?: (received: number, total: number | null) => void;
}

/**
 * Downloads an address to a file. Bytes that the file holds already are taken for the beginning of the
 * same download, which goes on behind them if the server can do that, and starts again otherwise. A
 * connection that breaks off is taken up again as long as each attempt brings something.
 *
 * @param url the address
 * @param path the file
 * @returns `null`, or what is wrong with the mirror or the network
 * @throws {Error} if the file cannot be written, or the reason of `signal`
 */
export async function downloadFile(
  url: string,
  path: string,
  options: DownloadFileOptions,
): Promise<string | null> {
  for (let attempt = 1; ; attempt++) {
    const before = await sizeOf(path);
    const problem = await transfer(url, path, before, options);
    if (problem === null) return null;
    if (attempt === 5 || (await sizeOf(path)) <= before) return problem;
  }
}

async function transfer(
  url: string,
  path: string,
  start: number,
  { connectTimeout, stallTimeout, signal, onProgress }: DownloadFileOptions,
): Promise<string | null> {
  const clock = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const expect = (what: string, milliseconds: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => clock.abort(new Error(`no ${what} for ${milliseconds / 1000} s`)), milliseconds);
  };
  // Only the network's failures are the mirror's fault: those of the disk are thrown.
  const fromNetwork = async <T>(promise: Promise<T>): Promise<T | Failure> => {
    try {
      return await promise;
    } catch (error) {
      signal?.throwIfAborted();
      return new Failure(reason(error));
    }
  };
  const request = (from: number): Promise<Response | Failure> => {
    expect("answer", connectTimeout);
    const headers: Record<string, string> = { "Accept-Encoding": "identity" };
    if (from > 0) headers["Range"] = `bytes=${from}-`;
    const stop = signal ? AbortSignal.any([clock.signal, signal]) : clock.signal;
    return fromNetwork(fetch(url, { headers, signal: stop }));
  };
  try {
    let response = await request(start);
    if (start > 0 && !(response instanceof Failure) && response.status === 416) {
      // What is here is no beginning of this mirror's file.
      await fromNetwork(response.body?.cancel() ?? Promise.resolve());
      response = await request(0);
    }
    if (response instanceof Failure) return `could not be reached (${response.reason})`;
    if (!response.ok || response.body === null) {
      return `answered ${response.status} ${response.statusText}`.trimEnd();
    }
    const goesOn = response.headers.get("Content-Range")?.startsWith(`bytes ${start}-`) ?? false;
    let received = goesOn ? start : 0;
    const length = response.headers.get("Content-Length");
    const total = length === null ? null : received + Number(length);
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, goesOn ? "a" : "w");
    try {
      const reader = response.body.getReader();
      for (;;) {
        expect("byte", stallTimeout);
        const piece = await fromNetwork(reader.read());
        if (piece instanceof Failure) return `broke off after ${received} bytes (${piece.reason})`;
        if (piece.done) break;
        await file.writeFile(piece.value as Uint8Array);
        received += piece.value.byteLength;
        onProgress?.(received, total);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    return null;
  } finally {
    clearTimeout(timer);
    clock.abort(); // lets go of the connection if the answer was not read to its end
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0; // not begun
  }
}

class Failure {
  constructor(readonly reason: string) {}
}

function reason(error: unknown): string {
  const { message, cause } = error as Error & { cause?: NodeJS.ErrnoException };
  return cause?.code ?? cause?.message ?? message;
}
