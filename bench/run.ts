/**
 * Measures this package beside pyarrow (which is C++) and beside the npm
 * package arrow-flight-client: `deno task bench`.
 *
 *     deno task bench                    everything; about 25 minutes
 *     deno task bench --short            everything, in at most 12 minutes
 *     deno task bench --quick            everything, coarsely
 *     deno task bench --only=tls,types   some parts; see below
 *     deno task bench --transport=grpc-js
 *     deno task bench --runtimes=Bun     on one runtime
 *     deno task bench --rounds=7 --seconds=2
 *     deno task bench --json=FILE        the results as JSON, else a new file
 *                                        of bench/results/
 *     deno task bench --write-docs       puts the tables into the documents
 *     deno task bench --from=FILE        takes the results of an earlier run
 *     deno task bench --compare A B      compares two files of results
 *
 * The parts are:
 *
 * - transfer: DoGet, DoPut and DoExchange of four columns of int64
 * - tls: the same over TLS
 * - compression: the same with LZ4 and ZSTD, of numbers that compress
 * - types: strings, nested columns, dictionaries, 1,000 columns
 * - messages: batches of one row
 * - calls: small calls, one after the other and many at once
 * - scale: 1 to 8 streams, connections and processes; curves by the length of
 *   streams, their number, columns and rows
 * - gateway: a gateway in front of a server and of Ballista, which is built
 *   where it is asked for by `--only`; `--only=scale` has this part too
 * - codec: encoding and decoding without a transport
 * - slow: memory of a slow reader
 * - sql: Flight SQL
 * - web: DoGet by `connectWeb` beside plain `fetch` of the same bytes, on the
 *   runtimes and in a page of Chromium
 *
 * Absolute figures depend on the machine and its other load. Ratios are the
 * medians of those within each round, in which every pair has a turn.
 *
 * @module
 */
import type { CodecFigures } from "./codec/codec.ts";
import { measureGateway } from "./gateway/gateway_rounds.ts";
import { type Cell, cellsOf } from "./report/cell.ts";
import { compareRuns } from "./report/compare.ts";
import type { Findings } from "./report/findings.ts";
import { fullReport } from "./report/report.ts";
import { readResults, writeResults } from "./report/results_file.ts";
import { writeDocs } from "./report/write_docs.ts";
import { CELLS } from "./rounds/cells.ts";
import {
  measureRounds,
  type RoundOptions,
  secondsOf,
} from "./rounds/rounds.ts";
import { measureScale } from "./scale/scale_points.ts";
import { SCALE } from "./scale/scale_scenarios.ts";
import { measureSlowReaders } from "./slow/slow_readings.ts";
import { measureSql } from "./sql/sql_rounds.ts";
import { measureWeb } from "./web/web_rounds.ts";
import { Flags } from "./support/flags.ts";
import { runJson } from "./support/processes.ts";
import { Progress } from "./support/progress.ts";
import { findRuntimes, type Runtimes } from "./support/runtimes.ts";
import { settingOf } from "./support/setting.ts";
import { TRANSPORT_VARIABLE, transportOf } from "./support/transport.ts";

/** Longest time for the codec on one runtime. */
const CODEC_TIMEOUT_MS = 300_000;
/** The documents with the short table and with the full ones. */
const DOCS = ["README.md", "docs/results/performance.md"] as const;
const PARTS = [
  ...CELLS.keys(),
  "scale",
  "gateway",
  "codec",
  "slow",
  "sql",
  "web",
];

const [first, ...files] = Deno.args;
const flags = new Flags(first === "--compare" ? [] : Deno.args, [
  "short",
  "quick",
  "only",
  "runtimes",
  "rounds",
  "seconds",
  "slow-seconds",
  "transport",
  "json",
  "from",
  "write-docs",
]);

/** Durations and sizes of a run. */
interface Extent extends RoundOptions {
  readonly slowSeconds: number;
  readonly sqlRows: number;
  readonly sqlCalls: number;
  readonly gatewayRounds: number;
  /** Seconds after which parts are cut short. */
  readonly limitSeconds: number;
  /** True for few samples of the codec. */
  readonly coarseCodec: boolean;
}

const FULL: Extent = {
  rounds: 5,
  seconds: 0.5,
  slowSeconds: 20,
  sqlRows: 1_000_000,
  sqlCalls: 1000,
  gatewayRounds: 5,
  limitSeconds: Infinity,
  coarseCodec: false,
};
const SHORT: Extent = {
  rounds: 5,
  seconds: 0.15,
  slowSeconds: 10,
  sqlRows: 200_000,
  sqlCalls: 200,
  gatewayRounds: 2,
  // With a minute to spare.
  limitSeconds: 11 * 60,
  coarseCodec: true,
};
const QUICK: Extent = { ...SHORT, rounds: 2, seconds: 0.1, slowSeconds: 5 };

function extentOf(): Extent {
  const base = flags.on("quick") ? QUICK : flags.on("short") ? SHORT : FULL;
  return {
    ...base,
    rounds: flags.count("rounds", base.rounds),
    seconds: Number(flags.text("seconds", String(base.seconds))),
    gatewayRounds: flags.count("rounds", base.gatewayRounds),
    slowSeconds: flags.count("slow-seconds", base.slowSeconds),
  };
}

