/**
 * The charts of growth: what they show, and how.
 *
 * @module
 */
import type { Chart, Line } from "./line_chart.ts";
import type { ScalePoint } from "./scale_points.ts";
import type { ChartName } from "./scale_scenarios.ts";

/** A chart, without its points. */
export interface ScaleChart {
  readonly name: ChartName;
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  /** The figure on the vertical axis. */
  readonly y: (point: ScalePoint) => number | undefined;
}

/** Processor time of both sides, in seconds for each GiB. */
export function bothCpu(point: ScalePoint): number | undefined {
  return point.clientCpu === undefined || point.serverCpu === undefined
    ? undefined
    : point.clientCpu + point.serverCpu;
}

/** All charts. */
export const SCALE_CHARTS: readonly ScaleChart[] = [
  {
    name: "cores",
    title: "DoGet of 4096 rows a batch, by streams",
    xTitle: "streams",
    yTitle: "MiB/s",
    y: ({ mibPerSecond }) => mibPerSecond,
  },
  {
    name: "length",
    title: "Cost of a stream, by its length",
    xTitle: "length in MiB",
    yTitle: "CPU s/GiB, both sides",
    y: bothCpu,
  },
  {
    name: "streams",
    title: "Time of streams of 4 MiB on one connection",
    xTitle: "streams",
    yTitle: "ms",
    y: ({ seconds }) => seconds && seconds * 1000,
  },
  {
    name: "columns",
    title: "Time of a batch of 16 rows, by columns",
    xTitle: "columns",
    yTitle: "µs",
    y: ({ batchUs }) => batchUs,
  },
  {
    name: "rows",
    title: "Time of a batch of four columns, by rows",
    xTitle: "rows",
    yTitle: "µs",
    y: ({ batchUs }) => batchUs,
  },
];

const COLORS: Readonly<Record<string, string>> = {
  pyarrow: "#b36b00",
  Deno: "#1462b8",
  Bun: "#b8325e",
};

/** Makes a chart out of the points that belong to it. */
export function chartOf(
  { name, title, xTitle, yTitle, y }: ScaleChart,
  points: readonly ScalePoint[],
): Chart {
  const lines = new Map<string, Line & { points: [number, number][] }>();
  for (const point of points) {
    const value = y(point);
    if (point.chart !== name || !value) continue;
    const key = point.line === "" ? point.peer : `${point.peer}, ${point.line}`;
    let line = lines.get(key);
    if (line === undefined) {
      lines.set(
        key,
        line = {
          name: key,
          color: COLORS[point.peer] ?? "#444",
          dashed: point.line === "one connection",
          points: [],
        },
      );
    }
    line.points.push([point.x, value]);
  }
  return { title, xTitle, yTitle, lines: [...lines.values()] };
}
