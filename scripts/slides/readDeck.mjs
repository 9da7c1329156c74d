import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { fingerprint } from "../setup/stamp.mjs";
import { createMarp } from "./createMarp.mjs";
import { nameSlide } from "./resultsRule.mjs";

/**
 * Reads a deck and checks it: all results are there, and each slide has a speaker note that begins with its time.
 *
 * @param {string} course the checkout
 * @param {string} file path of the deck's Markdown
 * @returns {{name: string, slides: {title: string, minutes: number}[], minutes: number, hash: string}} titles are HTML;
 *   `hash` changes whenever the deck, or anything it shows, does
 * @throws {Error} that names the deck and, a line each, the slides and what is wrong with them
 */
export function readDeck(course, file) {
  const fail = (lines) => {
    throw new Error(lines.map((line) => `slides/${basename(file)}, ${line}`).join("\n"));
  };
  const marp = createMarp(course);
  let deck;
  try {
    deck = marp.render(readFileSync(file, "utf8"), { htmlAsArray: true });
  } catch (error) {
    return fail(error.message.split("\n"));
  }
  const { html, css, comments } = deck;
  const slides = html.map((slide, index) => ({ title: titleOf(slide), minutes: minutesOf(comments[index]) }));
  const faults = slides.flatMap(({ title, minutes }, index) => {
    if (minutes !== undefined) return [];
    const found = comments[index].length === 0 ? "none" : `"${comments[index][0].slice(0, 40)}"`;
    const expected = 'Expected a speaker note (<!-- … -->) that begins with its time, such as "3 min."';
    return [`${nameSlide(index + 1, title)}: ${expected} but found ${found}`];
  });
  if (faults.length > 0) fail(faults);
  const minutes = slides.reduce((sum, slide) => sum + slide.minutes, 0);
  return { name: basename(file, ".md"), slides, minutes, hash: fingerprint([], css, ...html, ...comments.flat()) };
}

function titleOf(html) {
  const [, heading = ""] = /<h\d[^>]*>([\s\S]*?)<\/h\d>/.exec(html) ?? [];
  return heading.replace(/<[^>]*>/g, "").trim();
}

function minutesOf([note = ""]) {
  const [, minutes] = /^(\d+(?:\.\d+)?) min\./.exec(note) ?? [];
  return minutes === undefined ? undefined : Number(minutes);
}
