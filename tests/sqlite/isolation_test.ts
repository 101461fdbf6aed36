import { describe, it } from "node:test";
import { assert, assertEquals } from "@std/assert";
import {
  type DatabaseAdapter,
  sqlite,
  type SqliteOptions,
} from "@contrail/flight/sqlite";
import { assertFlightError } from "../support/rejections.ts";
import { execute, query, signal, withFolder } from "./databases.ts";

async function withAdapter(
  use: (adapter: DatabaseAdapter, path: string) => Promise<void>,
  options: SqliteOptions = {},
): Promise<void> {
  await withFolder(async (path) => {
    const adapter = sqlite(path, { readOnly: false, ...options });
    try {
      await execute(await adapter.connect(), "CREATE TABLE t(x INTEGER)");
      await use(adapter, path);
    } finally {
      await adapter.close();
    }
  });
}

describe("connections to one file of SQLite", () => {
  it("read beside a writer, and see what is committed", () =>
    withAdapter(async (adapter) => {
      const [writer, reader] = [
        await adapter.connect(),
        await adapter.connect(),
      ];
      const count = async () =>
        (await query(reader, "SELECT count(*) FROM t")).rows[0]![0];
      await writer.begin();
      await execute(writer, "INSERT INTO t VALUES (1)");
      await execute(writer, "CREATE TABLE u(x)");
      assertEquals(await count(), 0n);
      // Metadata answer while another connection holds tables that it has not committed.
      const names = [];
      for await (const { name } of reader.tables({ includeSchema: true })) {
        names.push(name);
      }
      assertEquals(names, ["sqlite_schema", "t"]);
      await writer.commit();
      assertEquals(await count(), 1n);
    }));

  it("keep the state that a transaction began with", () =>
    withAdapter(async (adapter) => {
      const [writer, reader] = [
        await adapter.connect(),
        await adapter.connect(),
      ];
      await reader.begin();
      assertEquals((await query(reader, "SELECT count(*) FROM t")).rows, [[
        0n,
      ]]);
      await execute(writer, "INSERT INTO t VALUES (1)");
      assertEquals((await query(reader, "SELECT count(*) FROM t")).rows, [[
        0n,
      ]]);
      // Its data is out of date, so it cannot write.
      await assertFlightError(
        execute(reader, "INSERT INTO t VALUES (2)"),
        "ABORTED",
        /SQLITE_BUSY_SNAPSHOT|locked/,
      );
      await reader.rollback();
      assertEquals(await execute(reader, "INSERT INTO t VALUES (2)"), 1n);
    }, { busyTimeoutMs: 100 }));

  it("keep the state that a query began with", () =>
    withAdapter(async (adapter) => {
      const [writer, reader] = [
        await adapter.connect(),
        await adapter.connect(),
      ];
      await execute(
        writer,
        "INSERT INTO t SELECT value FROM json_each('[1,2,3,4,5,6,7,8,9,10]')",
      );
      const statement = await reader.prepare("SELECT x FROM t", { signal });
      const found: unknown[] = [];
      for await (const batch of statement.query(undefined, { signal })) {
        await execute(writer, "DELETE FROM t");
        found.push(...batch.getChildAt(0)!);
      }
      assertEquals(found.length, 10);
      assertEquals((await query(reader, "SELECT count(*) FROM t")).rows, [[
        0n,
      ]]);
    }, { batchRows: 3 }));

  it("keep no state of a change that failed while its rows were read", () =>
    withAdapter(async (adapter) => {
      const [failing, other] = [
        await adapter.connect(),
        await adapter.connect(),
      ];
      for (let i = 0; i < 3; i++) {
        // The column has integers, by its declared type, and the third row has none.
        const insert = "INSERT INTO t VALUES (1), (2), ('x'), (4) RETURNING x";
        await assertFlightError(
          query(failing, insert),
          "FAILED_PRECONDITION",
          /Row 2 holds the TEXT "x"/,
        );
        await execute(other, "INSERT INTO t VALUES (7)");
        await execute(failing, "INSERT INTO t VALUES (8)");
      }
      const { rows } = await query(failing, "SELECT x FROM t ORDER BY x");
      assertEquals(rows.map(([x]) => x), [7n, 7n, 7n, 8n, 8n, 8n]);
    }));

  it("write one after the other: the second one waits for busyTimeoutMs", () =>
    withAdapter(async (adapter) => {
      const [first, second] = [
        await adapter.connect(),
        await adapter.connect(),
      ];
      await first.begin();
      await execute(first, "INSERT INTO t VALUES (1)");
      await assertFlightError(
        execute(second, "INSERT INTO t VALUES (2)"),
        "UNAVAILABLE",
        /database is locked \(SQLITE_BUSY.*busyTimeoutMs/,
      );
      await first.commit();
      assertEquals(await execute(second, "INSERT INTO t VALUES (2)"), 1n);
      assertEquals((await query(first, "SELECT x FROM t")).rows, [[1n], [2n]]);
    }, { busyTimeoutMs: 50 }));

  it("lose no update of many writers", () =>
    withAdapter(async (adapter) => {
      const writers = await Promise.all(
        [0, 1, 2, 3].map(() => adapter.connect()),
      );
      await Promise.all(writers.map(async (writer, i) => {
        for (let n = 0; n < 25; n++) {
          await execute(writer, `INSERT INTO t VALUES (${i * 25 + n})`);
        }
      }));
      const { rows } = await query(
        writers[0]!,
        "SELECT count(DISTINCT x), count(*) FROM t",
      );
      assertEquals(rows, [[100n, 100n]]);
    }, { busyTimeoutMs: 60_000 }));

  it("roll back what they have not committed when they close", () =>
    withAdapter(async (adapter) => {
      const [first, second] = [
        await adapter.connect(),
        await adapter.connect(),
      ];
      await first.begin();
      await execute(first, "INSERT INTO t VALUES (1)");
      await first.close();
      assertEquals(await execute(second, "INSERT INTO t VALUES (2)"), 1n);
      assertEquals((await query(second, "SELECT x FROM t")).rows, [[2n]]);
    }));

  it("share the file with other programs", () =>
    withAdapter(async (adapter, path) => {
      const other = sqlite(path);
      try {
        await execute(await adapter.connect(), "INSERT INTO t VALUES (1)");
        const connection = await other.connect();
        assertEquals((await query(connection, "SELECT x FROM t")).rows, [[1n]]);
        await assertFlightError(
          execute(connection, "DELETE FROM t"),
          "FAILED_PRECONDITION",
          /readOnly/,
        );
      } finally {
        await other.close();
      }
    }));

  it("are as many as maxConnections", () =>
    withAdapter(async (adapter) => {
      const connection = await adapter.connect();
      await assertFlightError(
        (async () => await adapter.connect())(),
        "RESOURCE_EXHAUSTED",
        /maxConnections/,
      );
      await connection.close();
      assert((await adapter.connect()).isOpen);
    }, { maxConnections: 2 }));
});

describe("transactions of SQLite", () => {
  it("commit, and roll back, data and tables", () =>
    withAdapter(async (adapter) => {
      const connection = await adapter.connect();
      await connection.begin();
      await execute(connection, "INSERT INTO t VALUES (1)");
      await connection.commit();
      await connection.begin();
      await execute(connection, "INSERT INTO t VALUES (2)");
      await execute(connection, "CREATE TABLE u(x)");
      await connection.rollback();
      assertEquals((await query(connection, "SELECT x FROM t")).rows, [[1n]]);
      await assertFlightError(
        query(connection, "SELECT * FROM u"),
        "NOT_FOUND",
        /no such table: u/,
      );
      await connection.rollback();
      await assertFlightError(
        (async () => await connection.commit())(),
        "INVALID_ARGUMENT",
        /no transaction is active/,
      );
    }));

  it("have savepoints, whose names are quoted", () =>
    withAdapter(async (adapter) => {
      const connection = await adapter.connect();
      const name = `a"; DROP TABLE t; --`;
      await connection.begin();
      await execute(connection, "INSERT INTO t VALUES (1)");
      await connection.savepoint(name);
      await execute(connection, "INSERT INTO t VALUES (2)");
      await connection.rollbackToSavepoint(name);
      await execute(connection, "INSERT INTO t VALUES (3)");
      await connection.releaseSavepoint(name);
      await assertFlightError(
        (async () => await connection.releaseSavepoint(name))(),
        "NOT_FOUND",
        /no such savepoint/,
      );
      await connection.commit();
      assertEquals((await query(connection, "SELECT x FROM t")).rows, [[1n], [
        3n,
      ]]);
    }));

  it("go on after a statement that failed, without what it had done", () =>
    withAdapter(async (adapter) => {
      const connection = await adapter.connect();
      await execute(connection, "CREATE TABLE k(x PRIMARY KEY)");
      await connection.begin();
      await execute(connection, "INSERT INTO k VALUES (1)");
      await assertFlightError(
        execute(connection, "INSERT INTO k VALUES (2), (1)"),
        "ALREADY_EXISTS",
      );
      await connection.commit();
      assertEquals((await query(connection, "SELECT x FROM k")).rows, [["1"]]);
    }));

  it("read and write in turn while a result is open", () =>
    withAdapter(async (adapter) => {
      const connection = await adapter.connect();
      await connection.begin();
      await execute(
        connection,
        "INSERT INTO t SELECT value FROM json_each('[1,2,3,4,5,6]')",
      );
      const statement = await connection.prepare(
        "SELECT x FROM t WHERE x < 100 ORDER BY x + 0",
        { signal },
      );
      let rows = 0;
      for await (const batch of statement.query(undefined, { signal })) {
        rows += batch.numRows;
        await execute(connection, "INSERT INTO t VALUES (100)");
      }
      await connection.commit();
      assertEquals(rows, 6);
    }, { batchRows: 2 }));
});
