/**
 * Runs `web_client.ts` beside a server on the same runtime, and a page in Chromium beside each.
 *
 * @module
 */
import { PerfServer, runJson } from "../support/processes.ts";
import type { Runtimes } from "../support/runtimes.ts";
import { findBrowser } from "../../tests/interop/browser/find_browser.ts";
import { benchPage, measureChromium } from "./web_browser.ts";
import type { WebRound } from "./web_ways.ts";

/** Data of one DoGet, in MiB. */
const MIB = 256;

/** Longest time for a runtime. */
const TIMEOUT_MS = 300_000;

/** Result of a runtime. */
export interface WebFigures {
  /** That of the server, and of the client unless that is a browser. */
  readonly runtime: string;
  /** The browser of the client; undefined if that is on the runtime. */
  readonly browser?: string;
  /** One for each round; empty after a failure. */
  readonly rounds: readonly WebRound[];
  readonly failure: string | undefined;
}

/** Measures DoGet over `fetch` beside plain `fetch` and gRPC, on each runtime and from it to Chromium. */
export async function measureWeb(
  { typescript }: Runtimes,
  rounds: number,
): Promise<WebFigures[]> {
  const chromium = await findBrowser("chromium");
  if ("problem" in chromium) {
    console.log(`SKIPPED: web in Chromium: ${chromium.problem}`);
  }
  const figures: WebFigures[] = [];
  const folder = await Deno.makeTempDir({ prefix: "flight_bench_web_" });
  try {
    const page = `${folder}/measured.js`;
    if ("path" in chromium) {
      await Deno.writeTextFile(page, await benchPage(folder));
    }
    for (const [runtime, command] of typescript) {
      const server = new PerfServer([
        ...command,
        "bench/web/web_server.ts",
        `--mib=${MIB}`,
        `--page=${page}`,
      ]);
      const note = async (
        about: Pick<WebFigures, "runtime" | "browser">,
        measure: () => Promise<WebRound[]>,
      ): Promise<void> => {
        try {
          await server.start();
          const measured = await measure();
          figures.push({ ...about, rounds: measured, failure: undefined });
        } catch (error) {
          const failure = (error as Error).message;
          figures.push({ ...about, rounds: [], failure });
        } finally {
          await server.stop();
        }
      };
      await note({ runtime }, () =>
        runJson<WebRound[]>([
          ...command,
          "bench/web/web_client.ts",
          `--port=${server.port}`,
          `--rounds=${rounds}`,
        ], TIMEOUT_MS));
      if (!("path" in chromium)) continue;
      const { path, version } = chromium;
      await note({ runtime, browser: version }, () => {
        const url = `http://127.0.0.1:${server.port}`;
        return measureChromium(path, url, rounds);
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return figures;
}
