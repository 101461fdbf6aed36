/**
 * Formats the part `web`.
 *
 * @module
 */
import { figure, times } from "../report/format.ts";
import { table } from "../support/markdown.ts";
import { median } from "../support/statistics.ts";
import type { WebFigures } from "./web_rounds.ts";
import type { WebReading, WebRound, WebWay } from "./web_ways.ts";

/** Least speed of DoGet by `connectWeb`, in multiples of plain `fetch`. */
const FETCH_TARGET = 0.8;

const WAYS: Readonly<Record<WebWay, string>> = {
  fetch: "plain fetch",
  web: "connectWeb",
  http2: "connect",
};

/** The table: a row for each runtime and way, in medians. */
export function webReport(web: readonly WebFigures[]): string {
  const rows = web.flatMap(({ runtime, browser = runtime, rounds, failure }) =>
    failure !== undefined
      ? [[runtime, browser, failure, "–", "–", "–", "–"]]
      : (Object.keys(WAYS) as WebWay[]).flatMap((way) => {
        // Browsers have no gRPC.
        if (rounds.some((round) => round[way] === undefined)) return [];
        const of = (name: keyof WebReading) =>
          figure(median(rounds.map((round) => round[way]![name])));
        return [[
          runtime,
          browser,
          WAYS[way],
          of("mibPerSecond"),
          times(toFetch(rounds, way)),
          of("clientSeconds"),
          of("serverSeconds"),
        ]];
      })
  );
  return "### DoGet over fetch, 1 MiB batches, the same bytes in each way\n\n" +
    table([
      "server on",
      "client on",
      "client",
      "MiB/s",
      "to plain fetch",
      "client s/GiB",
      "server s/GiB",
    ], rows);
}

/** Reports for each runtime whether it met the target. */
export function webTargets(web: readonly WebFigures[]): string[] {
  return web.map(({ runtime, browser, rounds }) => {
    const ends = browser === undefined
      ? `both ends on ${runtime}`
      : `from ${runtime} to ${browser}`;
    const ratio = toFetch(rounds, "web");
    return `- ${ratio >= FETCH_TARGET ? "met" : "**not met**"}: DoGet by ` +
      `connectWeb, ${ends}: ${times(ratio)} plain fetch, to be ` +
      times(FETCH_TARGET);
  });
}

/** Speed of a way in multiples of plain `fetch`, each in the same round. */
function toFetch(rounds: readonly WebRound[], way: WebWay): number {
  return median(
    rounds.map((round) => round[way]!.mibPerSecond / round.fetch.mibPerSecond),
  );
}
