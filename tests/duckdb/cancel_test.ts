import { describe, it } from "node:test";
import { assert } from "@std/assert";
import { Int64, vectorFromArray } from "apache-arrow";
import { type DatabaseConnection, duckdb } from "@contrail/flight/duckdb";
import { cancelEverywhere } from "../support/cancel_everywhere.ts";
import { batchOf, execute } from "../support/databases.ts";
import { CREATE } from "./databases.ts";
import { api, skip } from "./duckdb_package.ts";

const values = batchOf({
  a: vectorFromArray(
    Array.from({ length: 100 }, (_, i) => BigInt(i)),
    new Int64(),
  ),
});

type Call = (
  connection: DatabaseConnection,
  signal: AbortSignal,
) => Promise<unknown>;

const read = (sql: string): Call => async (connection, signal) => {
  const statement = await connection.prepare(sql, { signal });
  for await (const _ of statement.query(undefined, { signal }));
};

/** The calls by their names, with the rows that they leave. */
const CALLS: Readonly<Record<string, readonly [rows: number, call: Call]>> = {
  "a query of many rows": [0, read("SELECT range FROM range(300000)")],
  "a query that sorts": [
    0,
    read(
      "SELECT max(r) FROM (SELECT hash(range) AS r FROM range(300000) ORDER BY 1)",
    ),
  ],
  "a change": [1000, async (connection, signal) => {
    const statement = await connection.prepare(
      "INSERT INTO t SELECT range FROM range(1000)",
      { signal },
    );
    await statement.execute(undefined, { signal });
  }],
  "a change for many rows of parameters": [
    100,
    async (connection, signal) => {
      const sql = "INSERT INTO t VALUES (?)";
      const statement = await connection.prepare(sql, { signal });
      await statement.execute(values, { signal });
    },
  ],
  "a change that gives rows": [
    1000,
    read("INSERT INTO t SELECT range FROM range(1000) RETURNING a"),
  ],
  "an ingest": [1000, (connection, signal) =>
    Promise.resolve(connection.ingest(
      { table: "t", ...CREATE, ifExists: "APPEND" },
      {
        schema: values.schema,
        batches: (async function* () {
          for (let i = 0; i < 10; i++) yield values;
        })(),
      },
      { signal },
    ))],
};

describe("a call of DuckDB that is canceled at every stage", { skip }, () => {
  for (const [name, [rows, call]] of Object.entries(CALLS)) {
    it(`ends, and leaves all or nothing: ${name}`, async () => {
      const instance = await api.DuckDBInstance.create(":memory:");
      const adapter = duckdb(instance, { readOnly: false, batchRows: 2048 });
      const connection = await adapter.connect();
      await execute(connection, "CREATE TABLE t(a BIGINT)");
      await connection.close();
      assert(await cancelEverywhere(adapter, call, rows) > 0);
      await adapter.close();
      instance.closeSync();
    });
  }
});
