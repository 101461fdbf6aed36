/**
 * Browsers: the client in pages, in Chromium, Firefox and WebKit, and the explorer of
 * `flight serve … --web` in Chromium and, in short, in WebKit.
 *
 * @module
 */
import type { Fixture } from "../browser/explorer_case.ts";
import { EXPLORER_CASES } from "../browser/explorer_cases.ts";
import { ExplorerServer } from "../browser/explorer_server.ts";
import { findBrowser } from "../browser/find_browser.ts";
import {
  launchChromium,
  openChromium,
  openFirefox,
} from "../browser/open_browser.ts";
import { writeSampleData } from "../browser/sample_data.ts";
import { findWebKit, type OpenWebKit, openWebKit } from "../browser/webkit.ts";
import {
  WEBKIT_EXPLORER_CASES,
  type WebKitFixture,
} from "../browser/webkit_explorer_cases.ts";
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
          yield* runExplorerInWebKit(browser, runtime, filter);
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

/** A server with sample data, and a folder for pictures of its explorer. */
interface Explorer extends AsyncDisposable {
  readonly server: ExplorerServer;
  /** The files that it serves. */
  readonly files: readonly string[];
  readonly pictures: string;
}

async function startExplorer(
  program: readonly string[],
  folder: string,
): Promise<Explorer> {
  await using stack = new AsyncDisposableStack();
  const pictures = fromFileUrl(new URL(folder, INTEROP));
  await Deno.remove(pictures, { recursive: true }).catch(() => {});
  await Deno.mkdir(pictures, { recursive: true });
  const data = await Deno.makeTempDir({ prefix: "flight_explorer_" });
  stack.defer(() => Deno.remove(data, { recursive: true }));
  const files = await writeSampleData(data);
  const server = stack.use(await ExplorerServer.start(program, ...files));
  stack.defer(() => console.log(`pictures of the explorer: ${pictures}`));
  const owned = stack.move();
  return {
    server,
    files,
    pictures,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Runs cases whose names contain the filter. */
async function* runCases<F>(
  cases: Readonly<Record<string, (fixture: F) => Promise<void>>>,
  fixture: F,
  filter: string,
): AsyncGenerator<Outcome> {
  for (const [name, run] of Object.entries(cases)) {
    if (!name.includes(filter)) continue;
    const error = await run(fixture).then(
      () => undefined,
      (error) => error instanceof Error ? error.stack : String(error),
    );
    yield { name, error };
  }
}

async function* runExplorer(
  path: string,
  runtime: Runtime,
  program: readonly string[],
  filter: string,
): AsyncGenerator<Outcome> {
  await using explorer = await startExplorer(program, `explorer-${runtime}`);
  const { server, files, pictures } = explorer;
  const browser = await launchChromium(path);
  try {
    const fixture: Fixture = {
      browser,
      server,
      guarded: () =>
        ExplorerServer.start(program, ...files, "--user", "ada:1815"),
      picture: async ({ page }, name) => {
        // Hiding the caret would take a style, which the policy of the page keeps out.
        await page.screenshot({
          path: `${pictures}/${name}.png`,
          caret: "initial",
        });
      },
    };
    yield* runCases(EXPLORER_CASES, fixture, filter);
  } finally {
    await browser.close();
  }
}

async function* runExplorerInWebKit(
  browser: OpenWebKit,
  runtime: Runtime,
  filter: string,
): AsyncGenerator<Outcome> {
  if (
    !Object.keys(WEBKIT_EXPLORER_CASES).some((name) => name.includes(filter))
  ) {
    return;
  }
  await using explorer = await startExplorer(
    await programOf(runtime),
    `explorer-webkit-${runtime}`,
  );
  const { server, pictures } = explorer;
  const { session } = browser;
  const close = await browser.open(server.url);
  const fixture: WebKitFixture = {
    session,
    picture: async (name) =>
      await Deno.writeFile(`${pictures}/${name}.png`, await session.picture()),
  };
  yield* runCases(WEBKIT_EXPLORER_CASES, fixture, filter);
  await close();
}
