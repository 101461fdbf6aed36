/**
 * Measures this package beside pyarrow (which is C++) and beside the npm
 * package arrow-flight-client: `deno task bench`.
 *
 *     deno task bench                    everything; about a quarter of an hour
 *     deno task bench --quick            everything, coarsely; a few minutes
 *     deno task bench --only=transfer    codec, transfer, messages, calls,
 *                                        memory or sql
 *     deno task bench --transport=grpc-js
 *     deno task bench --runtimes=Bun     on one runtime
 *     deno task bench --write-docs       puts the tables into the documents
 *
 * Absolute figures depend on the machine and its other load. Ratios are the
 * medians of those within each round, in which every pair has a turn.
 *
 * @module
 */
import type { CodecFigures } from "./codec/codec.ts";
import { Flags } from "./support/flags.ts";
import { ROOT, runJson } from "./support/processes.ts";
import { type Findings, fullReport, shortReport } from "./report/report.ts";
import { type Measured, measureRounds } from "./rounds/rounds.ts";
import { findRuntimes, type Runtimes } from "./support/runtimes.ts";
import {
  CALLS,
  MESSAGES,
  type Scenario,
  TRANSFERS,
} from "./rounds/scenarios.ts";
import { measureSlowReaders } from "./slow/slow_readings.ts";
import { measureSql } from "./sql/sql_rounds.ts";
import { TRANSPORT_VARIABLE, transportOf } from "./support/transport.ts";
import { writeBetweenMarkers } from "../tools/write_between_markers.ts";

/** Packages that affect the figures. */
const PACKAGES = ["@grpc/grpc-js", "apache-arrow", "arrow-flight-client"];
/** Longest time for the codec on one runtime. */
const CODEC_TIMEOUT_MS = 300_000;

const flags = new Flags(Deno.args, [
  "quick",
  "only",
  "runtimes",
  "rounds",
  "seconds",
  "slow-seconds",
  "transport",
  "write-docs",
]);
Deno.env.set(
  TRANSPORT_VARIABLE,
  transportOf(flags.text("transport", "http2"))!,
);
const quick = flags.on("quick");
const only = flags.text("only", "codec,transfer,messages,calls,memory,sql")
  .split(",");
if (flags.on("write-docs") && (flags.on("only") || flags.on("runtimes"))) {
  throw new TypeError("--write-docs needs every measurement on all runtimes");
}

/**
 * Describes date, versions and machine in a sentence, without the machine's
 * name.
 */
async function setting({ versions }: Runtimes): Promise<string> {
  const lock = JSON.parse(await Deno.readTextFile(new URL("deno.lock", ROOT)));
  const packages = PACKAGES.map((name) => {
    const [, version] = Object.entries<string>(lock.specifiers)
      .find(([specifier]) => specifier.startsWith(`npm:${name}@`))!;
    return `${name} ${version.split("_")[0]}`;
  });
  const parts = [
    ...[...versions].map((entry) => entry.join(" ")),
    ...packages,
  ];
  const gib = Deno.systemMemoryInfo().total / 2 ** 30;
  const [load] = Deno.loadavg();
  return `Measured on ${new Date().toISOString().slice(0, 10)}: ` +
    `${parts.join(", ")}; ${Deno.build.os} on ${Deno.build.arch}, ` +
    `${navigator.hardwareConcurrency} cores, ${gib.toFixed(0)} GiB, loopback ` +
    `without TLS; load average before ${load!.toFixed(1)}.`;
}

async function measureCodec(
  { typescript }: Runtimes,
): Promise<Map<string, CodecFigures>> {
  const figures = new Map<string, CodecFigures>();
  for (const [runtime, command] of typescript) {
    console.log(`codec on ${runtime}`);
    const program = [...command, "bench/codec/codec.ts"];
    try {
      figures.set(
        runtime,
        await runJson<CodecFigures>(
          quick ? [...program, "--quick"] : program,
          CODEC_TIMEOUT_MS,
        ),
      );
    } catch (error) {
      console.log(`codec on ${runtime} failed: ${error}`);
    }
  }
  return figures;
}

async function measureCalls(
  scenarios: readonly Scenario[],
  runtimes: Runtimes,
): Promise<Measured[]> {
  return await measureRounds(scenarios, runtimes, {
    rounds: flags.count("rounds", quick ? 2 : 5),
    seconds: Number(flags.text("seconds", quick ? "0.3" : "1")),
  });
}

const runtimes = await findRuntimes(
  flags.text("runtimes", "Deno,Bun").split(","),
);
if (runtimes.typescript.size === 0) throw new Error("no runtime to measure");
const findings: Findings = {
  setting: await setting(runtimes),
  codec: only.includes("codec") ? await measureCodec(runtimes) : new Map(),
  measured: await measureCalls([
    ...only.includes("transfer") ? TRANSFERS : [],
    ...only.includes("messages") ? MESSAGES : [],
    ...only.includes("calls") ? CALLS : [],
  ], runtimes),
  slow: only.includes("memory")
    ? await measureSlowReaders(
      runtimes,
      flags.count("slow-seconds", quick ? 5 : 20),
    )
    : [],
  sql: only.includes("sql")
    ? await measureSql(runtimes, {
      rounds: flags.count("rounds", quick ? 2 : 5),
      rows: quick ? 200_000 : 1_000_000,
      calls: 1000,
    })
    : undefined,
};
console.log(`\n${fullReport(findings)}`);
if (flags.on("write-docs")) {
  await writeBetweenMarkers("README.md", "bench", shortReport(findings));
  await writeBetweenMarkers(
    "docs/results/performance.md",
    "bench",
    fullReport(findings),
  );
}
Deno.exit();
