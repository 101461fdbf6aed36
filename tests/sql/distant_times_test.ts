/** Dates and times that neither Date nor Temporal has, through clients and databases. */

import { assert, assertEquals } from "@std/assert";
import {
  Field,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  TimeMicrosecond,
  TimestampMicrosecond,
  TimestampSecond,
} from "apache-arrow";
import { describe, it } from "node:test";
import {
  dateFromEpochNanoseconds,
  epochNanoseconds,
  FlightError,
} from "@contrail/flight";
import { duckdb } from "@contrail/flight/duckdb";
import { connectInMemory } from "@contrail/flight/memory";
import { flightSql, type FlightSqlClient } from "@contrail/flight/sql";
import { database, flightSqlService } from "@contrail/flight/sql/server";
import { type DatabaseAdapter, sqlite } from "@contrail/flight/sqlite";
import { api, skip } from "../duckdb/duckdb_package.ts";
import { assertFlightError } from "../support/rejections.ts";

/** Most that 64 bits hold: "infinity" for DuckDB. */
const MOST = 2n ** 63n - 1n;

async function withClient(
  adapter: DatabaseAdapter,
  use: (client: FlightSqlClient) => Promise<void>,
): Promise<void> {
  await using service = flightSqlService(database(adapter));
  await using client = flightSql(connectInMemory(service));
  await use(client);
}

/** A batch with an `id` and one column of times, as the wire has them. */
function batchOf(
  type: TimestampMicrosecond | TimestampSecond | TimeMicrosecond,
  values: readonly bigint[],
): RecordBatch {
  const length = values.length;
  const schema = new Schema([
    new Field("id", new Int32(), true),
    new Field("t", type, true),
  ]);
  const id = Int32Array.from(values, (_, i) => i);
  const children = [
    makeData({ type: new Int32(), data: id, length }),
    makeData({ type, data: BigInt64Array.from(values), length } as never),
  ];
  const type_ = new Struct(schema.fields);
  return new RecordBatch(schema, makeData({ type: type_, length, children }));
}

describe("distant times with DuckDB", { skip }, () => {
  const withDuckdb = async (
    use: (client: FlightSqlClient) => Promise<void>,
  ): Promise<void> => {
    const instance = await api.DuckDBInstance.create(":memory:");
    try {
      await withClient(duckdb(instance, { readOnly: false }), use);
    } finally {
      instance.closeSync();
    }
  };

  const VALUES = [
    "DATE 'infinity'",
    "DATE '-infinity'",
    "DATE '5000000-01-01'",
    "DATE '275760-09-14'",
    "TIMESTAMP 'infinity'",
    "TIMESTAMP '290000-01-01'",
    "TIMESTAMPTZ '-infinity'",
    "TIMESTAMP_S 'infinity'",
  ];

  it("are Dates that come back as the same parameters", () =>
    withDuckdb(async (client) => {
      for (const value of VALUES) {
        const row = await client.query(`SELECT ${value} AS t`).first();
        const { t } = row as { t: Date };
        assert(!Number.isNaN(t.getTime()), value);
        assert(epochNanoseconds(t) !== BigInt(t.getTime()) * 1_000_000n);
        const [type] = value.split(" ");
        assertEquals(
          await client.query(`SELECT ${value} = ?::${type} AS same`, [t]),
          [{ same: true }],
          value,
        );
      }
    }));

  // Node.js 24 has none.
  const temporal = { skip: !("Temporal" in globalThis) };
  it(
    "fail with a clear error as values of Temporal",
    temporal,
    () =>
      withDuckdb(async (client) => {
        for (
          const value of [
            ...VALUES,
            "TIME '24:00:00'",
            "INTERVAL '1 month -1 day'",
          ]
        ) {
          const sql = `SELECT 1 AS n, ${value} AS t`;
          await assertFlightError(
            (async () => await client.query(sql, [], { temporal: true }))(),
            "OUT_OF_RANGE",
            /Cannot read row 0, of type .*: Temporal has no such value; leave out the option temporal/,
          );
        }
      }),
  );

  it("are ingested as they are", () =>
    withDuckdb(async (client) => {
      const times = [MOST, -MOST, 2n ** 62n, 0n];
      const batch = batchOf(new TimestampMicrosecond(), times);
      assertEquals(await client.ingest("far", batch), 4n);
      const rows = await client.query("SELECT t FROM far ORDER BY id");
      const nanos = rows.map(({ t }) => epochNanoseconds(t as Date));
      assertEquals(nanos, times.map((micros) => micros * 1000n));
    }));

  it("fail as parameters where they have more than 64 bits of microseconds", () =>
    withDuckdb(async (client) => {
      const sql = "SELECT ?::INTEGER AS id, ?::TIMESTAMP AS t";
      const far = batchOf(new TimestampSecond(), [2n ** 50n]);
      await assertFlightError(
        (async () => await client.query(sql, far))(),
        "OUT_OF_RANGE",
        /Cannot store the time 1125899906842624/,
      );
    }));
});

describe("distant times with SQLite", () => {
  it("are refused by an ingest with a clear error", () =>
    withClient(sqlite(":memory:"), async (client) => {
      const far = batchOf(new TimestampMicrosecond(), [0n, MOST]);
      await assertFlightError(
        client.ingest("far", far),
        "OUT_OF_RANGE",
        /outside of the years 0 to 9999/,
      );
    }));

  it("are refused where they are no times of a day", () =>
    withClient(sqlite(":memory:"), async (client) => {
      for (const micros of [86_400_000_000n, -1n]) {
        await assertFlightError(
          client.ingest("t", batchOf(new TimeMicrosecond(), [0n, micros])),
          "OUT_OF_RANGE",
          /Cannot store the time .*: it is outside of a day/,
        );
      }
    }));

  it("keep the nanoseconds of a Date that becomes a text", () =>
    withClient(sqlite(":memory:"), async (client) => {
      const echo = async (date: Date) =>
        await client.query("SELECT ? AS t", [date]).first();
      const nanos = 1_700_000_000_123_456_000n;
      assertEquals(await echo(dateFromEpochNanoseconds(nanos)), {
        t: "2023-11-14T22:13:20.123456Z",
      });
      assertEquals(
        await echo(
          dateFromEpochNanoseconds(nanos - 10n ** 9n * 1_700_000_001n + 7n),
        ),
        {
          t: "1969-12-31T23:59:59.123456007Z",
        },
      );
      assertEquals(await echo(new Date(0)), { t: "1970-01-01T00:00:00.000Z" });
      const error = await echo(dateFromEpochNanoseconds(MOST * 1000n))
        .catch((error: unknown) => error);
      assert(error instanceof Error && !FlightError.is(error));
      assert(/beyond the years of ISO 8601/.test(error.message));
    }));
});
