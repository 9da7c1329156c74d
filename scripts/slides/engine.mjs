// What Marp CLI is given as --engine. Where decks are shown while they are written, what is not there yet is only told.
import { root } from "../project.mjs";
import { createMarp } from "./createMarp.mjs";

const onFaults = process.env.SLIDES_DRAFT ? (faults) => console.warn(faults.join("\n")) : undefined;

export default (options) => createMarp(root, options, onFaults);
