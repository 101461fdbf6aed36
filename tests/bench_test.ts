import { test } from "node:test";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Cell, cellsOf } from "../bench/report/cell.ts";
import { peersOf } from "../bench/report/cell_tables.ts";
import { compareRuns } from "../bench/report/compare.ts";
import type { Findings } from "../bench/report/findings.ts";
import {
  gatewayReport,
  gatewayTargets,
} from "../bench/gateway/gateway_report.ts";
import type {
  GatewayMeasured,
  GatewayRound,
} from "../bench/gateway/gateway_ways.ts";
import { CELLS } from "../bench/rounds/cells.ts";
import type { Measured, Round } from "../bench/rounds/turn.ts";
import { Progress } from "../bench/support/progress.ts";
import { imbalance, localSpeed, workersFor } from "../bench/model/capacity.ts";
import { MEASURED } from "../bench/model/measured.ts";
import { drawChart } from "../bench/scale/line_chart.ts";
import { SCALE } from "../bench/scale/scale_scenarios.ts";
import {
  bytesPerRow,
  type DataKind,
  perfBatch,
} from "../bench/transfer/perf_data.ts";
import {
  perfCommand,
  type PerfSize,
  perfTicket,
  readCommand,
  readTicket,
} from "../bench/transfer/perf_messages.ts";

const KINDS: readonly DataKind[] = [
  "int64",
  "numbers",
  "strings",
  "nested",
  "dictionaries",
  "columns:7",
];

/** Results with a ratio for each of some cells. */
function run(ratios: Readonly<Record<string, number>>): Findings {
  const cells = Object.entries(ratios).map(([scenario, toPyarrow]): Cell => ({
    part: "transfer",
    scenario,
    client: "Deno",
    server: "Deno",
    unit: "MiB/s",
    speeds: [],
    speed: 1000,
    ratios: [toPyarrow],
    toPyarrow,
    toOtherClient: undefined,
    latencyUs: undefined,
    clientCpu: undefined,
    serverCpu: undefined,
    clientPeakMib: undefined,
    serverPeakMib: undefined,
    failures: [],
  }));
  return {
    setting: "",
    cells,
    scale: [],
    gateway: [],
    slow: [],
    codec: {},
    sql: undefined,
    web: [],
  };
}

/** A way to Ballista that took so many seconds in each round. */
function way(
  client: string,
  way: GatewayMeasured["way"],
  seconds: readonly (number | undefined)[],
): GatewayMeasured {
  const rounds = seconds.map((seconds): GatewayRound | undefined =>
    seconds && { count: 1000, bytes: 2 ** 30, seconds, gatewayCpu: 0.25 } ||
    undefined
  );
  return { backend: "Ballista", client, way, runtime: "Deno", rounds };
}

test("ways through a gateway are compared round by round", () => {
  const ways = [
    way("ADBC", "no gateway", [4, 8, 4]),
    way("Deno", "direct", [2, 8, undefined]),
    way("ADBC", "proxy", [8, 16, 8]),
    way("Deno", "proxy", [4, 8, 4]),
  ];
  const lines = gatewayReport(ways).split("\n");
  assertMatch(lines.at(-3)!, /^\| direct, on Deno .* 1\.50 × .* 0\.25 \|$/);
  assertMatch(lines.at(-2)!, /^\| proxy, on Deno +\| +ADBC .* 0\.50 × /);
  assertEquals(
    gatewayTargets(ways).map((line) => line.startsWith("- met: ")),
    [true, true],
  );
});

test("runs of the bench disagree when a cell changes sides", () => {
  const first = run({ get: 1.2, put: 0.8, close: 1.2, gone: 2 });
  const same = compareRuns(first, run({ get: 1.1, put: 0.5, close: 0.97 }));
  assert(same.agrees);
  assertMatch(
    same.report,
    /^3 cells .* 1 above pyarrow in both, 1 below in both, 1 within 0.05 of 1 in one of them, 0 on opposite sides\./,
  );
  const other = compareRuns(first, run({ get: 0.9, put: 0.5 }));
  assert(!other.agrees);
  assertMatch(other.report, /Opposite sides:[^]*transfer: get, Deno ↔ Deno/);
});

test("runs of the bench without a common cell do not agree", () => {
  assert(!compareRuns(run({ get: 2 }), run({ put: 2 })).agrees);
});

