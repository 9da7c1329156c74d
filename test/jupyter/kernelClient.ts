// A Jupyter client as small as it can be: starts the kernel as Jupyter does and speaks with it.
import { type ChildProcess, spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { Dealer, Subscriber } from "zeromq";

/** The fields of messages that tests read. */
export interface Content {
  status: string;
  execution_state: string;
  execution_count: number;
  code: string;
  ename: string;
  evalue: string;
  traceback: string[];
  name: string;
  text: string;
  data: Record<string, string>;
  transient: { display_id?: string };
  matches: string[];
  failures: { execution_count: number; ename: string; evalue: string }[];
  language_info: Record<string, string>;
}

export interface Message {
  type: string;
  parent: string;
  content: Content;
}

export interface Execution {
  /** Content of the execute_reply. */
  reply: Content;
  /** What was published for this request until it was idle: stream, display_data, error, … */
  outputs: Message[];
  /** All text printed. */
  text: string;
}

const root = resolve(__dirname, "..", "..");
const channels = ["shell", "control", "iopub", "stdin", "hb"] as const;

/** One running kernel. */
export class KernelClient {
  readonly published: Message[] = [];
  readonly exited: Promise<number | null>;
  #replies = new Map<string, (message: Message) => void>();
  #listeners = new Set<() => void>();
  #key = randomUUID();
  #session = randomUUID();
  #folder: string;
  #shell = new Dealer();
  #control = new Dealer();
  #iopub = new Subscriber();
  #process!: ChildProcess;

  private constructor(folder: string) {
    this.#folder = folder;
    this.exited = new Promise((done) => (this.#exit = done));
  }
  #exit!: (code: number | null) => void;

  /** Starts the kernel of `checkout` in the folder `cwd`, with what kernel.json says. */
  static async launch(options: { cwd?: string; env?: NodeJS.ProcessEnv; checkout?: string } = {}): Promise<KernelClient> {
    const { cwd = join(root, "notebooks"), env = {}, checkout = root } = options;
    const client = new KernelClient(mkdtempSync(join(tmpdir(), "kernel-")));
    const ports = await freePorts(channels.length);
    const connection: Record<string, string | number> = {
      ip: "127.0.0.1",
      transport: "tcp",
      key: client.#key,
      signature_scheme: "hmac-sha256",
    };
    channels.forEach((name, i) => (connection[`${name}_port`] = ports[i]));
    const file = join(client.#folder, "connection.json");
    writeFileSync(file, JSON.stringify(connection));

    const specFile = join(checkout, "jupyter", "kernels", "typescript", "kernel.json");
    const spec = JSON.parse(readFileSync(specFile, "utf8")) as { argv: string[] };
    const [command, ...args] = spec.argv.map((word) =>
      word.replace("{resource_dir}", dirname(specFile)).replace("{connection_file}", file),
    );
    const child = spawn(command === "node" ? process.execPath : command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "inherit", "inherit"],
    });
    client.#process = child;
    child.on("exit", (code) => client.#exit(code));

    const at = (name: string): string => `tcp://127.0.0.1:${connection[`${name}_port`]}`;
    client.#shell.connect(at("shell"));
    client.#control.connect(at("control"));
    client.#iopub.connect(at("iopub"));
    client.#iopub.subscribe();
    void client.#receive(client.#shell);
    void client.#receive(client.#control);
    void client.#listen();
    // Published messages are lost until the subscription has reached the kernel.
    for (;;) {
      const before = client.published.length;
      await client.request("kernel_info_request", {});
      await new Promise((done) => setTimeout(done, 20));
      if (client.published.length > before) break;
    }
    return client;
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** Sends a request; resolves with its reply's content. */
  async request(type: string, content: object, channel: "shell" | "control" = "shell"): Promise<Content> {
    return (await this.send(type, content, channel).reply).content;
  }

  /** Sends a request without waiting. */
  send(type: string, content: object, channel: "shell" | "control" = "shell"): { id: string; reply: Promise<Message> } {
    const id = randomUUID();
    const header = { msg_id: id, msg_type: type, session: this.#session, username: "test", date: new Date().toISOString(), version: "5.3" };
    const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
    const hmac = createHmac("sha256", this.#key);
    for (const part of parts) hmac.update(part);
    const reply = new Promise<Message>((done) => this.#replies.set(id, done));
    void (channel === "shell" ? this.#shell : this.#control).send(["<IDS|MSG>", hmac.digest("hex"), ...parts]);
    return { id, reply };
  }

  /** Runs a cell; resolves when the kernel is idle again. */
  async execute(code: string, options: object = {}): Promise<Execution> {
    return await this.start(code, options).done;
  }

  /** Starts a cell without waiting for its end. */
  start(code: string, options: object = {}): { id: string; done: Promise<Execution> } {
    const { id, reply } = this.send("execute_request", { code, ...options });
    const done = (async () => {
      const { content } = await reply;
      await this.until(() => this.published.some((m) => m.parent === id && m.content.execution_state === "idle"));
      const outputs = this.outputsOf(id);
      const text = outputs.map((m) => (m.content.text ?? "")).join("");
      return { reply: content, outputs, text };
    })();
    return { id, done };
  }

  /** What has been published for a request so far. */
  outputsOf(id: string): Message[] {
    return this.published.filter((m) => m.parent === id && m.type !== "status");
  }

  /** Waits until `condition` holds; it is asked again after each published message. */
  async until(condition: () => boolean, seconds = 30): Promise<void> {
    const end = Date.now() + seconds * 1000;
    while (!condition()) {
      if (Date.now() > end) throw new Error(`Expected ${String(condition)} within ${seconds} s`);
      await new Promise<void>((done) => {
        const timer = setTimeout(wake, 100);
        const listeners = this.#listeners;
        listeners.add(wake);
        function wake(): void {
          clearTimeout(timer);
          listeners.delete(wake);
          done();
        }
      });
    }
  }

  /** Waits until the request has printed `text`. */
  async printed(id: string, text: string): Promise<void> {
    await this.until(() => this.outputsOf(id).map((m) => m.content.text ?? "").join("").includes(text));
  }

  /** What JupyterLab's stop button sends. */
  async interrupt(): Promise<void> {
    await this.request("interrupt_request", {}, "control");
  }

  /** Ends the kernel and frees everything. */
  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.send("shutdown_request", { restart: false }, "control");
      await this.exited;
    }
    for (const socket of [this.#shell, this.#control, this.#iopub]) socket.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #receive(socket: Dealer): Promise<void> {
    for await (const frames of socket) {
      const message = parse(frames);
      this.#replies.get(message.parent)?.(message);
      this.#replies.delete(message.parent);
    }
  }

  async #listen(): Promise<void> {
    for await (const frames of this.#iopub) {
      this.published.push(parse(frames));
      for (const wake of [...this.#listeners]) wake();
    }
  }
}

function parse(frames: Buffer[]): Message {
  const at = frames.findIndex((frame) => frame.toString() === "<IDS|MSG>");
  const [header, parent, , content] = frames.slice(at + 2).map((frame) => JSON.parse(frame.toString()) as unknown);
  const { msg_type: type } = header as { msg_type: string };
  const { msg_id: id } = parent as { msg_id: string };
  return { type, parent: id, content: content as Content };
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => new Promise<ReturnType<typeof createServer>>((done) => {
      const server = createServer().listen(0, "127.0.0.1", () => done(server));
    })),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}
