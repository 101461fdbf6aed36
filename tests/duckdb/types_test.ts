import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import { assertFlightError } from "../support/rejections.ts";
import { execute, query, signal } from "../support/databases.ts";
import { plain, raw, rows, withDatabase } from "./databases.ts";
import { skip } from "./duckdb_package.ts";

describe("types of DuckDB", { skip }, () => {
  it("are those of Arrow, with every value as it is", () =>
    withDatabase(async (connection) => {
      const cases: [sql: string, type: string, value: unknown][] = [
        ["true", "Bool", true],
        ["(-128)::TINYINT", "Int8", -128],
        ["(-32768)::SMALLINT", "Int16", -32768],
        ["5", "Int32", 5],
        ["9223372036854775807", "Int64", 2n ** 63n - 1n],
        ["255::UTINYINT", "Uint8", 255],
        ["65535::USMALLINT", "Uint16", 65535],
        ["4294967295::UINTEGER", "Uint32", 4294967295],
        ["18446744073709551615::UBIGINT", "Uint64", 2n ** 64n - 1n],
        ["1.5::FLOAT", "Float32", 1.5],
        ["1e300::DOUBLE", "Float64", 1e300],
        ["''", "Utf8", ""],
        ["'short é'", "Utf8", "short é"],
        [
          "'a text that is longer than twelve bytes 😀'",
          "Utf8",
          "a text that is longer than twelve bytes 😀",
        ],
        ["'\\x00\\xFF'::BLOB", "Binary", Uint8Array.of(0, 255)],
        [
          "encode('0123456789abcdef')",
          "Binary",
          new TextEncoder().encode("0123456789abcdef"),
        ],
        ["DATE '1969-12-31'", "Date32<DAY>", -86400000],
        [
          "UUID '00112233-4455-6677-8899-aabbccddeeff'",
          "Utf8",
          "00112233-4455-6677-8899-aabbccddeeff",
        ],
        ["'101'::BIT", "Utf8", "101"],
        ["TIMETZ '01:02:03+02'", "Utf8", "01:02:03+02"],
        ["'b'::ENUM('a', 'b')", "Dictionary<Uint8, Utf8>", "b"],
        ["[1, NULL, 3]", "List<Int32>", [1, null, 3]],
        ["[['a'], [], NULL]", "List<List<Utf8>>", [["a"], [], null]],
        ["[1, 2]::INTEGER[2]", "FixedSizeList[2]<Int32>", [1, 2]],
        ["{'a': 1, 'b': 'x'}", "Struct<{a:Int32, b:Utf8}>", { a: 1, b: "x" }],
        ["{'a': NULL::INTEGER}", "Struct<{a:Int32}>", { a: null }],
        ["MAP {'k': 1}", "Map<{key:Utf8, value:Int32}>", { k: 1 }],
        ["NULL::INTEGER", "Int32", null],
        ["NULL::INTEGER[]", "List<Int32>", null],
        ["NULL::VARCHAR", "Utf8", null],
      ];
      const { types, rows } = await query(
        connection,
        `SELECT ${cases.map(([sql]) => sql).join(", ")}`,
      );
      cases.forEach(([sql, type, value], i) => {
        assertEquals(types[i], type, sql);
        assertEquals(plain(rows[0]![i]), plain(value), sql);
      });
    }));

  it("keep all digits of decimals and large integers", () =>
    withDatabase(async (connection) => {
      const { types, batches: [batch] } = await query(
        connection,
        "SELECT -1.5::DECIMAL(4, 1), 2.25::DECIMAL(9, 2), -3.125::DECIMAL(18, 3), -4.5::DECIMAL(38, 1), (-170)::HUGEINT, 170::UHUGEINT",
      );
      assertEquals(
        types.map((type) => type.replace(/\[.*/, "")),
        new Array(6).fill("Decimal"),
      );
      const values = [-15n, 225n, -3125n, -45n, -170n, 170n];
      values.forEach((value, i) => {
        const words = raw(batch!, i) as number[];
        const found = words.reduceRight(
          (all, word) => (all << 32n) | BigInt(word),
          0n,
        );
        assertEquals(BigInt.asIntN(128, found), value);
      });
      const huge = 10n ** 38n;
      assertEquals(
        (await rows(connection, `SELECT ${huge - 1n}::HUGEINT`)).length,
        1,
      );
      await assertFlightError(
        query(connection, `SELECT ${huge}::HUGEINT AS h`),
        "OUT_OF_RANGE",
        /Column "h": The integer 1000.* CAST it to VARCHAR/,
      );
    }));

  it("keep all digits of times", () =>
    withDatabase(async (connection) => {
      const { types, batches: [batch] } = await query(
        connection,
        `SELECT TIMESTAMP '1969-12-31 23:59:59.999999', TIMESTAMP_S '2024-01-01 00:00:00', TIMESTAMP_MS '1970-01-01 00:00:00.001',
          TIMESTAMP_NS '1970-01-01 00:00:00.000000001', TIMESTAMPTZ '1970-01-01 02:00:00+02', TIME '00:00:00.000001', INTERVAL '1 month 2 days 3 microseconds'`,
      );
      assertEquals(types, [
        "Timestamp<MICROSECOND>",
        "Timestamp<SECOND>",
        "Timestamp<MILLISECOND>",
        "Timestamp<NANOSECOND>",
        "Timestamp<MICROSECOND, UTC>",
        "Time64<MICROSECOND>",
        "Interval<MONTH_DAY_NANO>",
      ]);
      const found = types.map((_, i) => raw(batch!, i));
      assertEquals(found, [[-1n], [1704067200n], [1n], [1n], [0n], [1n], [
        1,
        2,
        3000,
        0,
      ]]);
    }));

  it("have unions with the member of each row", () =>
    withDatabase(async (connection) => {
      await execute(
        connection,
        "CREATE TABLE t(u UNION(n INTEGER, s VARCHAR))",
      );
      await execute(connection, "INSERT INTO t VALUES (1), ('two'), (NULL)");
      const { types, rows } = await query(connection, "SELECT u FROM t");
      assertEquals(types, ["Union<Int32 | Utf8>"]);
      assertEquals(rows, [[1], ["two"], [null]]);
    }));

  it("are the same over many chunks, with nulls anywhere", () =>
    withDatabase(async (connection) => {
      const sql =
        `SELECT CASE WHEN i % 3 = 0 THEN NULL ELSE i END AS n, CASE WHEN i % 5 = 0 THEN NULL ELSE 'text number ' || i END AS s,
        CASE WHEN i % 7 = 0 THEN NULL ELSE [i, i + 1] END AS l, i % 2 = 0 AS b, {'x': CASE WHEN i > 4000 THEN i END} AS st FROM range(10001) r(i)`;
      const found = await rows(connection, sql);
      assertEquals(found.length, 10001);
      found.forEach(([n, s, l, b, st], i) => {
        const expected = [
          i % 3 === 0 ? null : BigInt(i),
          i % 5 === 0 ? null : `text number ${i}`,
          i % 7 === 0 ? null : [BigInt(i), BigInt(i + 1)],
          i % 2 === 0,
          { x: i > 4000 ? BigInt(i) : null },
        ];
        if (
          JSON.stringify(plain([n, s, l, b, st]), big) !==
            JSON.stringify(plain(expected), big)
        ) {
          assertEquals(plain([n, s, l, b, st]), plain(expected));
        }
      });
    }));

  it("of parameters are those of the columns that they meet", () =>
    withDatabase(async (connection) => {
      await execute(
        connection,
        "CREATE TABLE t(a INTEGER, b VARCHAR, c TIMESTAMP)",
      );
      const statement = await connection.prepare(
        "SELECT ? || 'x' FROM t WHERE a = ? AND c > ?",
        { signal },
      );
      const { fields } = statement.parameterSchema;
      assertEquals(fields.map((f) => `${f.name} ${f.type} ${f.nullable}`), [
        "parameter_1 Utf8 true",
        "parameter_2 Int32 true",
        "parameter_3 Timestamp<MICROSECOND> true",
      ]);
      const named = await connection.prepare("SELECT * FROM t WHERE a = $id", {
        signal,
      });
      assertEquals(named.parameterSchema.fields.map((f) => f.name), ["id"]);
    }));
});

function big(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}n` : value;
}
