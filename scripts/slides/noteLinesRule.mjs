/**
 * The markdown-it rule that makes a paragraph of a speaker note one line: Marp shows notes with the line ends of the
 * source. Paragraphs stay apart.
 *
 * @param md a markdown-it with Marpit's rules
 */
export function noteLinesRule(md) {
  md.core.ruler.before("marpit_collect", "course_note_lines", ({ tokens }) => {
    for (const token of tokens.flatMap((block) => [block, ...(block.children ?? [])])) {
      if (token.type === "marpit_comment") token.content = token.content.replace(/(?<!\n)\n(?!\n)/g, " ");
    }
  });
}
