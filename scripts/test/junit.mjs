/**
 * Reads the outcomes from a JUnit XML file.
 *
 * @param {string} xml
 * @returns {{passed: string[], failed: {name: string, reason: string}[], skipped: {name: string, reason: string}[]}}
 */
export function readJunit(xml) {
  const result = { passed: [], failed: [], skipped: [] };
  for (const [, attributes, body = ""] of xml.matchAll(
    /<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g,
  )) {
    const name = [attribute(attributes, "classname"), attribute(attributes, "name")]
      .filter((text) => text !== "")
      .join(": ");
    const outcome = /<(failure|error|skipped)\b([^>]*?)(?:\/>|>([\s\S]*?)<\/\1>)/.exec(body);
    if (outcome === null) {
      result.passed.push(name);
      continue;
    }
    const [, kind, outcomeAttributes, text = ""] = outcome;
    const reason =
      attribute(outcomeAttributes, "message") || unescape(text).trim().split("\n")[0] || "no reason given";
    result[kind === "skipped" ? "skipped" : "failed"].push({ name, reason });
  }
  return result;
}

function attribute(text, name) {
  return unescape(new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(text)?.[1] ?? "");
}

function unescape(text) {
  const named = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text
    .replace(/^<!\[CDATA\[([\s\S]*)\]\]>$/, "$1")
    .replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, word) => {
      if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      return named[word] ?? whole;
    });
}
