/**
 * Reads the flight of `web_server.ts` in a page of Chromium.
 *
 * @module
 */
import type { Browser } from "playwright-core";
import { denoConfigOptions } from "../../tools/deno_config.ts";
import { bundledPage } from "../../tests/interop/pages/bundle_page.ts";
import { launchChromium } from "../../tests/interop/browser/open_browser.ts";
import type { PageReading } from "./web_page.ts";
import type { WebReading, WebRound } from "./web_ways.ts";

/** Bundles the page; `folder` is for temporary files. */
export function benchPage(folder: string): Promise<string> {
  const entry = new URL("web_page.ts", import.meta.url);
  return bundledPage(folder, denoConfigOptions(), entry);
}

/**
 * Measures.
 *
 * @param path The program of Chromium.
 * @param url The base URL of the server, which has the page at `/page`.
 * @param count Number of rounds.
 */
export async function measureChromium(
  path: string,
  url: string,
  count: number,
): Promise<WebRound[]> {
  const browser = await launchChromium(path);
  try {
    const page = await browser.newPage();
    await page.goto(`${url}/page`);
    await page.waitForFunction("globalThis.measure");
    const server = async () => Number(await (await fetch(`${url}/cpu`)).text());
    const client = await cpuOf(browser);
    const readingOf = async (way: string): Promise<WebReading> => {
      const [serverBefore, clientBefore] = [await server(), await client()];
      const { bytes, seconds } = await page.evaluate<PageReading>(
        `measure(${JSON.stringify(way)})`,
      );
      const gib = bytes / 2 ** 30;
      return {
        mibPerSecond: bytes / 2 ** 20 / seconds,
        clientSeconds: (await client() - clientBefore) / gib,
        serverSeconds: (await server() - serverBefore) / gib,
      };
    };
    const rounds: WebRound[] = [];
    // The first round warms up.
    for (let round = 0; round <= count; round++) {
      const fetch = await readingOf("fetch");
      const web = await readingOf("web");
      if (round > 0) rounds.push({ fetch, web });
    }
    return rounds;
  } finally {
    await browser.close();
  }
}

/** Returns a function that tells the processor time of all processes of a browser, in seconds. */
async function cpuOf(browser: Browser): Promise<() => Promise<number>> {
  const session = await browser.newBrowserCDPSession();
  return async () => {
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  };
}
