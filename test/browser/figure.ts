import type { Locator } from "playwright-core";

/** Points at a data point of a Plotly figure and gives the label that appears. */
export async function hover(figure: Locator, point = 3): Promise<string> {
  await figure.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await figure.locator(".scatterlayer .point").nth(point).boundingBox())!;
  const { mouse } = figure.page();
  // Plotly answers to movement, not to a pointer that is there at once.
  await mouse.move(x + width / 2 + 5, y + height / 2 + 5);
  await mouse.move(x + width / 2, y + height / 2, { steps: 5 });
  const label = figure.locator(".hoverlayer .hovertext").first();
  await label.waitFor();
  return (await label.textContent()) ?? "";
}

/** Drags over the middle of a Plotly figure's width, which zooms in; gives its x axis' ticks before and after. */
export async function zoom(figure: Locator): Promise<{ before: string[]; after: string[] }> {
  await figure.scrollIntoViewIfNeeded();
  const ticks = figure.locator(".xtick text");
  const before = await ticks.allTextContents();
  const { x, y, width, height } = (await figure.locator(".nsewdrag").first().boundingBox())!;
  const { mouse } = figure.page();
  await mouse.move(x + 0.4 * width, y + 0.5 * height);
  await mouse.down();
  await mouse.move(x + 0.6 * width, y + 0.5 * height, { steps: 8 });
  await mouse.up();
  const deadline = Date.now() + 20_000;
  let after = await ticks.allTextContents();
  while (after.join() === before.join() && Date.now() < deadline) {
    await figure.page().waitForTimeout(100);
    after = await ticks.allTextContents();
  }
  return { before, after };
}

/** Widths in pixels of the pictures in a figure, as the browser decodes them: 0 for one that it cannot. */
export function pictureWidths(figure: Locator): Promise<number[]> {
  return figure.locator("image").evaluateAll((images) =>
    Promise.all(
      images.map(async (image) => {
        const decoded = new Image();
        decoded.src = image.getAttribute("href") ?? image.getAttribute("xlink:href") ?? "";
        await decoded.decode().catch(() => {});
        return image.getBoundingClientRect().width > 0 ? decoded.naturalWidth : 0;
      }),
    ),
  );
}
