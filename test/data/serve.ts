import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { basename } from "node:path";
import type { TestContext } from "node:test";

/** Answers the request for a file. */
export type Answer = (name: string, response: ServerResponse, request: IncomingMessage) => void;

/** A mirror on this machine, and which requests it had: names, with the beginning of a range behind "@". */
export interface Mirror {
  url: string;
  requests: string[];
}

/** Starts a mirror that ends with the test. */
export async function serve(t: TestContext, answer: Answer): Promise<Mirror> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const name = basename(request.url ?? "");
    const start = rangeStart(request);
    requests.push(start > 0 ? `${name}@${start}` : name);
    answer(name, response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests };
}

/** First byte a request asks for. */
export function rangeStart(request: IncomingMessage): number {
  return Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
}

/** Sends a file, or what is asked of it. */
export function send(bytes: Buffer | undefined, response: ServerResponse, request: IncomingMessage): void {
  if (bytes === undefined) {
    response.writeHead(404).end();
    return;
  }
  const start = rangeStart(request);
  if (start >= bytes.length) {
    response.writeHead(416, { "Content-Range": `bytes */${bytes.length}` }).end();
    return;
  }
  const headers: Record<string, string | number> = { "Content-Length": bytes.length - start };
  if (start > 0) headers["Content-Range"] = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
  response.writeHead(start > 0 ? 206 : 200, headers).end(bytes.subarray(start));
}

/** Sends the first bytes of what is asked for, then hangs or cuts the connection. */
export function sendPart(
  bytes: Buffer,
  count: number,
  then: "hang" | "cut",
  response: ServerResponse,
  request: IncomingMessage,
): void {
  const start = rangeStart(request);
  const headers: Record<string, string | number> = { "Content-Length": bytes.length - start };
  if (start > 0) headers["Content-Range"] = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
  response.writeHead(start > 0 ? 206 : 200, headers);
  response.write(bytes.subarray(start, start + count), () => {
    // Time for the bytes to arrive: with a reset right behind them the other side may drop them.
    if (then === "cut") setTimeout(() => response.destroy(), 50);
  });
}