function partsOf(): string[] {
  // The earlier name of this part.
  const asked = flags.text("only", PARTS.join(",")).replace("memory", "slow")
    .split(",")
    // A gateway is one of the ways to scale.
    .flatMap((part) => part === "scale" ? [part, "gateway"] : [part]);
  const unknown = asked.filter((part) => !PARTS.includes(part));
  if (unknown.length > 0) {
    throw new TypeError(
      `--only has no part ${unknown.join(", ")}; there are ${PARTS.join(", ")}`,
    );
  }
  return PARTS.filter((part) => asked.includes(part));
}

/** Estimates the duration of each part, in seconds. */
function planned(
  parts: readonly string[],
  extent: Extent,
  runtimes: Runtimes,
): Map<string, number> {
  const others = new Map([
    [
      "scale",
      secondsOf(SCALE.map(({ scenario }) => scenario), runtimes, extent),
    ],
    ["gateway", 40 + (extent.gatewayRounds + 1) * 25],
    ["codec", runtimes.typescript.size * (extent.coarseCodec ? 8 : 30)],
    ["slow", extent.slowSeconds + 5],
    [
      "sql",
      40 + extent.rounds * (extent.sqlRows / 30_000 + extent.sqlCalls / 50),
    ],
    ["web", runtimes.typescript.size * (15 + 8 * extent.rounds)],
  ]);
  return new Map(parts.map((part) => [
    part,
    others.get(part) ?? secondsOf(CELLS.get(part)!, runtimes, extent),
  ]));
}

async function measureCodec(
  { typescript }: Runtimes,
  { coarseCodec }: Extent,
  progress: Progress,
): Promise<Record<string, CodecFigures>> {
  const figures: Record<string, CodecFigures> = {};
  for (const [runtime, command] of typescript) {
    const done = Object.keys(figures).length / typescript.size;
    progress.step("codec", done, `on ${runtime}`);
    const program = [...command, "bench/codec/codec.ts"];
    try {
      figures[runtime] = await runJson<CodecFigures>(
        coarseCodec ? [...program, "--quick"] : program,
        CODEC_TIMEOUT_MS,
      );
    } catch (error) {
      console.log(`codec on ${runtime} failed: ${error}`);
    }
  }
  return figures;
}

async function measure(): Promise<Findings> {
  const runtimes = await findRuntimes(
    flags.text("runtimes", "Deno,Bun").split(","),
  );
  if (runtimes.typescript.size === 0) throw new Error("no runtime to measure");
  const extent = extentOf();
  const parts = partsOf();
  const progress = new Progress(
    planned(parts, extent, runtimes),
    extent.limitSeconds,
  );
  const run = async <T>(part: string, measure: () => Promise<T>) => {
    if (!parts.includes(part)) return undefined;
    const result = await measure();
    progress.finish(part);
    return result;
  };
  const setting = await settingOf(runtimes);
  const cells: Cell[] = [];
  for (const [part, scenarios] of CELLS) {
    const measured = await run(
      part,
      () => measureRounds(scenarios, runtimes, extent, progress),
    );
    cells.push(...cellsOf(measured ?? []));
  }
  return {
    setting,
    cells,
    scale: await run(
      "scale",
      () => measureScale(runtimes, extent, progress),
    ) ?? [],
    gateway: await run(
      "gateway",
      () => {
        // Building it takes longer than all of a short run.
        const mayBuild = flags.on("only");
        const { gatewayRounds: rounds } = extent;
        return measureGateway(runtimes, { rounds, mayBuild }, progress);
      },
    ) ?? [],
    codec: await run(
      "codec",
      () => measureCodec(runtimes, extent, progress),
    ) ?? {},
    slow: await run("slow", () => {
      progress.step("slow", 0, `${extent.slowSeconds} s`);
      return measureSlowReaders(runtimes, extent.slowSeconds);
    }) ?? [],
    sql: await run("sql", () =>
      measureSql(runtimes, {
        rounds: extent.rounds,
        rows: extent.sqlRows,
        calls: extent.sqlCalls,
      })),
    web: await run("web", () => measureWeb(runtimes, extent.rounds)) ?? [],
  };
}

/** Compares two files of results; returns false if they disagree. */
async function compare([one, other]: readonly string[]): Promise<boolean> {
  if (one === undefined || other === undefined) {
    throw new TypeError("--compare takes two files of results");
  }
  const { agrees, report } = compareRuns(
    await readResults(one),
    await readResults(other),
  );
  console.log(report);
  return agrees;
}

async function main(): Promise<void> {
  if (flags.on("write-docs") && (flags.on("only") || flags.on("runtimes"))) {
    throw new TypeError("--write-docs needs every measurement on all runtimes");
  }
  Deno.env.set(
    TRANSPORT_VARIABLE,
    transportOf(flags.text("transport", "http2"))!,
  );
  const from = flags.text("from", undefined);
  const findings = from === undefined
    ? await measure()
    : await readResults(from);
  console.log(`\n${fullReport(findings)}`);
  if (from === undefined) {
    const file = await writeResults(findings, flags.text("json", undefined));
    console.log(`\nresults: ${file}`);
  }
  if (flags.on("write-docs")) await writeDocs(findings, DOCS);
}

if (first === "--compare") Deno.exit(await compare(files) ? 0 : 1);
await main();
Deno.exit();