test("cells of the bench have medians, and ratios of the same round", () => {
  const [transfer] = CELLS.get("transfer")!;
  const round = (mibPerSecond: number, clientCpu: number): Round => ({
    result: {
      rows: 2 ** 25,
      batches: 10,
      seconds: 1,
      mibPerSecond,
      latencyUs: { mean: 1, p50: 1, p95: 1, p99: 1, max: 1 },
      sum: undefined,
    },
    clientCpu,
    serverCpu: undefined,
    clientPeakMib: 100,
    serverPeakMib: 50,
  });
  const measured = (peer: string, rounds: (Round | undefined)[]): Measured => ({
    scenario: transfer!,
    client: peer,
    server: peer,
    rounds,
    failures: [],
  });
  const [pyarrow, deno] = cellsOf([
    measured("pyarrow", [round(100, 1), round(400, 1), round(200, 1)]),
    measured("Deno", [round(200, 1), undefined, round(100, 2)]),
  ]);
  assertEquals(pyarrow!.speed, 200);
  assertEquals(pyarrow!.toPyarrow, 1);
  assertEquals(deno!.speed, 150);
  assertEquals(deno!.speeds, [200, null, 100]);
  assertEquals(deno!.ratios, [2, 0.5]);
  assertEquals(deno!.toPyarrow, 1.25);
  // Three seconds for two GiB.
  assertEquals(deno!.clientCpu, 1.5);
  assertEquals(deno!.serverCpu, undefined);
});

test("parts of the bench are late when their share of the time is over", () => {
  const planned = new Map([["a", 1], ["b", 3]]);
  const progress = new Progress(planned, 4000);
  assert(!progress.isLate("a", 900));
  assert(progress.isLate("a", 1000));
  progress.finish("a");
  assert(!progress.isLate("b", 3900));
  assert(progress.isLate("b", 4000));
  assert(!new Progress(planned, Infinity).isLate("a", 1e9));
});

test("charts of the bench show the extremes of their lines at the ends", () => {
  const svg = drawChart({
    title: "a < b & c",
    xTitle: "streams",
    yTitle: "ms",
    lines: [{
      name: "one",
      color: "#123",
      dashed: true,
      points: [[1, 10], [10, 100], [100, 1000]],
    }],
  });
  assertMatch(svg, /<title>a &lt; b &amp; c<\/title>/);
  // Straight from one corner of the plot to the other.
  assertMatch(svg, /points="70.0,360.0 285.0,202.0 500.0,44.0"/);
  for (const label of ["1", "10", "100", "1,000"]) {
    assert(svg.includes(`>${label}</text>`), label);
  }
});

test("charts of the bench may have one point, or none", () => {
  const empty = { title: "t", xTitle: "x", yTitle: "y", lines: [] };
  const lines = [{ name: "", color: "", dashed: false, points: [] }];
  const one = [{ ...lines[0]!, points: [[4, 7] as const] }];
  for (const chart of [empty, { ...empty, lines }, { ...empty, lines: one }]) {
    assert(!drawChart(chart).includes("NaN"));
  }
});

test("data of the bench have the size that figures count", () => {
  for (const kind of KINDS) {
    const rows = 4000;
    const { data, numRows } = perfBatch(kind, rows);
    assertEquals(numRows, rows, kind);
    const size = data.byteLength / rows;
    // Bitmaps, and the values of a dictionary, are not counted.
    const rest = kind === "dictionaries" ? 4 * 24 * 1000 / rows + 4 : 2;
    assert(size >= bytesPerRow(kind), `${kind}: ${size}`);
    assert(size <= bytesPerRow(kind) + rest, `${kind}: ${size}`);
  }
});

test("messages of the bench keep what they ask for", () => {
  for (const data of KINDS) {
    for (const compression of ["none", "lz4", "zstd"] as const) {
      const size: PerfSize = {
        data,
        compression,
        numStreams: 3,
        recordsPerStream: 2 ** 33,
        recordsPerBatch: 4096,
      };
      assertEquals(readCommand(perfCommand(size)), size);
      assertEquals(readTicket(perfTicket(size, 2)), size);
    }
  }
});

test("reports of the bench have the ways of a runtime side by side", () => {
  const { cells } = run({ get: 1 });
  const names = ["pyarrow", "Deno", "Bun", "Deno, reuseMemory"];
  const all = names.map((name) => ({
    ...cells[0]!,
    client: name,
    server: name,
  }));
  assertEquals(peersOf(all), ["Deno", "Deno, reuseMemory", "Bun", "pyarrow"]);
});

test("scenarios of the bench have names of their own", () => {
  const all = [...CELLS.values(), SCALE.map(({ scenario }) => scenario)].flat();
  const names = all.map(({ part, name }) => `${part}: ${name}`);
  assertEquals(new Set(names).size, names.length);
});

test("bench: the model of capacity is close to the speeds that were measured", () => {
  for (const [, clients, servers, clientCpu, serverCpu, speed] of MEASURED) {
    const machine = { cores: 2, clients, servers };
    const predicted = localSpeed({ clientCpu, serverCpu }, machine);
    const ratio = speed / predicted;
    assert(ratio > 0.8 && ratio < 1, `${ratio}`);
  }
});

test("bench: the model needs whole workers, and fewer for less", () => {
  assertEquals(workersFor(0.1, 0.43), 1);
  assertEquals(workersFor(10, 0.43), 7);
  const load = (choice: "fewest" | "hash") =>
    imbalance({ clients: 20, connections: 8, workers: 8, choice });
  assertEquals(load("fewest").median.toFixed(2), "1.00");
  assert(load("hash").median > 1.2);
});
