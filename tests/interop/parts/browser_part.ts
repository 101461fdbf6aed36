/**
 * The explorer of `flight serve … --web` in Chromium.
 *
 * @module
 */
import { type Browser, chromium } from "playwright-core";
import { EXPLORER_CASES } from "../browser/explorer_cases.ts";
import { ExplorerServer } from "../browser/explorer_server.ts";
import { findBrowser } from "../browser/find_browser.ts";
import { writeSampleData } from "../browser/sample_data.ts";
import { fromFileUrl, INTEROP } from "../programs/paths.ts";
import {
  programOf,
  type Runtime,
  RUNTIME_NAMES,
} from "../programs/programs.ts";
import type { Column, Missing, Outcome, Part } from "./part.ts";

const TABLE = "The explorer in Chromium";

/** What a browser needs in a container, and what keeps it from using the network. */
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Makes the part. */
export async function browserPart(
  runtimes: readonly Runtime[],
): Promise<Part | Missing> {
  const found = await findBrowser();
  if ("problem" in found) {
    return {
      what: "Chromium, and with it every test of the explorer,",
      problem: found.problem,
    };
  }
  const columns = await Promise.all(runtimes.map(async (runtime) => {
    const program = await programOf(runtime);
    const column: Column = {
      title: `${RUNTIME_NAMES[runtime]}, ${found.version}`,
      run: (filter) => runCases(found.path, runtime, program, filter),
    };
    return column;
  }));
  return {
    columns,
    tables: [TABLE],
    place: (name) => {
      const [row, operation] = name.split(": ");
      return { table: TABLE, row: row!, operation: operation! };
    },
  };
}

async function* runCases(
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
    browser = await chromium.launch({
      executablePath: path,
      headless: true,
      args: ARGUMENTS,
    });
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
