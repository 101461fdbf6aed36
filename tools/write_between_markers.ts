/**
 * Generated parts of documents.
 *
 * @module
 */
import { ROOT } from "./deno_json.ts";
import { runCommand } from "./run_command.ts";

/** Longest time for formatting a document. */
const FORMAT_TIMEOUT_MS = 60_000;

/**
 * Puts text between the markers of a document, `<!-- name -->` and
 * `<!-- /name -->`, and formats it. The rest of the document stays.
 *
 * @param path The document, from the root of the repository.
 * @param name The name of the markers.
 * @param text The text between them.
 * @throws {Error} When the document has no such markers.
 */
export async function writeBetweenMarkers(
  path: string,
  name: string,
  text: string,
): Promise<void> {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const url = new URL(path, ROOT);
  const old = await Deno.readTextFile(url);
  const from = old.indexOf(begin);
  const to = old.indexOf(end, from);
  if (from < 0 || to < 0) {
    throw new Error(`${path} has no ${begin} … ${end}`);
  }
  const before = old.slice(0, from + begin.length);
  await Deno.writeTextFile(url, `${before}\n\n${text}\n\n${old.slice(to)}`);
  await runCommand(
    [Deno.execPath(), "fmt", "--quiet", path],
    FORMAT_TIMEOUT_MS,
  );
  console.log(`${path} was written`);
}
