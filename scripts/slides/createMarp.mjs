import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Marp } from "@marp-team/marp-core";
import { noteLinesRule } from "./noteLinesRule.mjs";
import { resultsRule } from "./resultsRule.mjs";

/**
 * Makes a Marp for the decks of a checkout: with its theme and results, and with nothing that a page would load
 * from the network.
 *
 * @param {string} course the checkout
 * @param {object} [options] further options of Marp
 * @param {(faults: string[]) => void} [onFaults] what to do about results and pictures that are not there, see
 *   `resultsRule`; by default an error is thrown that names them, a line each
 * @returns {Marp}
 */
export function createMarp(course, options = {}, onFaults = refuse) {
  const marp = new Marp({
    ...options,
    math: "mathjax",
    emoji: { shortcode: false, unicode: false }, // they would be pictures from a server
    markdown: { breaks: false },
  });
  marp.use(resultsRule, course, onFaults).use(noteLinesRule);
  marp.themeSet.default = marp.themeSet.add(readFileSync(join(course, "slides", "theme.css"), "utf8"));
  return marp;
}

function refuse(faults) {
  throw new Error(faults.join("\n"));
}
