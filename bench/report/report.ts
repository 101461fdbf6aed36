/**
 * Formats the results of a run as Markdown.
 *
 * @module
 */
import { gatewayReport } from "../gateway/gateway_report.ts";
import { PYARROW } from "../rounds/scenarios.ts";
import { scaleReport } from "../scale/scale_report.ts";
import { sqlReport } from "../sql/sql_report.ts";
import { table } from "../support/markdown.ts";
import { webReport } from "../web/web_report.ts";
import {
  alike,
  groupsOf,
  overview,
  partTables,
  peersOf,
} from "./cell_tables.ts";
import { codecTables } from "./codec_tables.ts";
import type { Findings } from "./findings.ts";
import { figure, peerName, times } from "./format.ts";
import { targetLines } from "./targets.ts";

function slowTable({ slow }: Findings): string {
  const rows = slow.map(({ client, server, reading, failure }) => [
    peerName(client),
    peerName(server),
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

/** Formats the full report. */
export function fullReport(findings: Findings): string {
  const { cells, scale, gateway, slow, codec, sql, web } = findings;
  return [
    findings.setting,
    ...cells.length > 0 ? [overview(cells)] : [],
    ...[...groupsOf(cells, ({ part }) => part)]
      .flatMap(([part, group]) => partTables(part, group)),
    ...scale.length > 0 ? [scaleReport(scale)] : [],
    gatewayReport(gateway),
    ...slow.length > 0 ? [slowTable(findings)] : [],
    ...Object.entries(codec).map((entry) => codecTables(...entry)),
    ...sql === undefined ? [] : [sqlReport(sql)],
    ...web.length > 0 ? [webReport(web)] : [],
    targetLines(findings),
  ].filter((part) => part !== "").join("\n\n");
}

/** Formats the report for the README. */
export function shortReport(findings: Findings): string {
  const cells = findings.cells.filter(({ part, scenario }) =>
    part === "transfer" && /^Do(Get|Put),/.test(scenario)
  );
  const scenarios = groupsOf(alike(cells), ({ scenario }) => scenario);
  const peers = peersOf(cells);
  const rows = peers.map((peer) => [
    peerName(peer),
    ...[...scenarios.values()].map((group) => {
      const cell = group.find(({ client }) => client === peer);
      if (cell?.speed === undefined) return "–";
      const absolute = `${figure(cell.speed)} MiB/s`;
      return peer === PYARROW
        ? absolute
        : `${absolute}, ${times(cell.toPyarrow)}`;
    }),
  ]);
  const factors = peers.flatMap((peer) => {
    const all = cells.filter(({ scenario, client }) =>
      scenario.startsWith("DoGet") && client === peer
    ).flatMap(({ toOtherClient }) => toOtherClient ?? []);
    return all.length === 0 ? [] : [
      `${figure(Math.min(...all))} to ${figure(Math.max(...all))} on ${peer}`,
    ];
  });
  return [
    table(["both ends", ...scenarios.keys()], rows),
    factors.length === 0
      ? ""
      : `DoGet from the same server, in multiples of \`arrow-flight-client\`: ${
        factors.join(", ")
      }.`,
    findings.setting,
  ].filter((part) => part !== "").join("\n\n");
}
