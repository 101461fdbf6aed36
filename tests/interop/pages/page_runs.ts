/**
 * Pages in a browser that call a server of ours.
 *
 * @module
 */
import { denoConfigOptions } from "../../../tools/deno_config.ts";
import type { OpenBrowser } from "../browser/open_browser.ts";
import { measurableProgramOf } from "../load/measured_server.ts";
import type { Outcome } from "../parts/part.ts";
import { interopFile } from "../programs/paths.ts";
import { Peer } from "../programs/peer.ts";
import { CASE_TIMEOUT_MS } from "../programs/reported_cases.ts";
import type { Runtime } from "../programs/programs.ts";
import type { BothWays } from "./page_context.ts";

/** Bundling the page is part of it. */
const START_TIMEOUT_MS = 120_000;

/** Addresses of the services. */
interface Target {
  readonly flight: string;
  readonly sql: string;
}

/** First line of the server. */
interface Addresses {
  readonly page: string;
  /** By `flightHandler`, over HTTP/1.1. */
  readonly handler: Target;
  /** By `serve` with the option `web`, over HTTP/2, from another origin. */
  readonly port: Target;
}

/** Page to open. */
interface PageRun {
  /** Path of the page. */
  readonly path: string;
  readonly target: "handler" | "port";
  /** See page_context.ts. */
  readonly bothWays: BothWays;
  /** Flags in the query. */
  readonly flags: readonly string[];
}

/** The pages by the names that begin those of their cases. */
const RUNS = {
  "page, flightHandler": {
    path: "/",
    target: "handler",
    bothWays: "socket",
    flags: [],
  },
  "page, serve": { path: "/", target: "port", bothWays: "socket", flags: [] },
  "page with small data, serve": {
    path: "/",
    target: "port",
    bothWays: "socket",
    flags: ["isLight"],
  },
  "page, WebSockets alone": {
    path: "/",
    target: "handler",
    bothWays: "socket",
    flags: ["isSocketOnly"],
  },
  "worker, flightHandler": {
    path: "/",
    target: "handler",
    bothWays: "socket",
    flags: ["worker", "isLight"],
  },
  "page without WebSockets": {
    path: "/",
    target: "handler",
    bothWays: "none",
    flags: ["isLight"],
  },
  "page without what Safari lacks": {
    path: "/lacking",
    target: "handler",
    bothWays: "none",
    flags: ["isLight"],
  },
} as const satisfies Readonly<Record<string, PageRun>>;

/** Name of a page. */
type PageName = keyof typeof RUNS;

/** Pages in Chromium. */
export const CHROMIUM_PAGES: readonly PageName[] = [
  "page, flightHandler",
  "page, serve",
  "page, WebSockets alone",
  "worker, flightHandler",
  "page without what Safari lacks",
];

/** Pages in Firefox. */
export const FIREFOX_PAGES: readonly PageName[] = [
  "page, flightHandler",
  "page with small data, serve",
  "page, WebSockets alone",
  "worker, flightHandler",
];

/** Pages in WebKit. */
export const WEBKIT_PAGES: readonly PageName[] = [
  "page, flightHandler",
  "page, serve",
  "page, WebSockets alone",
  "worker, flightHandler",
  "page without WebSockets",
];

/** Names that begin those of all cases of pages. */
export const PAGE_LABELS: readonly string[] = Object.keys(RUNS);

/**
 * Opens the pages, and gives the results of their cases.
 *
 * @param browser The browser.
 * @param runtime The runtime of the server.
 * @param names The pages.
 * @param settings Settings in the query of all of them.
 * @param filter Part of the names of the cases.
 * @param note Is told of remarks about cases.
 */
export async function* runPages(
  browser: OpenBrowser,
  runtime: Runtime,
  names: readonly PageName[],
  settings: Readonly<Record<string, string>>,
  filter: string,
  note: (text: string) => void,
): AsyncGenerator<Outcome> {
  await using server = new Peer([
    ...await measurableProgramOf(runtime),
    interopFile("pages/page_server.ts"),
    ...denoConfigOptions(),
  ]);
  const addresses = JSON.parse(
    await nextLine(server, START_TIMEOUT_MS),
  ) as Addresses;
  let count = 0;
  for (const label of names) {
    const run = RUNS[label];
    const query = new URLSearchParams({
      ...settings,
      ...addresses[run.target],
      label,
      filter,
      run: String(++count),
      bothWays: run.bothWays,
    });
    for (const flag of run.flags) query.set(flag, "");
    const close = await browser.open(`${addresses.page}${run.path}?${query}`);
    try {
      while (true) {
        const line = await nextLine(server, CASE_TIMEOUT_MS);
        const { name, error, notes, end } = JSON.parse(line);
        if (end) break;
        for (const text of notes) note(`${name}: ${text}`);
        yield { name, error };
      }
    } catch (error) {
      throw new Error(`${label}: ${(error as Error).message}`);
    } finally {
      await close();
    }
  }
}

async function nextLine(server: Peer, timeoutMs: number): Promise<string> {
  const next = await server.line(timeoutMs);
  if (typeof next === "object") return next.line;
  throw new Error(
    next === "end"
      ? `the server: ${server.end}\n${server.log}`
      : `the page says nothing\n${server.log}`,
  );
}
