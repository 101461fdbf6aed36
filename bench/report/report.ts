/**
 * Formats the results of a run as Markdown.
 *
 * @module
 */
import type { CodecFigures } from "../codec/codec.ts";
import { table } from "../support/markdown.ts";
import { BYTES_PER_RECORD } from "../transfer/perf_data.ts";
import type { Measured, Round } from "../rounds/rounds.ts";
import { otherClient, PYARROW, type Scenario } from "../rounds/scenarios.ts";
import type { SlowPair } from "../slow/slow_readings.ts";
import { sqlReport, sqlTargets } from "../sql/sql_report.ts";
import type { SqlFindings } from "../sql/sql_rounds.ts";
import { median } from "../support/statistics.ts";

/** All results of a run; parts that were left out are empty. */
export interface Findings {
  /** Date, versions and machine, in a sentence. */
  readonly setting: string;
  readonly measured: readonly Measured[];
  readonly slow: readonly SlowPair[];
  /** By runtime. */
  readonly codec: ReadonlyMap<string, CodecFigures>;
  readonly sql: SqlFindings | undefined;
}

/** Growth of memory that a slow consumer may cause on either side, in MiB. */
const MEMORY_TARGET_MIB = 64;
/** Target speed of a transfer between our own ends, in multiples of pyarrow. */
const PYARROW_TARGET = 1;
/** Target rate of small calls, in multiples of pyarrow. */
const ROUND_TRIP_TARGET = 1 / 1.25;
/** Target speed of DoGet, in multiples of arrow-flight-client. */
const OTHER_CLIENT_TARGET = 3;

function digits(value: number | undefined, count: number): string {
  return value === undefined || Number.isNaN(value)
    ? "–"
    : value.toFixed(count);
}

/** Formats large figures as integers, small ones with three digits. */
function figure(value: number | undefined): string {
  return digits(
    value,
    value === undefined || value >= 100 ? 0 : value >= 10 ? 1 : 2,
  );
}

function times(value: number | undefined): string {
  return value === undefined || Number.isNaN(value)
    ? "–"
    : `${figure(value)} ×`;
}

function rounds({ rounds }: Measured): Round[] {
  return rounds.filter((round) => round !== undefined);
}

function medianOf(
  measured: Measured,
  value: (round: Round) => number | undefined,
): number | undefined {
  const values = rounds(measured).map(value).filter((x) => x !== undefined);
  return values.length === 0 ? undefined : median(values);
}

/**
 * Returns the figure that matters in a scenario: MiB/s, or messages or calls a
 * second.
 */
function speed({ result }: Round): number {
  return result.rows > result.batches
    ? result.mibPerSecond
    : result.batches / result.seconds;
}

/** The median of the ratios of each round. */
function ratio(
  one: Measured | undefined,
  other: Measured | undefined,
): number | undefined {
  if (one === undefined || other === undefined) return undefined;
  const ratios = one.rounds.flatMap((round, index) => {
    const beside = other.rounds[index];
    return round && beside ? [speed(round) / speed(beside)] : [];
  });
  return ratios.length === 0 ? undefined : median(ratios);
}

/** Finds a pair of a scenario. */
function find(
  { measured }: Findings,
  scenario: Scenario,
  client: string,
  server: string,
): Measured | undefined {
  return measured.find((one) =>
    one.scenario === scenario && one.client === client && one.server === server
  );
}

function toPyarrow(findings: Findings, one: Measured): number | undefined {
  return ratio(one, find(findings, one.scenario, PYARROW, PYARROW));
}

/** Compares with the other client on the same runtime, from the same server. */
function toOtherClient(findings: Findings, one: Measured): number | undefined {
  const other = otherClient(one.client);
  return ratio(one, find(findings, one.scenario, other, one.server));
}

function cpuPerGib(
  measured: Measured,
  side: "clientCpu" | "serverCpu",
): number | undefined {
  return medianOf(measured, (round) => {
    const cpu = round[side];
    const gib = round.result.rows * BYTES_PER_RECORD / 2 ** 30;
    return cpu === undefined ? undefined : cpu / gib;
  });
}

function peakMib(
  measured: Measured,
  side: "clientPeakMib" | "serverPeakMib",
): number | undefined {
  return medianOf(measured, (round) => round[side]);
}

