import type { BrowserContext, Locator, Page } from "playwright-core";

/** What stood below a cell at one time. */
export interface OutputState {
  /** Text of each output. */
  texts: string[];
  /** Lines that they take on the screen. */
  lines: number;
}

declare global {
  interface Window {
    /** The outputs of a watched cell, one entry a change. */
    outputStates: OutputState[];
  }
}

/** A notebook in JupyterLab, used as a student uses it. Cells count from 0. */
export class NotebookPage {
  private constructor(readonly page: Page) {}

  /**
   * Opens a notebook.
   *
   * @param options `kernel`: wait until cells can be run
   */
  static async open(context: BrowserContext, address: string, { kernel = true } = {}): Promise<NotebookPage> {
    const page = await context.newPage();
    if (kernel) {
      // Before the kernel has answered, JupyterLab may call it idle, yet drops the cells that are run.
      const channel = page.waitForEvent("websocket", (socket) => socket.url().includes("/channels"));
      const answered = channel.then((socket) =>
        socket.waitForEvent("framereceived", ({ payload }) => payload.includes("kernel_info_reply")),
      );
      await Promise.all([page.goto(address), answered]);
      await page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').waitFor();
    } else {
      await page.goto(address);
      await page.locator(".jp-Notebook .jp-Cell").first().waitFor();
    }
    return new NotebookPage(page);
  }

  cell(index: number): Locator {
    return this.page.locator(".jp-Notebook .jp-Cell").nth(index);
  }

  outputs(index: number): Locator {
    return this.cell(index).locator(".jp-OutputArea-output");
  }

  /** Figures of a cell. */
  figures(index: number): Locator {
    return this.cell(index).locator(".js-plotly-plot");
  }

  /** Everything a cell has put out, as one reads it. */
  async text(index: number): Promise<string> {
    return (await this.outputs(index).allInnerTexts()).join("\n").trim();
  }

  /** Clicks into a cell and presses Shift+Enter. */
  async start(index: number): Promise<void> {
    await this.cell(index).locator(".cm-content").click();
    await this.page.keyboard.press("Shift+Enter");
  }

  /** Waits until a cell has a number, that is until it has ended. */
  async ended(index: number): Promise<void> {
    await this.cell(index).locator(".jp-InputPrompt", { hasText: /^\[\d+\]:$/ }).waitFor();
  }

  /** Runs a cell to its end; gives what it has put out. */
  async run(index: number): Promise<string> {
    await this.start(index);
    await this.ended(index);
    return this.text(index);
  }

  /** What stands red below a cell: an error, or text on stderr. */
  error(index: number): Locator {
    return this.cell(index).locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]');
  }

  /** Saves the notebook. */
  async save(): Promise<void> {
    await this.page.keyboard.press("ControlOrMeta+s");
    await this.page.locator(".lm-DockPanel-tabBar .jp-mod-current:not(.jp-mod-dirty)").waitFor();
  }

  /** Chooses a command of a menu, `["Run", "Run All Cells"]`. */
  async choose([menu, ...items]: readonly string[]): Promise<void> {
    await this.page.locator(".jp-MenuBar, .lm-MenuBar").getByText(menu, { exact: true }).click();
    for (const item of items) {
      const entry = this.page.locator(".lm-Menu-itemLabel").getByText(item, { exact: true });
      // A menu opens a submenu under a resting pointer, and only then takes a click beside itself.
      await entry.hover();
      await entry.click();
    }
  }

  /** Dialogs and notifications that have appeared. */
  popUps(): Promise<string[]> {
    return this.page.evaluate(() => window.popUps);
  }

  /** Presses the stop button. */
  async stop(): Promise<void> {
    await this.page
      .locator('.jp-NotebookPanel-toolbar [data-command="notebook:interrupt-kernel"]:visible')
      .click();
  }

  /** From now on notes each state of a cell's outputs; gives what was noted so far. */
  async watch(index: number): Promise<() => Promise<OutputState[]>> {
    await this.cell(index).evaluate((cell) => {
      window.outputStates = [];
      new MutationObserver(() => {
        const state: OutputState = { texts: [], lines: 0 };
        for (const output of cell.querySelectorAll<HTMLElement>(".jp-OutputArea-output")) {
          const text = output.querySelector("pre") ?? output;
          state.texts.push(output.innerText.trim());
          state.lines += Math.round(text.clientHeight / Number.parseFloat(getComputedStyle(text).lineHeight));
        }
        if (state.texts.join() !== window.outputStates.at(-1)?.texts.join()) window.outputStates.push(state);
      }).observe(cell, { childList: true, subtree: true, characterData: true });
    });
    return () => this.page.evaluate(() => window.outputStates);
  }

  /** Waits until a cell's output matches. */
  async saying(index: number, text: RegExp): Promise<void> {
    await this.outputs(index).filter({ hasText: text }).first().waitFor();
  }
}
