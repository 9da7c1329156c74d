import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { build } from "esbuild";
import type { Browser } from "playwright-core";
import { launchBrowser, openStudent } from "./browser.js";
import { trainSmallNetwork } from "./trainSmallNetwork.js";

const kernels = readFileSync(require.resolve("tfjs-compression/dist/wasm/kernels.wasm"));
const address = "http://localhost/";

/** The training as one script for a page, with no word of Node in it. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { loadKernels } from "../../lib/wasm/kernels.js";
        import { trainSmallNetwork } from "./trainSmallNetwork.js";
        window.trained = (async () => {
          await loadKernels(await (await fetch("kernels.wasm")).arrayBuffer());
          return trainSmallNetwork();
        })();`,
      resolveDir: __dirname,
      loader: "ts",
    },
    bundle: true,
    write: false,
    platform: "browser",
    target: "es2022",
    external: ["node:fs"],
  });
  return outputFiles[0].text;
}

describe("the kernels in a browser", () => {
  let browser: Browser;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser.close());

  it("train a network to the same bits as in Node, with the same .wasm", async () => {
    const script = await bundle();
    const { context } = await openStudent(browser);
    const page = await context.newPage();
    await page.route(`${address}**`, (route) => {
      if (route.request().url().endsWith("kernels.wasm")) return route.fulfill({ body: kernels, contentType: "application/wasm" });
      return route.fulfill({ body: `<!doctype html><script>${script}</script>`, contentType: "text/html" });
    });
    await page.goto(address);
    const trained = await page.evaluate(() => (window as unknown as { trained: Promise<ReturnType<typeof trainSmallNetwork>> }).trained);
    const here = trainSmallNetwork();
    assert.ok(here.losses[here.losses.length - 1] < here.losses[0], "it learns");
    assert.deepEqual(trained, here);
    await context.close();
  });
});
