/**
 * A case of the explorer: its server, and the page that it opens.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Browser } from "playwright-core";
import {
  type ExplorerPage,
  openExplorer,
  type PageOptions,
} from "./explorer_page.ts";
import type { ExplorerServer } from "./explorer_server.ts";

/** What cases work with. */
export interface Fixture {
  readonly browser: Browser;
  readonly server: ExplorerServer;
  /** A server that asks for the user `ada` with the password `1815`. */
  readonly guarded: () => Promise<ExplorerServer>;
  /** Keeps a picture of a page. */
  readonly picture: (page: ExplorerPage, name: string) => Promise<void>;
}

/** Opens a page for a case; an error of a script fails it. */
export async function onPage(
  { browser, server }: Fixture,
  options: PageOptions,
  act: (explorer: ExplorerPage) => Promise<void>,
): Promise<void> {
  await using explorer = await openExplorer(browser, server.url, options);
  try {
    await act(explorer);
  } catch (error) {
    throw new Error(
      `${error instanceof Error ? error.stack : error}\nerrors of the page: ${
        explorer.problems.join("\n") || "none"
      }\nserver: ${server.log}`,
    );
  }
  assertEquals(explorer.problems, []);
}
