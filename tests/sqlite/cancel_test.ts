import { describe, it } from "node:test";
import { assert } from "@std/assert";
import { Int64, vectorFromArray } from "apache-arrow";
import { type DatabaseConnection, sqlite } from "@contrail/flight/sqlite";
import { cancelEverywhere } from "../support/cancel_everywhere.ts";
import { batchOf, execute } from "../support/databases.ts";

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
  "a query of many rows": [
    0,
    read(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) SELECT i FROM n",
    ),
  ],
  "a query that sorts": [
    0,
    read(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) SELECT i FROM n ORDER BY i * 7919 % 65537",
    ),
  ],
  "a change": [1000, async (connection, signal) => {
    const statement = await connection.prepare(
      "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n",
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
    read(
      "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n RETURNING a",
    ),
  ],
  "an ingest": [1000, (connection, signal) =>
    Promise.resolve(connection.ingest(
      { table: "t", ifNotExist: "CREATE", ifExists: "APPEND" },
      {
        schema: values.schema,
        batches: (async function* () {
          for (let i = 0; i < 10; i++) yield values;
        })(),
      },
      { signal },
    ))],
};

describe("a call of SQLite that is canceled at every stage", () => {
  for (const [name, [rows, call]] of Object.entries(CALLS)) {
    it(`ends, and leaves all or nothing: ${name}`, async () => {
      const adapter = sqlite(":memory:", { batchRows: 2048 });
      const connection = await adapter.connect();
      await execute(connection, "CREATE TABLE t(a BIGINT)");
      await connection.close();
      assert(await cancelEverywhere(adapter, call, rows) > 0);
      await adapter.close();
    });
  }
});
