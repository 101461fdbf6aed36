/**
 * The scenarios of growth: more streams, connections and processes, and longer,
 * wider and taller data.
 *
 * @module
 */
import { type Scenario, scenario } from "../rounds/scenarios.ts";
import { bytesPerRow } from "../transfer/perf_data.ts";

/** Name of a chart. */
export type ChartName =
  | "cores"
  | "processes"
  | "workers"
  | "calls"
  | "length"
  | "streams"
  | "columns"
  | "rows";

/** A scenario that is a point of a chart. */
export interface ScaleScenario {
  readonly chart: ChartName;
  readonly x: number;
  /** Distinguishes lines of the same implementation; may be empty. */
  readonly line: string;
  readonly scenario: Scenario;
}

const MIB_ROWS = 2 ** 20 / bytesPerRow("int64");
/** Size of each stream of the chart of streams, in MiB. */
const STREAM_MIB = 4;
/** Rows of a batch of the chart of columns. */
const WIDE_ROWS = 16;

function point(
  chart: ChartName,
  x: number,
  line: string,
  more: Partial<Scenario>,
): ScaleScenario {
  const name = `${chart}, ${x}${line === "" ? "" : `, ${line}`}`;
  return {
    chart,
    x,
    line,
    scenario: scenario({ part: "scale", name, ...more }),
  };
}

/** All scenarios, chart by chart. */
export const SCALE: readonly ScaleScenario[] = [
  ...[1, 2, 4, 8].flatMap((streams) =>
    [true, false].map((shared) =>
      point(
        "cores",
        streams,
        shared ? "one connection" : "a connection each",
        { streams, shared, rowsPerBatch: 4096 },
      )
    )
  ),
  ...([[1, 1], [2, 1], [1, 2], [2, 2]] as const).map(([clients, servers]) =>
    point(
      "processes",
      clients + servers,
      `${clients} client${clients > 1 ? "s" : ""}, ${servers} server` +
        (servers > 1 ? "s" : ""),
      { streams: 4, clients, servers, rowsPerBatch: 4096 },
    )
  ),
  ...[1, 2].flatMap((workers) => [
    point("workers", workers, "", {
      streams: 4,
      clients: 2,
      workers,
      rowsPerBatch: 4096,
      pairs: "ours",
    }),
    point("calls", workers, "", {
      test: "concurrent",
      clients: 2,
      workers,
      pairs: "ours",
    }),
  ]),
  ...[32, 128, 512, 2048].map((mib) =>
    point("length", mib, "", { rows: mib * MIB_ROWS, rowsPerBatch: 32_768 })
  ),
  ...[1, 4, 16, 64, 256].map((streams) =>
    point("streams", streams, "", {
      streams,
      shared: true,
      rows: streams * STREAM_MIB * MIB_ROWS,
      rowsPerBatch: 4096,
    })
  ),
  ...[1, 10, 100, 1000, 10_000].map((columns) =>
    point("columns", columns, "", {
      data: `columns:${columns}`,
      rowsPerBatch: WIDE_ROWS,
    })
  ),
  ...[1, 8, 64, 512, 4096, 32_768].map((rowsPerBatch) =>
    point("rows", rowsPerBatch, "", { rowsPerBatch })
  ),
];
