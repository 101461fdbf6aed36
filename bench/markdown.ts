/**
 * Markdown tables, and documents with a part that is generated.
 *
 * @module
 */
import { ROOT } from "./processes.ts";

/** A table: its first column is text, the others are figures. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, 3, ...rows.map((row) => row[column]!.length))
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => pad(cell, widths[i]!, i)).join(" | ")} |`;
  const rule = widths.map((width, i) =>
    i === 0 ? "-".repeat(width) : "-".repeat(width - 1) + ":"
  );
  return [line(header), line(rule), ...rows.map(line)].join("\n");
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

const START = "<!-- bench -->";
const END = "<!-- /bench -->";

/**
 * Puts text between the markers of a document; says so where there are none.
 *
 * @param path The document, from the root of the repository.
 * @param text What is to stand between the markers.
 */
export async function writeBetweenMarkers(
  path: string,
  text: string,
): Promise<void> {
  const url = new URL(path, ROOT);
  const old = await Deno.readTextFile(url).catch(() => "");
  const start = old.indexOf(START);
  const end = old.indexOf(END, start);
  if (start < 0 || end < 0) {
    console.log(`${path} was not written: it has no ${START} … ${END}`);
    return;
  }
  const before = old.slice(0, start + START.length);
  await Deno.writeTextFile(url, `${before}\n\n${text}\n\n${old.slice(end)}`);
  await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", path],
    cwd: ROOT,
  })
    .output();
  console.log(`${path} was written.`);
}
