import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { slidesModule } from "./modules.js";
import { SmallCourse } from "./smallCourse.js";

interface Deck {
  name: string;
  slides: { title: string; minutes: number }[];
  minutes: number;
  hash: string;
}

let readDeck: (course: string, file: string) => Deck;
interface Marp {
  render(markdown: string): { html: string; css: string; comments: string[][] };
}
let createMarp: (course: string, options?: object, onFaults?: (faults: string[]) => void) => Marp;
before(async () => {
  ({ readDeck } = (await import(slidesModule("readDeck.mjs"))) as { readDeck: typeof readDeck });
  ({ createMarp } = (await import(slidesModule("createMarp.mjs"))) as { createMarp: typeof createMarp });
});

/** What a course's Marp makes of Markdown, with plain spaces. */
function render(course: SmallCourse, markdown: string): { html: string; comments: string[][] } {
  const { html, comments } = createMarp(course.folder).render(markdown);
  return { html: html.replaceAll("\u00a0", " "), comments };
}

/** Lines of the error that reading a deck throws. */
function faultsOf(course: SmallCourse, file: string): string[] {
  try {
    readDeck(course.folder, file);
  } catch (error) {
    return (error as Error).message.split("\n");
  }
  return [];
}

const base64 = (text: string): string => `data:image/svg+xml;base64,${Buffer.from(text).toString("base64")}`;

describe("a number", () => {
  it("is filled in where text, a table, a formula or a note names it", (t) => {
    const course = new SmallCourse(t);
    const accuracy = "{{09-demo: float.accuracy as percent}}";
    const { html, comments } = render(
      course,
      `**${accuracy}**\n\n| a |\n|---|\n| ${accuracy} |\n\n$x = {{09-demo: float.bytes as count}}$\n\n` +
        `<!-- 1 min. ${accuracy} -->`,
    );
    assert.match(html, /<strong>91\.0 %<\/strong>/);
    assert.match(html, /<td>91\.0 %<\/td>/);
    assert.equal(comments[0][0].replace("\u00a0", " "), "1 min. 91.0 %");
    const { html: byHand } = render(course, "$x = 1,000$");
    const formula = /<mjx-container[\s\S]*<\/mjx-container>/;
    assert.equal(formula.exec(html)![0], formula.exec(byHand)![0]);
  });

  it("of two metrics is computed seed by seed", (t) => {
    const course = new SmallCourse(t);
    const { html } = render(
      course,
      "{{09-demo: float.bytes / qap.bytes as ratio}}, {{09-demo: qap.accuracy - float.accuracy as points}}",
    );
    assert.match(html, /6\.0×, −1\.5 points/); // 10 and 2; of the means it would be 3.3
  });

  it("in code stays as it is written", (t) => {
    const { html } = render(new SmallCourse(t), "`{{09-demo: no.such as percent}}`");
    assert.match(html, /<code>\{\{09-demo: no\.such as percent\}\}<\/code>/);
  });
});

describe("a speaker note", () => {
  it("has a line for each paragraph", (t) => {
    const { comments } = render(new SmallCourse(t), "# A\n\n<!--\n1 min. Say\nit, then\ngo on.\n\nAnd\nthis.\n-->");
    assert.deepEqual(comments, [["1 min. Say it, then go on.\n\nAnd this."]]);
  });
});

describe("what is not there", () => {
  it("stays as it is written where it is only told, once a slide", (t) => {
    const told: string[][] = [];
    const marp = createMarp(new SmallCourse(t).folder, {}, (faults) => told.push(faults));
    const number = "{{08-later: float.accuracy as percent}}";
    const { html } = marp.render(`# A\n\n${number} and ${number}\n\n![A curve](results:08-later/curve)`);
    const fault = 'slide 1 "A": Expected results of a notebook but found no results/08-later.json: npm run results writes it';
    assert.deepEqual(told, [[fault]]);
    assert.ok(html.includes(`${number} and ${number}`));
    assert.match(html, /<img src="results:08-later\/curve" alt="A curve"/);
  });
});

describe("a picture", () => {
  it("becomes part of the page: a chart by name, a drawing by its path, in front and behind", (t) => {
    const { html } = render(
      new SmallCourse(t),
      "![w:300 A curve](results:09-demo/curve) ![bg](results:09-demo/curve)\n\n![A tree](drawings/tree.svg)",
    );
    assert.ok(html.includes(`<img src="${base64("<svg>curve</svg>")}" alt="A curve" style="width:300px;"`), html);
    assert.ok(html.includes(`url(&quot;${base64("<svg>curve</svg>")}&quot;)`), html);
    assert.ok(html.includes(`<img src="${base64("<svg>tree</svg>")}" alt="A tree"`), html);
  });
});

