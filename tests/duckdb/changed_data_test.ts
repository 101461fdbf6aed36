import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import type { DatabaseConnection } from "@contrail/flight/duckdb";
import { duckdb } from "@contrail/flight/duckdb";
import { assertFlightError } from "../support/rejections.ts";
import { execute, signal } from "../support/databases.ts";
import { rows } from "./databases.ts";
import { api, skip } from "./duckdb_package.ts";

/** Two connections to a table of the numbers 1 and 2. */
async function withConnections(
  use: (one: DatabaseConnection, other: DatabaseConnection) => Promise<void>,
): Promise<void> {
  const instance = await api.DuckDBInstance.create(":memory:");
  const adapter = duckdb(instance, { readOnly: false });
  const [one, other] = [await adapter.connect(), await adapter.connect()];
  await execute(one, "CREATE TABLE t(a BIGINT, b VARCHAR)");
  await execute(one, "CREATE TABLE u(a BIGINT PRIMARY KEY)");
  await execute(one, "INSERT INTO t VALUES (1, 'x'), (2, 'y')");
  await execute(one, "INSERT INTO u VALUES (1), (2)");
  try {
    await use(one, other);
  } finally {
    await adapter.close();
    instance.closeSync();
  }
}

/** Rows that are outside of what the statistics of the tables say. */
const MORE = [
  "INSERT INTO t VALUES (9000000000, 'a long text of another length'), (-10, 'z')",
  "INSERT INTO u VALUES (9000000000), (-10)",
];

const QUERIES = [
  "SELECT DISTINCT a FROM t ORDER BY a",
  "SELECT a, count(*) FROM t GROUP BY a ORDER BY a",
  "SELECT t.a FROM t JOIN u ON t.a = u.a ORDER BY t.a",
  "SELECT a FROM t WHERE a > 0 ORDER BY a",
  "SELECT a FROM t WHERE a = 9000000000",
  "SELECT a FROM u WHERE a = -10",
  "SELECT count(*) FROM t WHERE b > 'yy'",
];

const CHANGES = [
  "UPDATE t SET a = a + 1 WHERE a > 0",
  "DELETE FROM t WHERE a < 100",
  "INSERT INTO t SELECT DISTINCT a, 'copy' FROM u",
];

async function read(
  statement: Awaited<ReturnType<DatabaseConnection["prepare"]>>,
): Promise<unknown[][]> {
  const all: unknown[][] = [];
  for await (const batch of statement.query(undefined, { signal })) {
    for (const row of batch) all.push([...row].map(([, value]) => value));
  }
  return all;
}

describe("statements of DuckDB that were compiled before the data changed", {
  skip,
}, () => {
  for (const sql of QUERIES) {
    for (const writer of ["the same", "another"]) {
      it(`see what ${writer} connection has written since: ${sql}`, () =>
        withConnections(async (one, other) => {
          const used = await one.prepare(sql, { signal });
          const unused = await one.prepare(sql, { signal });
          await read(used);
          for (const more of MORE) {
            await execute(writer === "another" ? other : one, more);
          }
          const expected = await rows(one, sql);
          assertEquals(await read(used), expected);
          assertEquals(await read(unused), expected);
          await one.begin();
          await execute(one, "INSERT INTO t VALUES (77, 'own')");
          assertEquals(await read(used), await rows(one, sql));
          await one.rollback();
        }));
    }
  }

  for (const sql of CHANGES) {
    it(`change the rows that are there when they run: ${sql}`, () =>
      withConnections(async (one, other) => {
        const statement = await one.prepare(sql, { signal });
        for (const more of MORE) await execute(other, more);
        await one.begin();
        await execute(one, sql);
        const expected = await rows(one, "FROM t ORDER BY a, b");
        await one.rollback();
        await statement.execute(undefined, { signal });
        assertEquals(await rows(one, "FROM t ORDER BY a, b"), expected);
      }));
  }

  it("are refused when their columns have changed, and hold nothing", () =>
    withConnections(async (one, other) => {
      const statement = await one.prepare("FROM u", { signal });
      await execute(other, "ALTER TABLE u ADD COLUMN b VARCHAR");
      await assertFlightError(
        read(statement),
        "ABORTED",
        /columns have changed/,
      );
      await execute(other, "DROP TABLE u");
      await one.begin();
      await one.commit();
    }));

  it("hold no transaction when their results were read, left or ended by others", () =>
    withConnections(async (one, other) => {
      const endless = "SELECT a, range FROM t, range(1000000000)";
      for (const leave of ["read", "left", "ended"]) {
        const statement = await one.prepare(
          leave === "left" ? endless : "FROM t",
          { signal },
        );
        const reading = statement.query(undefined, { signal })
          [Symbol.asyncIterator]();
        await reading.next();
        if (leave === "read") await reading.next();
        if (leave === "left") await reading.return!();
        await one.begin();
        await one.commit();
        // Nothing waits for a lock, and no row is of an old snapshot.
        await execute(other, "UPDATE t SET b = 'new' WHERE a = 1");
        assertEquals(await rows(one, "SELECT b FROM t WHERE a = 1"), [["new"]]);
      }
    }));
});