function name(who: string): string {
  return /^(Deno|Bun)$/.test(who) ? `this package on ${who}` : who;
}

function scenariosOf({ measured }: Findings): Scenario[] {
  return [...new Set(measured.map(({ scenario }) => scenario))];
}

function isTransfer({ test }: Scenario): boolean {
  return test === "get" || test === "put";
}

function failuresOf(measured: readonly Measured[]): string {
  return measured.filter(({ failures }) => failures.length > 0)
    .map(({ client, server, rounds, failures }) =>
      `\n\n${name(client)} ↔ ${name(server)}: ${failures.length} of ` +
      `${rounds.length} runs failed (${[...new Set(failures)].join("; ")}).`
    ).join("");
}

function scenarioTable(findings: Findings, scenario: Scenario): string {
  const measured = findings.measured.filter((one) => one.scenario === scenario);
  const transfer = isTransfer(scenario);
  const rows = measured.map((one) => {
    const speeds = rounds(one).map(speed);
    return [
      name(one.client),
      name(one.server),
      figure(medianOf(one, speed)),
      speeds.length === 0
        ? "–"
        : `${figure(Math.min(...speeds))}–${figure(Math.max(...speeds))}`,
      times(toPyarrow(findings, one)),
      times(toOtherClient(findings, one)),
      ...(["mean", "p50", "p95", "p99", "max"] as const).map((key) =>
        figure(medianOf(one, ({ result }) => result.latencyUs[key]))
      ),
      ...transfer
        ? [
          figure(cpuPerGib(one, "clientCpu")),
          figure(cpuPerGib(one, "serverCpu")),
          figure(peakMib(one, "clientPeakMib")),
          figure(peakMib(one, "serverPeakMib")),
        ]
        : [],
    ];
  });
  const header = [
    "client",
    "server",
    !transfer
      ? "calls/s"
      : scenario.rowsPerBatch === 1
      ? "messages/s"
      : "MiB/s",
    "from–to",
    "to pyarrow",
    "to arrow-flight-client",
    "mean µs",
    "p50",
    "p95",
    "p99",
    "max",
    ...transfer
      ? [
        "client CPU s/GiB",
        "server CPU s/GiB",
        "client peak MiB",
        "server peak MiB",
      ]
      : [],
  ];
  return `### ${scenario.name}\n\n${table(header, rows)}${
    failuresOf(measured)
  }`;
}

function slowTable({ slow }: Findings): string {
  const rows = slow.map(({ client, server, reading, failure }) => [
    name(client),
    name(server),
    reading === undefined ? failure! : String(reading.batches),
    figure(reading?.startMib),
    figure(reading?.peakAboveMib),
    figure(reading?.serverPeakAboveMib),
  ]);
  return "### One batch of 1 MiB a second from a stream of 1 GiB\n\n" +
    table([
      "client",
      "server",
      "batches read",
      "start, MiB",
      "peak above, MiB",
      "server's peak above, MiB",
    ], rows);
}

function codecTables({ codec }: Findings): string {
  return [...codec].map(([runtime, { batches, messages }]) =>
    `### Codec on ${runtime}\n\n` +
    table(
      [
        "batch",
        "MiB",
        "encode µs",
        "encode and gather µs",
        "MiB/s",
        "to apache-arrow",
        "decode µs",
        "decode unaligned µs",
        "MiB/s",
        "to apache-arrow",
      ],
      batches.map((one) => [
        `${one.kind}, ${one.rows} rows × ${one.columns} columns`,
        figure(one.bytes / 2 ** 20),
        figure(one.encodeUs),
        figure(one.frameUs),
        figure(one.bytes / 2 ** 20 / one.frameUs * 1e6),
        times(one.arrowEncodeUs / one.frameUs),
        figure(one.decodeUs),
        figure(one.unalignedUs),
        figure(one.bytes / 2 ** 20 / one.unalignedUs * 1e6),
        times(one.arrowDecodeUs / one.decodeUs),
      ]),
    ) + "\n\n" +
    table(
      ["message", "bytes", "encode µs", "decode µs"],
      messages.map((one) => [
        one.name,
        String(one.bytes),
        figure(one.encodeUs),
        figure(one.decodeUs),
      ]),
    )
  ).join("\n\n");
}

