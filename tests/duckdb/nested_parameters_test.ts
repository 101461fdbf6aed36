import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import { execute, query } from "../support/databases.ts";
import { rows, withDatabase } from "./databases.ts";
import { skip } from "./duckdb_package.ts";

/** Types of nested values, and values of them in SQL. */
const VALUES: readonly (readonly [type: string, value: string])[] = [
  ["INTEGER[]", "[1, NULL, 3]"],
  ["INTEGER[]", "[]"],
  [
    "VARCHAR[]",
    "['it''s', 'a \"quote\", a comma', '[]', 'NULL', NULL, '', ' é😀\\']",
  ],
  ["BLOB[]", "['\\x00\\xFF\\x41'::BLOB, ''::BLOB]"],
  ["DECIMAL(20, 3)[]", "[12345678901234567.125, -0.001]"],
  ["BIGINT[][]", "[[9223372036854775807], [], NULL]"],
  ["DOUBLE[2]", "[1.5, 'Infinity'::DOUBLE]"],
  ["DATE[]", "[DATE '1969-12-31', DATE '12024-01-01']"],
  ["TIME[]", "[TIME '23:59:59.999999']"],
  ["TIMESTAMP[]", "[TIMESTAMP '2026-01-02 03:04:05.000006']"],
  ["TIMESTAMP_NS[]", "[TIMESTAMP_NS '2026-01-02 03:04:05.000000006']"],
  ["TIMESTAMPTZ[]", "[TIMESTAMPTZ '2026-01-02 03:04:05.000006+02']"],
  ["UTINYINT[]", "[255]"],
  ["UBIGINT[]", "[18446744073709551615]"],
  ["BOOLEAN[]", "[true, false, NULL]"],
  ['STRUCT(a INTEGER, "b c" VARCHAR)', "{'a': 1, 'b c': 'x, }'}"],
  ["STRUCT(a STRUCT(b INTEGER[]))", "{'a': {'b': [1, 2]}}"],
  ["MAP(VARCHAR, INTEGER)", "MAP {'k': 1, 'a=b, {}': NULL, '': 3}"],
  ["MAP(INTEGER, VARCHAR[])", "MAP {1: ['x'], 2: NULL}"],
  [
    "MAP(VARCHAR, MAP(DATE, BLOB))",
    "MAP {'k': MAP {DATE '2026-01-01': 'b'::BLOB}}",
  ],
  ["MAP(VARCHAR, INTEGER)", "MAP {}"],
  [
    "STRUCT(m MAP(VARCHAR, DOUBLE), l INTEGER[])[]",
    "[{'m': MAP {'x': 0.1}, 'l': [1]}, NULL]",
  ],
  ["UNION(n INTEGER, s VARCHAR)", "union_value(s := 'x')"],
  ["INTERVAL", "INTERVAL '1 month 2 days 3.000004 seconds'"],
  ["INTERVAL[]", "[INTERVAL '-1 month', INTERVAL '36 hours']"],
  ["MAP(VARCHAR, INTEGER)", "NULL"],
  ["STRUCT(a INTEGER)", "NULL"],
];

describe("nested parameters of DuckDB", { skip }, () => {
  for (const [type, value] of VALUES) {
    it(`come back as they were: ${type} ${value}`, () =>
      withDatabase(async (connection) => {
        const expression = `(${value})::${type}`;
        const { batches } = await query(
          connection,
          `SELECT ${expression} AS v`,
        );
        assertEquals(
          await rows(
            connection,
            `SELECT (?::${type}) IS NOT DISTINCT FROM ${expression}`,
            batches[0],
          ),
          [[true]],
        );
        await execute(connection, `CREATE TABLE t(v ${type})`);
        await execute(connection, "INSERT INTO t VALUES ($1)", batches[0]);
        assertEquals(
          await rows(
            connection,
            `SELECT v IS NOT DISTINCT FROM ${expression} FROM t`,
          ),
          [[true]],
        );
      }));
  }

  it("are bound in each of many rows, beside others", () =>
    withDatabase(async (connection) => {
      await execute(
        connection,
        "CREATE TABLE t(i BIGINT, m MAP(VARCHAR, BIGINT))",
      );
      const { batches } = await query(
        connection,
        "SELECT i, CASE WHEN i % 3 <> 0 THEN MAP {'k' || i: i} END AS m FROM range(100) r(i)",
      );
      assertEquals(
        await execute(connection, "INSERT INTO t VALUES (?, ?)", batches[0]),
        100n,
      );
      assertEquals(
        await rows(
          connection,
          "SELECT count(*), count(m), sum(m['k' || i])::BIGINT FROM t",
        ),
        [[100n, 66n, 3267n]],
      );
    }));

  it("become JSON where a text is wanted", () =>
    withDatabase(async (connection) => {
      await execute(connection, "CREATE TABLE t(v VARCHAR)");
      const { batches } = await query(connection, "SELECT {'a': [1, 2]} AS v");
      await execute(connection, "INSERT INTO t VALUES (?)", batches[0]);
      assertEquals(await rows(connection, "FROM t"), [['{"a":[1,2]}']]);
    }));
});
