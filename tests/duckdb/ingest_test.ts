import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import { Int32, Utf8, vectorFromArray } from "apache-arrow";
import { assertFlightError } from "../support/rejections.ts";
import { batchOf, execute, ingest, query } from "../support/databases.ts";
import { CREATE, dataOf, plain, rows, withDatabase } from "./databases.ts";
import { skip } from "./duckdb_package.ts";

describe("an ingest into DuckDB", { skip }, () => {
  it("brings back every type that a result can have", () =>
    withDatabase(async (connection) => {
      const source =
        `SELECT i::TINYINT AS i8, i::UBIGINT AS u64, i * 1.5::DOUBLE AS f, (i * 1.25)::DECIMAL(30, 2) AS dec, 'text that is long enough ' || i AS s,
        encode('bytes ' || i) AS b, i % 2 = 0 AS bo, DATE '2024-01-01' + i::INTEGER AS d, TIME '00:00:01' AS t, TIMESTAMP '2024-01-01' AS ts, TIMESTAMP_S '2024-01-01 00:00:00' AS tss,
        TIMESTAMP_NS '2024-01-01 00:00:00.000000001' AS tsn, TIMESTAMPTZ '2024-01-01 00:00:00+00' AS tz, INTERVAL (i) DAY AS iv, [i, NULL] AS l, [i, i]::BIGINT[2] AS a,
        {'x': i, 'y': ['z']} AS st, MAP {'k': i} AS m, NULL::VARCHAR AS n, CASE WHEN i = 3 THEN NULL ELSE i END AS sparse FROM range(100) r(i)`;
      const original = await query(connection, source);
      const batch = original.batches[0]!;
      assertEquals(
        await ingest(
          connection,
          { table: "t", ...CREATE },
          dataOf(...original.batches),
        ),
        100n,
      );
      const back = await query(connection, "SELECT * FROM t");
      assertEquals(back.types, original.types);
      assertEquals(plain(back.rows), plain(original.rows));
      const slices = dataOf(batch.slice(1, 4), batch.slice(4, 5));
      assertEquals(
        await ingest(connection, { table: "u", ...CREATE }, slices),
        4n,
      );
      assertEquals(
        plain(await rows(connection, "SELECT * FROM u")),
        plain(original.rows.slice(1, 5)),
      );
    }));

  it("has all modes, and is all or nothing", () =>
    withDatabase(async (connection) => {
      const batch = batchOf({
        b: vectorFromArray(["x", null], new Utf8()),
        a: vectorFromArray([1, 2], new Int32()),
      });
      const into = (
        ifNotExist: "CREATE" | "FAIL",
        ifExists: "FAIL" | "APPEND" | "REPLACE",
      ) =>
        ingest(connection, { table: "t", ifNotExist, ifExists }, dataOf(batch));
      await assertFlightError(
        into("FAIL", "APPEND"),
        "NOT_FOUND",
        /no table "t"/,
      );
      await execute(
        connection,
        "CREATE TABLE t(a BIGINT CHECK (a < 10), b VARCHAR)",
      );
      await assertFlightError(
        into("CREATE", "FAIL"),
        "ALREADY_EXISTS",
        /is a table "t" already/,
      );
      assertEquals(await into("FAIL", "APPEND"), 2n);
      assertEquals(await rows(connection, "SELECT a, b FROM t"), [[1n, "x"], [
        2n,
        null,
      ]]);
      const bad = batchOf({ a: vectorFromArray([99], new Int32()) });
      await assertFlightError(
        ingest(connection, {
          table: "t",
          ifNotExist: "FAIL",
          ifExists: "APPEND",
        }, dataOf(bad)),
        "FAILED_PRECONDITION",
        /CHECK/,
      );
      assertEquals(await rows(connection, "SELECT count(*) FROM t"), [[2n]]);
      assertEquals(await into("CREATE", "REPLACE"), 2n);
      assertEquals((await query(connection, "SELECT * FROM t")).types, [
        "Utf8",
        "Int32",
      ]);
      await assertFlightError(
        ingest(
          connection,
          { table: "t", catalog: "nope", ...CREATE },
          dataOf(batch),
        ),
        "NOT_FOUND",
        /no schema "main" in the catalog "nope"/,
      );
      const name = `odd "name"; DROP TABLE t`;
      await ingest(connection, { table: name, ...CREATE }, dataOf(batch));
      assertEquals(
        await rows(
          connection,
          `SELECT count(*) FROM "${name.replaceAll('"', '""')}"`,
        ),
        [[2n]],
      );
      await assertFlightError(
        ingest(connection, { table: "a\0b", ...CREATE }, dataOf(batch)),
        "INVALID_ARGUMENT",
        /Cannot use the name "a\\u0000b"/,
      );
      await connection.begin();
      await ingest(
        connection,
        { table: "tmp", temporary: true, ...CREATE },
        dataOf(batch),
      );
      assertEquals(await rows(connection, "SELECT count(*) FROM temp.tmp"), [[
        2n,
      ]]);
      await connection.rollback();
    }));
});
