import type { Layout } from "./figure.js";

/** Gives a figure's title without Plotly's markup, or "untitled". */
export function plainTitle({ title }: Layout): string {
  const text = typeof title === "string" ? title : (title?.text ?? "");
  const plain = text
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return plain.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&") || "untitled";
}
