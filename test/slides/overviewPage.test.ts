import assert from "node:assert/strict";
import { it } from "node:test";
import { slidesModule } from "./modules.js";

it("the overview leads to each slide and adds the minutes up", async () => {
  const { overviewPage } = (await import(slidesModule("overviewPage.mjs"))) as { overviewPage: (decks: object[]) => string };
  const slides = [{ title: "First", minutes: 1.5 }, { title: "Second", minutes: 3 }];
  const page = overviewPage([
    { name: "01-a", slides, minutes: 4.5, pdf: true },
    { name: "02-b", slides: slides.slice(1), minutes: 3, pdf: false },
  ]);
  assert.match(page, /2 decks, 7\.5 minutes/);
  assert.match(page, /2 slides, 4\.5 minutes/);
  assert.match(page, /<td>2<\/td><td><a href="01-a\.html#2">Second<\/a><\/td><td>3 min<\/td>/);
  assert.deepEqual(page.match(/\S+\.pdf/g), ['href="01-a.pdf']);
});
