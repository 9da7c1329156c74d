import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { join, relative, resolve, sep } from "node:path";

export const root: string = resolve(__dirname, "..", "..");

const START_LIMIT = 180_000; // ms; set-up may have to build the library or wait for another one
const STOP_LIMIT = 30_000;

/** JupyterLab as `npm start` starts it, but with tabs, settings and trusted notebooks of its own. */
export class JupyterLab {
  readonly #process: ChildProcess;
  readonly #ended: Promise<number | null>;
  /** Everything it printed. */
  output = "";
  /** The address that it printed for the student to open. */
  address!: URL;

  private constructor(state: string, port: number) {
    this.#process = spawn(
      process.execPath,
      [
        join(root, "scripts", "start.mjs"),
        "--no-browser",
        `--port=${port}`,
        "--ServerApp.port_retries=0",
        `--LabApp.workspaces_dir=${join(state, "workspaces")}`,
        `--LabApp.user_settings_dir=${join(state, "settings")}`,
        `--NotebookNotary.db_file=${join(state, "trusted.db")}`,
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    const kill = (): boolean => this.#process.kill();
    process.once("exit", kill);
    this.#ended = new Promise((done) => {
      this.#process.once("close", (code) => {
        process.off("exit", kill);
        done(code);
      });
    });
  }

  /**
   * Starts it and waits until it can be opened.
   *
   * @param state folder for its state, empty at first
   */
  static async start(state: string): Promise<JupyterLab> {
    const lab = new JupyterLab(state, await freePort());
    await new Promise<void>((ready, fail) => {
      const timer = setTimeout(() => fail(new Error(`JupyterLab is not up:\n${lab.output}`)), START_LIMIT);
      const listen = (text: string): void => {
        lab.output += text;
        const printed = /http:\/\/(?:localhost|127\.0\.0\.1):\d+\/\S+/.exec(lab.output)?.[0];
        // A line that has not come to its end would give half an address.
        if (lab.address !== undefined || printed === undefined || lab.output.endsWith(printed)) return;
        lab.address = new URL(printed);
        clearTimeout(timer);
        ready();
      };
      lab.#process.stdout!.setEncoding("utf8").on("data", listen);
      lab.#process.stderr!.setEncoding("utf8").on("data", listen);
      void lab.#ended.then((code) => {
        clearTimeout(timer);
        fail(new Error(`JupyterLab ended with ${code}:\n${lab.output}`));
      });
    }).catch(async (error: unknown) => {
      await lab.stop();
      throw error;
    });
    return lab;
  }

  /**
   * The address that opens a notebook of the checkout.
   *
   * @param workspace JupyterLab opens the tabs again that were open when this workspace was left
   */
  addressOf(notebook: string, workspace: string): string {
    const path = relative(root, notebook).split(sep).map(encodeURIComponent).join("/");
    return new URL(`/lab/workspaces/${workspace}/tree/${path}${this.address.search}`, this.address).href;
  }

  /** Ends it, as Ctrl-C does in its terminal, and gives its exit code. */
  async stop(): Promise<number | null> {
    if (process.platform === "win32" && this.address !== undefined && this.#process.exitCode === null) {
      // There is no Ctrl-C to send, and kill() would leave its kernels behind.
      await fetch(new URL(`/api/shutdown${this.address.search}`, this.address), { method: "POST" });
    } else this.#process.kill("SIGINT");
    const patience = setTimeout(() => this.#process.kill("SIGTERM"), STOP_LIMIT);
    const code = await this.#ended;
    clearTimeout(patience);
    return code;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
