/**
 * Writes the API pages of the site below `site/.vitepress/dist/api`, with their
 * styles and their search: the last step of `deno task site`.
 *
 * @module
 */
import { ENTRY_POINTS, ROOT } from "./deno_json.ts";
import { runCommand } from "./run_command.ts";

/** The folder of the pages, from the root. */
const FOLDER = "site/.vitepress/dist/api";

/** Longest time for writing all pages. */
const TIMEOUT_MS = 120_000;

/** The corner of a page that has the search. */
const CORNER = '<div class="flex items-center gap-2">';

/** The end of the text of a page. */
const END = "</main>";

/**
 * Completes a page: its imports name the package, which `deno doc` does not
 * know, and it links to the documents of the site.
 *
 * @param html The page.
 * @param names The names of the entry points, such as `./client`.
 * @param toSite The relative URL of the site, such as `../`.
 * @returns The page.
 */
export function completed(
  html: string,
  names: readonly string[],
  toSite: string,
): string {
  return html
    .replace(/ from &quot;([^&]+)&quot;/g, (line, file: string) => {
      const name = file === "." ? "." : `./${file}`;
      return names.includes(name)
        ? ` from &quot;@contrail/flight${name.slice(1)}&quot;`
        : line;
    })
    .replace(
      CORNER,
      `${CORNER}<a class="contextLink" href="${toSite}index.html">Documents</a>`,
    );
}

/** Lists the entry points on the first page. */
export function withEntryPoints(
  html: string,
  names: readonly string[],
): string {
  const links = names.filter((name) => name !== ".").map((name) =>
    `<a class="contextLink" href="${name}/index.html">${name.slice(2)}</a>`
  );
  return html.replace(
    END,
    `<p>Entry points: ${links.join(" · ")}</p>${END}`,
  );
}

function* pagesIn(folder: URL): Generator<URL> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* pagesIn(new URL(`${name}/`, folder));
    else if (name.endsWith(".html")) yield new URL(name, folder);
  }
}

if (import.meta.main) {
  const { success, output } = await runCommand([
    Deno.execPath(),
    "doc",
    "--quiet",
    "--html",
    "--name=@contrail/flight",
    `--output=${FOLDER}`,
    ...ENTRY_POINTS.map(({ path }) => path),
  ], TIMEOUT_MS);
  if (!success) throw new Error(output);
  const names = ENTRY_POINTS.map(({ name }) => name);
  const folder = new URL(`${FOLDER}/`, ROOT);
  let count = 0;
  for (const page of pagesIn(folder)) {
    const path = page.href.slice(folder.href.length);
    const toSite = "../".repeat(path.split("/").length);
    const html = completed(await Deno.readTextFile(page), names, toSite);
    await Deno.writeTextFile(
      page,
      path === "index.html" ? withEntryPoints(html, names) : html,
    );
    count++;
  }
  console.log(`${FOLDER} has ${count} pages`);
}
