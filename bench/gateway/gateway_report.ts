/**
 * Formats what was measured of the gateway.
 *
 * @module
 */
import { table } from "../support/markdown.ts";
import { medianOf, timesFaster } from "../support/statistics.ts";
import type { GatewayBackend, GatewayMeasured } from "./gateway_ways.ts";

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** Rows a second through a gateway, in multiples of ADBC without one. */
const TARGETS = { direct: 1.2, proxy: 1 } as const;

/** The way without a gateway that one is compared with. */
function baseOf(
  all: readonly GatewayMeasured[],
  { backend, runtime }: GatewayMeasured,
): GatewayMeasured | undefined {
  return all.find((other) =>
    other.backend === backend && other.way === "no gateway" &&
    (backend === "Ballista" || other.runtime === runtime)
  );
}

/** Median of how many times faster one is than its base, round by round. */
function ratio(
  all: readonly GatewayMeasured[],
  one: GatewayMeasured,
): number | undefined {
  const base = baseOf(all, one);
  return base === undefined || base === one
    ? undefined
    : timesFaster(one.rounds, base.rounds);
}

function text(value: number | undefined, digits: number): string {
  return value === undefined ? "–" : value.toFixed(digits);
}

function backendTable(
  all: readonly GatewayMeasured[],
  backend: GatewayBackend,
  note: string,
): string {
  const group = all.filter((one) => one.backend === backend);
  if (group.length === 0) return "";
  const base = backend === "Ballista" ? "to ADBC, no gateway" : "to no gateway";
  const rows = group.map((one) => {
    const times = ratio(all, one);
    const rate = medianOf(one.rounds, ({ count, seconds }) => count / seconds);
    return [
      one.way === "no gateway" ? one.way : `${one.way}, on ${one.runtime}`,
      one.client,
      rate === undefined ? "failed" : Math.round(rate).toLocaleString("en-US"),
      text(
        medianOf(one.rounds, ({ bytes, seconds }) => bytes / MIB / seconds),
        0,
      ),
      times === undefined ? "–" : `${times.toFixed(2)} ×`,
      text(
        medianOf(
          one.rounds,
          ({ gatewayCpu, bytes }) => gatewayCpu && gatewayCpu / (bytes / GIB),
        ),
        2,
      ),
    ];
  });
  return `### Gateway in front of ${backend}\n\n${note}\n\n` + table(
    ["results", "client", "rows/s", "MiB/s", base, "gateway CPU s/GiB"],
    rows,
  );
}

/** Kind of the build of the engine. */
function buildOf(all: readonly GatewayMeasured[]): string {
  return all.find(({ build }) => build !== undefined)?.build ??
    "a build without optimization";
}

/** Formats the tables. */
export function gatewayReport(all: readonly GatewayMeasured[]): string {
  return [
    backendTable(
      all,
      "this package",
      "256 MiB of four columns of int64 in batches of 32,768 rows; client, " +
        "gateway and server on the same runtime.",
    ),
    backendTable(
      all,
      "Ballista",
      "Three million rows in 16 endpoints, the query included; the engine is " +
        `${buildOf(all)}, with two executors on this machine.`,
    ),
  ].filter((part) => part !== "").join("\n\n");
}

/** Reports for each target whether it was met; a line for each. */
export function gatewayTargets(all: readonly GatewayMeasured[]): string[] {
  return all.flatMap((one) => {
    if (one.backend !== "Ballista" || one.way === "no gateway") return [];
    // Only those of our own client.
    if (one.client !== one.runtime) return [];
    const times = ratio(all, one);
    const target = TARGETS[one.way];
    const met = times !== undefined && times >= target;
    return [
      `- ${met ? "met" : "**not met**"}: ${one.way} results of Ballista on ` +
      `${one.runtime}: ${text(times, 2)} × ADBC without a gateway, to be ` +
      `${target} ×`,
    ];
  });
}
