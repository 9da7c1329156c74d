/**
 * Writes the page that leads to all decks and shows what takes how long.
 *
 * @param {{name: string, slides: {title: string, minutes: number}[], minutes: number, pdf: boolean}[]} decks as `readDeck`
 *   gives them; `pdf`: whether there is one
 * @returns {string} HTML
 */
export function overviewPage(decks) {
  const total = decks.reduce((sum, { minutes }) => sum + minutes, 0);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Slides of the course</title>
<style>
  body { font: 16px/1.5 Arial, Helvetica, sans-serif; color: #222222; max-width: 50em; margin: 2em auto; padding: 0 1em; }
  table { border-collapse: collapse; }
  td { padding: 0.15em 1em 0.15em 0; }
  td:nth-child(odd) { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
</style>
<h1>Slides</h1>
<p>${decks.length} decks, ${total} minutes. In a deck: <kbd>p</kbd> opens the presenter's view with the notes, <kbd>f</kbd>
fills the screen, <kbd>o</kbd> shows all slides.</p>
${decks.map(deckSection).join("\n")}
</html>
`;
}

function deckSection({ name, slides, minutes, pdf }) {
  const rows = slides.map(
    ({ title, minutes: time }, index) =>
      `<tr><td>${index + 1}</td><td><a href="${name}.html#${index + 1}">${title}</a></td><td>${time} min</td></tr>`,
  );
  return `<h2><a href="${name}.html">${name}</a></h2>
<p>${slides.length} slides, ${minutes} minutes${pdf ? `; <a href="${name}.pdf">PDF with the notes</a>` : ""}</p>
<table>
${rows.join("\n")}
</table>`;
}
