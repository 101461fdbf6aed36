import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import { Int64, Utf8, vectorFromArray } from "apache-arrow";
import { assertFlightError } from "../support/rejections.ts";
import { batchOf, execute, query, withDatabase } from "./databases.ts";

describe("parameters of SQLite", () => {
  it("are bound by position and by name", () =>
    withDatabase(async (connection) => {
      const two = batchOf({
        a: vectorFromArray([1n], new Int64()),
        b: vectorFromArray(["x"], new Utf8()),
      });
      for (
        const sql of [
          "SELECT ?, ?",
          "SELECT ?1, ?2",
          "SELECT :a, :b",
          "SELECT @a, $b",
          "SELECT :a, ?",
        ]
      ) {
        const statement = await query(connection, `${sql}, typeof(1)`, two);
        assertEquals(statement.rows, [[
          "1",
          "x",
          "text".replace("text", "integer"),
        ]], sql);
      }
      const reversed = await query(
        connection,
        "SELECT ?2 || '-' || ?1 || '-' || ?1",
        two,
      );
      assertEquals(reversed.rows, [["x-1-1"]]);
      const { rows } = await query(
        connection,
        "SELECT typeof(?), typeof(?)",
        two,
      );
      assertEquals(rows, [["integer", "text"]]);
    }));

  it("run a query once for each row", () =>
    withDatabase(async (connection) => {
      const rows = batchOf({ n: vectorFromArray([1n, null, 3n], new Int64()) });
      const result = await query(
        connection,
        "SELECT ?1 + 1.0 AS n UNION ALL SELECT ?1 * 10.0",
        rows,
      );
      assertEquals(result.rows, [[2], [10], [null], [null], [4], [30]]);
    }));

  it("run an update once for each row, all or none", () =>
    withDatabase(async (connection) => {
      await execute(connection, "CREATE TABLE t(n INTEGER PRIMARY KEY)");
      const rows = (...values: bigint[]) =>
        batchOf({ n: vectorFromArray(values, new Int64()) });
      assertEquals(
        await execute(connection, "INSERT INTO t VALUES (?)", rows(1n, 2n)),
        2n,
      );
      await assertFlightError(
        execute(connection, "INSERT INTO t VALUES (?)", rows(3n, 1n)),
        "ALREADY_EXISTS",
        /UNIQUE constraint failed: t.n \(SQLITE_CONSTRAINT/,
      );
      assertEquals((await query(connection, "SELECT n FROM t")).rows, [[1n], [
        2n,
      ]]);
      assertEquals(await execute(connection, "UPDATE t SET n = n + 10"), 2n);
      assertEquals(await execute(connection, "CREATE TABLE u(x)"), 0n);
      const returned = await query(
        connection,
        "DELETE FROM t WHERE n > ? RETURNING n",
        rows(11n, 10n),
      );
      assertEquals(returned.rows, [[12n], [11n]]);
    }));

  it("must be as many as the statement has", () =>
    withDatabase(async (connection) => {
      const one = batchOf({ a: vectorFromArray([1n], new Int64()) });
      await assertFlightError(
        query(connection, "SELECT ?, ?", one),
        "INVALID_ARGUMENT",
        /has 2, and 1 are given/,
      );
      await assertFlightError(
        query(connection, "SELECT ?"),
        "INVALID_ARGUMENT",
        /has 1, and 0 are given/,
      );
      await assertFlightError(
        query(connection, "SELECT 1", one),
        "INVALID_ARGUMENT",
        /has 0, and 1 are given/,
      );
    }));
});