/** Returns the target between two ends of this package, if there is one. */
function targetOf({ scenario, client, server }: Measured): number | undefined {
  if (client !== server || client === PYARROW) return undefined;
  if (isTransfer(scenario)) return PYARROW_TARGET;
  return scenario.test === "round_trip" ? ROUND_TRIP_TARGET : undefined;
}

/** Reports for each target whether it was met. */
function targets(findings: Findings): string {
  const lines: string[] = [];
  const add = (met: boolean, text: string) =>
    lines.push(`- ${met ? "met" : "**not met**"}: ${text}`);
  for (const one of findings.measured) {
    const toCpp = toPyarrow(findings, one);
    const target = targetOf(one);
    if (target !== undefined && toCpp !== undefined) {
      add(
        toCpp >= target,
        `${one.scenario.name}, both ends on ${one.client}: ` +
          `${times(toCpp)} pyarrow, to be ${times(target)}`,
      );
    }
    const factor = toOtherClient(findings, one);
    if (one.scenario.test === "get" && factor !== undefined) {
      add(
        factor >= OTHER_CLIENT_TARGET,
        `${one.scenario.name}, ${one.client} from ${name(one.server)}: ` +
          `${
            times(factor)
          } arrow-flight-client, to be ${OTHER_CLIENT_TARGET} ×`,
      );
    }
  }
  for (const { client, server, reading } of findings.slow) {
    const { peakAboveMib, serverPeakAboveMib = 0 } = reading ?? {};
    add(
      peakAboveMib !== undefined &&
        Math.max(peakAboveMib, serverPeakAboveMib) < MEMORY_TARGET_MIB,
      `slow reader on ${client} from ${name(server)}: ` +
        `${figure(peakAboveMib)} MiB above its start, the server ` +
        `${figure(reading?.serverPeakAboveMib)}, to be below ` +
        `${MEMORY_TARGET_MIB}`,
    );
  }
  if (findings.sql !== undefined) lines.push(...sqlTargets(findings.sql));
  return lines.length === 0 ? "" : `### Targets\n\n${lines.join("\n")}`;
}

/** Formats the full report. */
export function fullReport(findings: Findings): string {
  return [
    findings.setting,
    ...scenariosOf(findings).map((one) => scenarioTable(findings, one)),
    ...findings.slow.length > 0 ? [slowTable(findings)] : [],
    ...findings.codec.size > 0 ? [codecTables(findings)] : [],
    ...findings.sql === undefined ? [] : [sqlReport(findings.sql)],
    targets(findings),
  ].filter((part) => part !== "").join("\n\n");
}

/** Formats the report for the README. */
export function shortReport(findings: Findings): string {
  const scenarios = scenariosOf(findings)
    .filter((scenario) => isTransfer(scenario) && !scenario.sum);
  const peers = ["Deno", "Bun", PYARROW].filter((peer) =>
    findings.measured.some(({ client }) => client === peer)
  );
  const rows = peers.map((peer) => [
    name(peer),
    ...scenarios.map((scenario) => {
      const one = find(findings, scenario, peer, peer);
      if (one === undefined) return "–";
      const absolute = `${figure(medianOf(one, speed))} MiB/s`;
      return peer === PYARROW
        ? absolute
        : `${absolute}, ${times(toPyarrow(findings, one))}`;
    }),
  ]);
  const factors = peers.flatMap((peer) => {
    const all = findings.measured
      .filter(({ scenario, client }) =>
        scenario.test === "get" && !scenario.sum && client === peer
      )
      .map((one) => toOtherClient(findings, one))
      .filter((factor) => factor !== undefined);
    return all.length === 0 ? [] : [
      `${figure(Math.min(...all))} to ${figure(Math.max(...all))} on ${peer}`,
    ];
  });
  return [
    table(["both ends", ...scenarios.map(({ name }) => name)], rows),
    factors.length === 0
      ? ""
      : `DoGet from the same server, in multiples of \`arrow-flight-client\`: ${
        factors.join(", ")
      }.`,
    findings.setting,
  ].filter((part) => part !== "").join("\n\n");
}
