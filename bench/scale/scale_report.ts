/**
 * Formats the growth as Markdown and charts.
 *
 * @module
 */
import { figure } from "../report/format.ts";
import { table } from "../support/markdown.ts";
import { drawChart } from "./line_chart.ts";
import {
  bothCpu,
  chartOf,
  SCALE_CHARTS,
  type ScaleChart,
} from "./scale_charts.ts";
import type { ScalePoint } from "./scale_points.ts";

/** Returns the charts as SVG, by the names of their files. */
export function scaleFiles(points: readonly ScalePoint[]): Map<string, string> {
  return new Map(SCALE_CHARTS.map((chart) => [
    fileOf(chart),
    drawChart(chartOf(chart, points)),
  ]));
}

/** Formats the tables, with links to the charts. */
export function scaleReport(points: readonly ScalePoint[]): string {
  const [cores, ...others] = SCALE_CHARTS.map((chart) =>
    section(chart, points)
  );
  return [cores!, processes(points), workers(points), ...others].join("\n\n");
}

function fileOf({ name }: ScaleChart): string {
  return `scale-${name}.svg`;
}

function section(chart: ScaleChart, points: readonly ScalePoint[]): string {
  const own = points.filter(({ chart: name }) => name === chart.name);
  return `### ${chart.title}\n\n![${chart.yTitle} by ${chart.xTitle}](${
    fileOf(chart)
  })\n\n${byX(chart, own)}`;
}

/** A line for each place on the axis, a column for each line of the chart. */
function byX(chart: ScaleChart, points: readonly ScalePoint[]): string {
  const key = ({ peer, line }: ScalePoint) =>
    line === "" ? peer : `${peer}, ${line}`;
  const keys = [...new Set(points.map(key))];
  const places = [...new Set(points.map(({ x }) => x))];
  const find = (x: number, one: string) =>
    points.find((point) => point.x === x && key(point) === one);
  const value = (point: ScalePoint | undefined) =>
    figure(point && chart.y(point));
  const memory = (point: ScalePoint | undefined) =>
    `${figure(point?.clientPeakMib)} + ${figure(point?.serverPeakMib)}`;
  const withMemory = chart.name === "length";
  return table(
    [
      chart.xTitle,
      ...keys.map((one) => `${one}: ${chart.yTitle}`),
      ...withMemory ? keys.map((one) => `${one}: peak MiB`) : [],
    ],
    places.map((x) => [
      x.toLocaleString("en-US"),
      ...keys.map((one) => value(find(x, one))),
      ...withMemory ? keys.map((one) => memory(find(x, one))) : [],
    ]),
  );
}

/** Formats the speed of several processes beside that of one of each. */
function processes(points: readonly ScalePoint[]): string {
  const own = points.filter(({ chart }) => chart === "processes");
  return "### DoGet, 4 × 4096 rows, of several processes\n\n" + table(
    [
      "processes",
      "both ends",
      "MiB/s",
      "to one of each",
      "client CPU s/GiB",
      "server CPU s/GiB",
      "MiB for each CPU second",
      "client peak MiB",
      "server peak MiB",
    ],
    own.map((point) => {
      const one = own.find(({ peer, x }) => peer === point.peer && x === 2);
      const cpu = bothCpu(point);
      const ratio = one?.mibPerSecond && point.mibPerSecond &&
        point.mibPerSecond / one.mibPerSecond;
      return [
        point.line,
        point.peer,
        figure(point.mibPerSecond),
        ratio === undefined ? "–" : `${figure(ratio)} ×`,
        figure(point.clientCpu),
        figure(point.serverCpu),
        figure(cpu && 1024 / cpu),
        figure(point.clientPeakMib),
        figure(point.serverPeakMib),
      ];
    }),
  );
}

/** Formats two workers behind a port beside one: data, and small calls. */
function workers(points: readonly ScalePoint[]): string {
  const find = (chart: string, peer: string, x: number) =>
    points.find((one) =>
      one.chart === chart && one.peer === peer && one.x === x
    );
  const own = points.filter(({ chart }) => chart === "workers");
  const compared = (value?: number, one?: number): string =>
    value && one ? `${figure(value / one)} ×` : "–";
  return "### Workers behind one port, two client processes\n\n" + table(
    [
      "both ends",
      "--workers",
      "DoGet: MiB/s",
      "to one worker",
      "server CPU s/GiB",
      "server peak MiB",
      "calls/s",
      "to one worker",
    ],
    own.map((point) => {
      const { peer, x } = point;
      const { callsPerSecond } = find("calls", peer, x) ?? {};
      return [
        peer,
        String(x),
        figure(point.mibPerSecond),
        compared(point.mibPerSecond, find("workers", peer, 1)?.mibPerSecond),
        figure(point.serverCpu),
        figure(point.serverPeakMib),
        figure(callsPerSecond),
        compared(callsPerSecond, find("calls", peer, 1)?.callsPerSecond),
      ];
    }),
  );
}