describe("readDeck", () => {
  it("gives titles, minutes and their sum", (t) => {
    const course = new SmallCourse(t);
    const file = course.deck("# A *title* & more\n\n<!-- 1.5 min. -->\n\n<!-- And on. -->", "no heading\n\n<!-- 3 min. Now. -->");
    const { name, slides, minutes } = readDeck(course.folder, file);
    assert.equal(name, "09-demo");
    assert.deepEqual(slides, [{ title: "A title &amp; more", minutes: 1.5 }, { title: "", minutes: 3 }]);
    assert.equal(minutes, 4.5);
  });

  it("gives another hash when anything that is shown or said changes, and the same one else", (t) => {
    const course = new SmallCourse(t);
    const slide = "# A\n\n![](results:09-demo/curve) ![](drawings/tree.svg)";
    const hash = (text: string): string => readDeck(course.folder, course.deck(text)).hash;
    const first = hash(slide);
    assert.equal(hash(slide), first);
    const seen = [first, hash(`${slide} more`), hash(`${slide}\n\n<!-- 2 min. -->`)];
    course.write("results/09-demo/curve.svg", "<svg>another</svg>");
    seen.push(hash(slide));
    course.write("slides/drawings/tree.svg", "<svg>another</svg>");
    seen.push(hash(slide));
    course.write("slides/theme.css", "/* @theme course */ section { color: red; }");
    seen.push(hash(slide));
    assert.equal(new Set(seen).size, seen.length);
  });

  it("names deck, slide and metric of all numbers that are not there", (t) => {
    const course = new SmallCourse(t);
    const file = course.deck("# One", "# Two\n\n{{09-demo: qap.acuracy as percent}}", "{{08-none: x as percent}}");
    assert.deepEqual(faultsOf(course, file), [
      'slides/09-demo.md, slide 2 "Two": Expected a metric of results/09-demo.json but found "qap.acuracy"',
      "slides/09-demo.md, slide 3: Expected results of a notebook but found no results/08-none.json: npm run results writes it",
    ]);
  });

  it("names the figures there are when a chart is not, or its file is missing", (t) => {
    const course = new SmallCourse(t);
    const file = course.deck("# A\n\n![](results:09-demo/curves)", "# B\n\n![](results:09-demo/lost)");
    assert.deepEqual(faultsOf(course, file), [
      'slides/09-demo.md, slide 1 "A": Expected a figure of results/09-demo (curve, lost) but found "curves"',
      'slides/09-demo.md, slide 2 "B": Expected a figure of results/09-demo (curve, lost) but found "lost"',
    ]);
  });

  it("refuses results of other code than the notebook's, but not of other prose", (t) => {
    const course = new SmallCourse(t);
    const file = course.deck("# A\n\n{{09-demo: float.accuracy as percent}}", "# B\n\n![](results:09-demo/curve)");
    const prose = { cell_type: "markdown", source: "Other prose" };
    course.write("notebooks/09-demo.ipynb", JSON.stringify({ cells: [{ cell_type: "code", source: "train();" }, prose] }));
    assert.deepEqual(faultsOf(course, file), []);
    course.write("notebooks/09-demo.ipynb", JSON.stringify({ cells: [{ cell_type: "code", source: "train(2);" }, prose] }));
    const fault =
      "Expected results of the notebook as it is but found that results/09-demo.json was computed by other code:" +
      " run npm run results";
    assert.deepEqual(faultsOf(course, file), [
      `slides/09-demo.md, slide 1 "A": ${fault}`,
      `slides/09-demo.md, slide 2 "B": ${fault}`,
    ]);
  });

  it("takes numbers of a study, and timings, and refuses those of another program", (t) => {
    const course = new SmallCourse(t);
    const program = course.write("studies/bits.mts", "study();");
    const codeHash = createHash("sha256").update(readFileSync(program)).digest("hex");
    const runs = [{ seed: 1, metrics: { "4.accuracy": 0.5 } }, { seed: 2, metrics: {}, timings: { "4.accuracy": 0.7 } }];
    course.write("results/study-bits.json", JSON.stringify({ study: "bits.mts", codeHash, runs }));
    const file = course.deck("# A\n\n{{study-bits: 4.accuracy as percent}}");
    assert.deepEqual(faultsOf(course, file), []);
    course.write("studies/bits.mts", "study(2);");
    assert.match(faultsOf(course, file).join(), /results of the study as it is .*results\/study-bits\.json .*: run npm run study$/);
  });

  it("refuses an unknown format, what is written otherwise, and pictures from elsewhere", (t) => {
    const course = new SmallCourse(t);
    const file = course.deck(
      "# A\n\n{{09-demo: float.accuracy as procent}}",
      "# B\n\n{{09-demo float.accuracy}}",
      "# C\n\n![](https://example.org/a.svg)",
      "# D\n\n![bg](drawings/bush.svg)",
      "# E\n\n$x = {{09-demo: float.accuracy}}$, but $x^{{a}}$ is a formula",
    );
    const faults = faultsOf(course, file);
    assert.equal(faults.length, 5);
    assert.match(faults[0], /^slides\/09-demo\.md, slide 1 "A": Expected a format \(percent, .*\), .* but found "procent"$/);
    assert.match(faults[1], /slide 2 "B": Expected \{\{notebook: metric as format\}\} but found \{\{09-demo float\.accuracy\}\}$/);
    const picture = "Expected a picture below slides/ (svg, png, jpg) or results:notebook/figure but found";
    assert.ok(faults[2].endsWith(`slide 3 "C": ${picture} "https://example.org/a.svg"`), faults[2]);
    assert.ok(faults[3].endsWith(`slide 4 "D": ${picture} "drawings/bush.svg"`), faults[3]);
    assert.match(faults[4], /slide 5 "E": Expected \{\{notebook: metric as format\}\} but found \{\{09-demo: float\.accuracy\}\}$/);
  });

  it("wants a note that begins with its time on every slide", (t) => {
    const course = new SmallCourse(t);
    const file = course.deck("# A\n\n<!-- _class: title -->", "# B\n\n<!-- Take 3 min. -->", "# C\n\n<!-- 2 min. Fine: it is. -->");
    const expected = 'Expected a speaker note (<!-- … -->) that begins with its time, such as "3 min." but found';
    assert.deepEqual(faultsOf(course, file), [
      `slides/09-demo.md, slide 1 "A": ${expected} none`,
      `slides/09-demo.md, slide 2 "B": ${expected} "Take 3 min."`,
    ]);
  });
});
