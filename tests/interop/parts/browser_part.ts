/**
 * Browsers: the client in pages, in Chromium, Firefox and WebKit, and the explorer of
 * `flight serve … --web` in Chromium.
 *
 * @module
 */
import type { Browser } from "playwright-core";
import { EXPLORER_CASES } from "../browser/explorer_cases.ts";
import { ExplorerServer } from "../browser/explorer_server.ts";
import { findBrowser } from "../browser/find_browser.ts";
import {
  launchChromium,
  openChromium,
  openFirefox,
} from "../browser/open_browser.ts";
import { writeSampleData } from "../browser/sample_data.ts";
import { findWebKit, openWebKit } from "../browser/webkit.ts";
import {
  CHROMIUM_PAGES,
  FIREFOX_PAGES,
  PAGE_LABELS,
  runPages,
  WEBKIT_PAGES,
} from "../pages/page_runs.ts";
import type { Options } from "../options.ts";
import { fromFileUrl, INTEROP } from "../programs/paths.ts";
import {
  programOf,
  type Runtime,
  RUNTIME_NAMES,
} from "../programs/programs.ts";
import type { Column, Missing, Outcome, Part, Place } from "./part.ts";

const PAGES = "`connectWeb` in a page";
const EXPLORER = "The explorer";

/** How far a server may get ahead of a reader that stops, in MiB: see docs/browsers.md. */
const MAX_AHEAD_OF_CHROMIUM_MIB = 128;

/** Makes the part. */
export async function browserPart(
  { parts, runtimes, writeDocs }: Options,
): Promise<Part> {
  // All pages take as long as many other parts together.
  const isWhole = parts.length === 1 || writeDocs;
  const missing: Missing[] = [];
  const columns: Column[] = [];
  const found = await findBrowser("chromium");
  if ("problem" in found) {
    const what = "Chromium, and with it every test of the explorer,";
    missing.push({ what, problem: found.problem });
  }
  const left = { problem: "run deno task interop --only=browser" };
  const firefox = isWhole ? await findBrowser("firefox") : left;
  if ("problem" in firefox) {
    const what = "Firefox, and with it every page there,";
    missing.push({ what, problem: firefox.problem });
  }
  const webkit = isWhole ? await findWebKit() : left;
  if ("problem" in webkit) {
    const what = "WebKit, and with it every page there,";
    missing.push({ what, problem: webkit.problem });
  }
  for (const runtime of runtimes) {
    const title = RUNTIME_NAMES[runtime];
    const note = (text: string) => console.log(`note   ${title}: ${text}`);
    if ("path" in found) {
      const { path, version } = found;
      columns.push({
        title: `${title}, ${version}`,
        async *run(filter) {
          {
            await using browser = await openChromium(path);
            yield* runPages(
              browser,
              runtime,
              isWhole ? CHROMIUM_PAGES : CHROMIUM_PAGES.slice(0, 2),
              { maxAheadMib: String(MAX_AHEAD_OF_CHROMIUM_MIB) },
              filter,
              note,
            );
          }
          const program = await programOf(runtime);
          yield* runExplorer(path, runtime, program, filter);
        },
      });
    }
    if ("path" in firefox) {
      const { path, version } = firefox;
      columns.push({
        title: `${title}, ${version}`,
        async *run(filter) {
          await using browser = await openFirefox(path);
          yield* runPages(browser, runtime, FIREFOX_PAGES, {}, filter, note);
        },
      });
    }
    if ("version" in webkit) {
      columns.push({
        title: `${title}, ${webkit.version}`,
        async *run(filter) {
          await using browser = await openWebKit();
          // Deno does not watch a connection after a body that came behind its head: docs/browsers.md.
          const settings = runtime === "deno" ? { missesSilent: "" } : {};
          yield* runPages(
            browser,
            runtime,
            WEBKIT_PAGES,
            settings,
            filter,
            note,
          );
        },
      });
    }
  }
  return { columns, missing, tables: [PAGES, EXPLORER], place: placeOf };
}

/** "page, serve: DoPut, 100 MiB" is a case of the row "DoPut, 100 MiB"; others are of the explorer. */
function placeOf(name: string): Place {
  const label = PAGE_LABELS.find((label) => name.startsWith(`${label}: `));
  if (label !== undefined) {
    const row = name.slice(label.length + 2);
    return { table: PAGES, row, operation: label };
  }
  const [row, operation] = name.split(": ");
  return { table: EXPLORER, row: row!, operation: operation! };
}

async function* runExplorer(
  path: string,
  runtime: Runtime,
  program: readonly string[],
  filter: string,
): AsyncGenerator<Outcome> {
  const pictures = fromFileUrl(new URL(`explorer-${runtime}`, INTEROP));
  await Deno.remove(pictures, { recursive: true }).catch(() => {});
  await Deno.mkdir(pictures, { recursive: true });
  const data = await Deno.makeTempDir({ prefix: "flight_explorer_" });
  let browser: Browser | undefined;
  try {
    const files = await writeSampleData(data);
    await using server = await ExplorerServer.start(program, ...files);
    browser = await launchChromium(path);
    const fixture = {
      browser,
      server,
      guarded: () =>
        ExplorerServer.start(program, ...files, "--user", "ada:1815"),
      picture: async (
        { page }: { page: { screenshot(options: object): Promise<unknown> } },
        name: string,
      ): Promise<void> => {
        // Hiding the caret would take a style, which the policy of the page keeps out.
        await page.screenshot({
          path: `${pictures}/${name}.png`,
          caret: "initial",
        });
      },
    };
    for (const [name, run] of Object.entries(EXPLORER_CASES)) {
      if (!name.includes(filter)) continue;
      const error = await run(fixture).then(
        () => undefined,
        (error) => error instanceof Error ? error.stack : String(error),
      );
      yield { name, error };
    }
    console.log(`pictures of the explorer: ${pictures}`);
  } finally {
    await browser?.close();
    await Deno.remove(data, { recursive: true });
  }
}
