import { type Browser, type BrowserContext, chromium } from "playwright-core";

declare global {
  interface Window {
    /** Text of the dialogs and notifications that JupyterLab has shown on this page. */
    popUps: string[];
  }
}

/** Generous: other programs may keep the machine busy. */
const LIMIT = 90_000; // ms

/** Starts the browser that the environment variable CHROME_PATH names. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROME_PATH;
  if (!executablePath) throw new Error("Expected CHROME_PATH to name a browser; npm test -- browser finds one");
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // Whatever asks for a name finds out that there is none.
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
    ],
  });
}

/** A student's browser, with a note of everything that is asked for elsewhere than on this machine. */
export interface Student {
  context: BrowserContext;
  /** Addresses of all requests that left the machine, or would have. */
  readonly outside: string[];
}

/**
 * Opens a browser without history.
 *
 * @param options `offline` cuts the network off, this machine's own servers included: only files are left
 */
export async function openStudent(browser: Browser, { offline = false } = {}): Promise<Student> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    acceptDownloads: true,
    offline,
  });
  context.setDefaultTimeout(LIMIT);
  const outside: string[] = [];
  const local = offline ? [] : ["localhost", "127.0.0.1", "[::1]"];
  const note = (address: string): void => {
    const { protocol, hostname } = new URL(address);
    const inside = ["file:", "data:", "blob:", "about:"].includes(protocol) || local.includes(hostname);
    if (!inside) outside.push(address);
  };
  await context.addInitScript(() => {
    window.popUps = [];
    new MutationObserver((changes) => {
      for (const node of changes.flatMap(({ addedNodes }) => [...addedNodes])) {
        if (!(node instanceof HTMLElement)) continue;
        const popUp = ".jp-Dialog, .Toastify__toast";
        const found = node.matches(popUp) ? node : node.querySelector<HTMLElement>(popUp);
        if (found) window.popUps.push(found.innerText);
      }
    }).observe(document, { childList: true, subtree: true });
  });
  context.on("request", (request) => note(request.url()));
  context.on("page", (page) => page.on("websocket", (socket) => note(socket.url())));
  return { context, outside };
}
