// git's clean filter for notebooks (.gitattributes): what is committed has one canonical form and no outputs,
// whichever editor wrote them. (The course's own JupyterLab writes that form at once, see
// jupyter/course_contents.py.) Reads standard input, writes standard output.
import { isMain } from "./isMain.mjs";

/**
 * Brings a notebook into the form in which it is committed: no outputs, no counts, of the metadata only
 * the kernel and the cells' tags; keys in the order of nbformat, indented by one space.
 *
 * @param {string} text an .ipynb file
 * @returns {string} the same notebook; a text that is no notebook comes back as it is
 */
export function cleanNotebook(text) {
  let notebook;
  try {
    notebook = JSON.parse(text);
  } catch {
    return text;
  }
  const isCell = (cell) => cell && (typeof cell.source === "string" || Array.isArray(cell.source));
  if (!Array.isArray(notebook?.cells) || !notebook.cells.every(isCell)) return text;
  const cells = notebook.cells.map(({ attachments, cell_type, id, metadata, source }) => {
    const tags = metadata?.tags?.length > 0 ? { tags: metadata.tags } : {};
    const lines = Array.isArray(source) ? source : source.split(/(?<=\n)/);
    return cell_type === "code"
      ? { cell_type, execution_count: null, id, metadata: tags, outputs: [], source: lines }
      : { ...(attachments && { attachments }), cell_type, id, metadata: tags, source: lines };
  });
  const metadata = {
    kernelspec: { display_name: "TypeScript", language: "typescript", name: "typescript" },
    language_info: { file_extension: ".ts", mimetype: "text/typescript", name: "typescript" },
  };
  return `${JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`;
}

if (isMain(import.meta.url)) {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  process.stdout.write(cleanNotebook(Buffer.concat(chunks).toString("utf8")));
}
