/**
 * Formats what was measured of Flight SQL.
 *
 * @module
 */
import { table } from "../support/markdown.ts";
import { medianOf, timesFaster } from "../support/statistics.ts";
import {
  ADBC,
  ADBC_SQLITE,
  GO,
  isOfPoints,
  SQL_TESTS,
  type SqlFindings,
  type SqlMeasured,
  type SqlTest,
} from "./sql_rounds.ts";

/** Targets of a server with SQLite, in multiples of Go's. */
const TARGETS: Readonly<Record<SqlTest, number>> = {
  read: 1.5,
  points: 1,
  standard_points: 1,
  ingest: 1.5,
};

const NOTES: Readonly<Record<SqlTest, string>> = {
  read: "",
  points:
    "A query is one call with SQLite and two with DuckDB, and three with Go's server.",
  standard_points:
    "A query is three calls with each server: DoPut, GetFlightInfo, DoGet.",
  ingest:
    "Go's server has no ingest: the rows are parameters of a prepared INSERT.",
};

function title(test: SqlTest, { rows, calls }: SqlFindings): string {
  const many = rows.toLocaleString("en-US");
  switch (test) {
    case "read":
      return `SQL: SELECT of ${many} rows of four columns`;
    case "points":
      return `SQL: ${
        calls.toLocaleString("en-US")
      } prepared point queries, one after the other`;
    case "standard_points":
      return `SQL: ${
        calls.toLocaleString("en-US")
      } prepared point queries by the calls of the protocol`;
    case "ingest":
      return `SQL: ingest of ${many} rows of four columns`;
  }
}

function text(value: number | undefined, digits: number): string {
  return value === undefined || Number.isNaN(value)
    ? "–"
    : value.toFixed(digits);
}

function times(value: number | undefined): string {
  return value === undefined ? "–" : `${text(value, 2)} ×`;
}

/** Median of how many times faster `one` is than `other`, round by round. */
function ratio(
  one: SqlMeasured,
  other: SqlMeasured | undefined,
): number | undefined {
  return other === undefined || other === one
    ? undefined
    : timesFaster(one.rounds, other.rounds);
}

/** Speed of a server in multiples of Go's, with the same client. */
function toGo(
  { measured }: SqlFindings,
  one: SqlMeasured,
): number | undefined {
  return ratio(
    one,
    measured.find(({ test, client, server }) =>
      test === one.test && client === one.client && server === GO
    ),
  );
}

function toAdbc(
  { measured }: SqlFindings,
  one: SqlMeasured,
): number | undefined {
  return ratio(
    one,
    measured.find(({ test, client, server }) =>
      test === one.test && client === ADBC && server === undefined
    ),
  );
}

function testTable(findings: SqlFindings, test: SqlTest): string {
  const group = findings.measured.filter((one) => one.test === test);
  if (group.length === 0) return "";
  const unit = isOfPoints(test) ? "queries/s" : "rows/s";
  const rows = group.map((one) => {
    const rate = medianOf(one.rounds, ({ count, seconds }) => count / seconds);
    const isInsert = test === "ingest" && one.server === GO;
    return [
      one.server === undefined ? ADBC_SQLITE : one.server,
      one.server === undefined
        ? "–"
        : one.client + (isInsert ? ", INSERT" : ""),
      rate === undefined ? "failed" : Math.round(rate).toLocaleString("en-US"),
      times(toGo(findings, one)),
      times(toAdbc(findings, one)),
      text(medianOf(one.rounds, ({ clientCpu }) => clientCpu), 2),
      text(medianOf(one.rounds, ({ serverCpu }) => serverCpu), 2),
    ];
  });
  const note = NOTES[test];
  return `### ${title(test, findings)}\n\n${note && `${note}\n\n`}` + table(
    [
      "server",
      "client",
      unit,
      "to arrow-go",
      "to ADBC SQLite",
      "client CPU s",
      "server CPU s",
    ],
    rows,
  );
}

function memoryTable({ memory }: SqlFindings): string {
  if (memory.length === 0) return "";
  const many = (rows: number) => rows.toLocaleString("en-US");
  return "### SQL: memory of the server, in MiB\n\n" + table(
    [
      "server",
      "at rest",
      `peak, ${many(memory[0]!.rows)} rows`,
      `peak, ${many(memory[0]!.bigRows)} rows`,
    ],
    memory.map(({ server, restMib, peakMib, bigPeakMib }) => [
      server,
      text(restMib, 0),
      text(peakMib, 0),
      text(bigPeakMib, 0),
    ]),
  );
}

/** Reports for each target whether it was met; a line for each. */
export function sqlTargets(findings: SqlFindings): string[] {
  return findings.measured.flatMap((one) => {
    const { test, client, server } = one;
    const factor = toGo(findings, one);
    if (!server?.endsWith("SQLite") || factor === undefined) return [];
    const target = TARGETS[test];
    return [
      `- ${factor >= target ? "met" : "**not met**"}: ` +
      `${title(test, findings)}, ${server}, client ${client}: ` +
      `${times(factor)} arrow-go, to be ${times(target)}`,
    ];
  });
}

/** Formats the tables. */
export function sqlReport(findings: SqlFindings): string {
  return [
    ...SQL_TESTS.map((test) => testTable(findings, test)),
    memoryTable(findings),
  ].filter((part) => part !== "").join("\n\n");
}
