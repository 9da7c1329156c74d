import type { Page } from "playwright-core";

/**
 * Finds what does not fit on the slides of a page: text and elements that reach into a slide's padding, where its source
 * and number stand, and headers and footers that reach out of the slide.
 *
 * @returns for each, the slide's number and what it is
 */
export async function overflows(page: Page): Promise<string[]> {
  await page.addStyleTag({ content: "svg[data-marpit-svg] { content-visibility: visible !important; }" });
  // One function without functions in it: names that the compiler notes are not known on the page.
  return page.evaluate(() => {
    const found = new Set<string>();
    for (const section of document.querySelectorAll("foreignObject > section")) {
      const frame = section.getBoundingClientRect();
      const scale = frame.width / 1280;
      const padding = getComputedStyle(section);
      const walker = document.createTreeWalker(section, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        const element = node instanceof Element ? node : node.parentElement!;
        if (element instanceof SVGElement && element.ownerSVGElement !== null) continue;
        const range = document.createRange();
        range.selectNode(node);
        const inside = element.closest("header, footer") === null ? scale : 0;
        for (const { left, right, top, bottom, width, height } of range.getClientRects()) {
          if (width === 0 || height === 0) continue;
          const over = Math.max(
            frame.left + inside * parseFloat(padding.paddingLeft) - left,
            right - (frame.right - inside * parseFloat(padding.paddingRight)),
            frame.top + inside * parseFloat(padding.paddingTop) - top,
            bottom - (frame.bottom - inside * parseFloat(padding.paddingBottom)),
          );
          const text = (node.textContent ?? "").trim().slice(0, 30);
          if (over > 1.5 * scale) found.add(`slide ${section.id}: ${node.nodeName} ${text} by ${Math.round(over / scale)} px`);
        }
      }
    }
    return [...found];
  });
}
