import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import { assertFlightError } from "../support/rejections.ts";
import { execute, query, rawValues, withDatabase } from "./databases.ts";

const MAX = 2n ** 63n - 1n;

describe("types of SQLite", () => {
  it("follow from declared types", () =>
    withDatabase(async (connection) => {
      const declared = {
        "INTEGER": "Int64",
        "BIGINT": "Int64",
        "UNSIGNED BIG INT": "Int64",
        "BOOLEAN": "Bool",
        "REAL": "Float64",
        "DOUBLE PRECISION": "Float64",
        "DECIMAL(10, 2)": "Float64",
        "NUMERIC": "Float64",
        "TEXT": "Utf8",
        "VARCHAR(255)": "Utf8",
        "CLOB": "Utf8",
        "JSON": "Utf8",
        "": "Utf8",
        "BLOB": "Binary",
        "DATE": "Date32<DAY>",
        "TIME": "Time64<MICROSECOND>",
        "DATETIME": "Timestamp<MICROSECOND>",
        "TIMESTAMP(6)": "Timestamp<MICROSECOND>",
        "TIMESTAMP_S": "Timestamp<SECOND>",
        "TIMESTAMP_NS": "Timestamp<NANOSECOND>",
        "TIMESTAMP WITH TIME ZONE": "Timestamp<MICROSECOND, UTC>",
      };
      const columns = Object.keys(declared).map((type, i) => `c${i} ${type}`);
      await execute(connection, `CREATE TABLE t(${columns.join(", ")})`);
      const { types } = await query(connection, "SELECT * FROM t");
      assertEquals(types, Object.values(declared));
    }));

  it("of expressions follow from the compiled statement", () =>
    withDatabase(async (connection) => {
      await execute(
        connection,
        "CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, price REAL, data BLOB, day DATE, any)",
      );
      await execute(
        connection,
        "INSERT INTO t VALUES (1, 'a', 1.5, x'01', '2024-02-29', 5)",
      );
      const cases: [sql: string, type: string][] = [
        ["count(*)", "Int64"],
        ["sum(id)", "Int64"],
        ["sum(price)", "Float64"],
        ["sum(id * price)", "Float64"],
        ["total(id)", "Float64"],
        ["avg(id)", "Float64"],
        ["min(id)", "Int64"],
        ["max(name)", "Utf8"],
        ["max(price)", "Float64"],
        ["max(data)", "Binary"],
        ["max(day)", "Utf8"],
        ["group_concat(name)", "Utf8"],
        ["count(DISTINCT name)", "Int64"],
      ];
      const many = await query(
        connection,
        `SELECT ${cases.map(([sql]) => sql).join(", ")} FROM t`,
      );
      assertEquals(many.types, cases.map(([, type]) => type));
      const single: [sql: string, type: string, value: unknown][] = [
        ["SELECT 1", "Int64", 1n],
        ["SELECT 1.0", "Float64", 1],
        ["SELECT 'x'", "Utf8", "x"],
        ["SELECT NULL", "Utf8", null],
        ["SELECT x'00ff'", "Binary", Uint8Array.of(0, 255)],
        ["SELECT 1 + 1.5", "Float64", 2.5],
        ["SELECT 'a' || 1", "Utf8", "a1"],
        ["SELECT 1 < 2", "Int64", 1n],
        ["SELECT CAST(name AS INTEGER) FROM t", "Int64", 0n],
        ["SELECT CAST(id AS TEXT) FROM t", "Utf8", "1"],
        [
          "SELECT CASE WHEN id = 1 THEN 'one' ELSE 'more' END FROM t",
          "Utf8",
          "one",
        ],
        ["SELECT CASE WHEN id = 1 THEN 1 ELSE 'more' END FROM t", "Utf8", "1"],
        ["SELECT CASE WHEN id = 1 THEN 1 ELSE 2.5 END FROM t", "Float64", 1],
        ["SELECT coalesce(NULL, id, 7) FROM t", "Int64", 1n],
        ["SELECT (SELECT max(id) FROM t)", "Int64", 1n],
        [
          "SELECT id + 1 FROM (SELECT id FROM t ORDER BY name) ORDER BY 1",
          "Int64",
          2n,
        ],
        [
          "SELECT n FROM (SELECT count(*) AS n FROM t GROUP BY name)",
          "Int64",
          1n,
        ],
        ["SELECT any FROM t", "Utf8", "5"],
        ["SELECT row_number() OVER (ORDER BY id) FROM t", "Int64", 1n],
        ["SELECT sum(id) OVER () FROM t", "Int64", 1n],
        ["SELECT lag(name, 0) OVER (ORDER BY id) FROM t", "Utf8", "a"],
        ["SELECT upper(name) FROM t UNION SELECT 'A'", "Utf8", "A"],
        ["SELECT id FROM t UNION ALL SELECT 1.5 ORDER BY 1", "Float64", 1],
        [
          "WITH w AS (SELECT count(*) AS n FROM t) SELECT n * 2 FROM w",
          "Int64",
          2n,
        ],
        [
          "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 3) SELECT sum(x) FROM c",
          "Int64",
          6n,
        ],
        [
          "SELECT name, count(*) AS n FROM t GROUP BY name ORDER BY n DESC",
          "Utf8",
          "a",
        ],
        ["VALUES (1, 'x')", "Int64", 1n],
      ];
      for (const [sql, type, value] of single) {
        const { types, rows } = await query(connection, sql);
        assertEquals([types[0], rows[0]![0]], [type, value], sql);
      }
    }));

  it("keep integers of 64 bits, doubles, texts and bytes as they are", () =>
    withDatabase(async (connection) => {
      await execute(
        connection,
        "CREATE TABLE t(i INTEGER, r REAL, s TEXT, b BLOB)",
      );
      await execute(
        connection,
        `INSERT INTO t VALUES (${MAX}, 0.1, 'é€😀', x''), (-${MAX} - 1, -1e300, '', x'0102'), (NULL, NULL, NULL, NULL)`,
      );
      const { rows } = await query(connection, "SELECT * FROM t");
      assertEquals(rows, [
        [MAX, 0.1, "é€😀", Uint8Array.of()],
        [-MAX - 1n, -1e300, "", Uint8Array.of(1, 2)],
        [null, null, null, null],
      ]);
    }));

  it("read dates and times in every form that SQLite documents", () =>
    withDatabase(async (connection) => {
      await execute(
        connection,
        "CREATE TABLE t(d DATE, c TIME_NS, s TIMESTAMP_NS, z TIMESTAMPTZ)",
      );
      await execute(
        connection,
        `INSERT INTO t VALUES
          ('1969-12-31', '23:59:59.000000001', '2024-02-29 12:00:00.123456789', '2024-01-01T00:00:00+02:00'),
          ('0001-01-01', '00:00', '1969-12-31T23:59:59.5', 1700000000),
          ('9999-12-31', NULL, 2440587.5, '2024-01-01 00:00Z')`,
      );
      const { batches } = await query(connection, "SELECT * FROM t");
      const raw = (column: number) => rawValues(batches, column);
      assertEquals(raw(0), [-1, -719162, 2932896]);
      assertEquals(raw(1).slice(0, 2), [86_399_000_000_001n, 0n]);
      assertEquals(raw(2), [1_709_208_000_123_456_789n, -500_000_000n, 0n]);
      assertEquals(raw(3), [
        1_704_060_000_000_000n,
        1_700_000_000_000_000n,
        1_704_067_200_000_000n,
      ]);
    }));

  it("leave dates and times as texts where that is asked for", () =>
    withDatabase(async (connection) => {
      await execute(connection, "CREATE TABLE t(d DATE, s TIMESTAMP)");
      await execute(connection, "INSERT INTO t VALUES ('soon', 5)");
      const { types, rows } = await query(connection, "SELECT * FROM t");
      assertEquals(types, ["Utf8", "Utf8"]);
      assertEquals(rows, [["soon", "5"]]);
    }, { temporalTypes: "text" }));

  it("of parameters follow from the columns that they meet", () =>
    withDatabase(async (connection) => {
      await execute(
        connection,
        "CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, price REAL, ok BOOLEAN, day DATE, b BLOB)",
      );
      const cases: [sql: string, fields: string[]][] = [
        ["SELECT * FROM t WHERE id = ?", ["parameter_1: Int64"]],
        ["SELECT * FROM t WHERE name LIKE ? AND price > :p", [
          "parameter_1: Utf8",
          "p: Float64",
        ]],
        [
          "INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)",
          ["Int64", "Utf8", "Float64", "Bool", "Date32<DAY>", "Binary"].map((
            t,
            i,
          ) => `parameter_${i + 1}: ${t}`),
        ],
        ["UPDATE t SET day = @day WHERE id = $id", [
          "day: Date32<DAY>",
          "id: Int64",
        ]],
        ["SELECT * FROM t LIMIT ?2", [
          "parameter_1: Utf8",
          "parameter_2: Int64",
        ]],
        ['SELECT ?, \'?\', "?", /* ? */ [?] FROM (SELECT 1 AS "?") -- ?', [
          "parameter_1: Utf8",
        ]],
        ["SELECT :a, :a, ?1", ["a: Utf8"]],
        ["SELECT 1", []],
      ];
      for (const [sql, fields] of cases) {
        const statement = await connection.prepare(sql, {
          signal: new AbortController().signal,
        });
        assertEquals(
          statement.parameterSchema.fields.map((f) => `${f.name}: ${f.type}`),
          fields,
          sql,
        );
        assertEquals(
          statement.parameterSchema.fields.every((f) => f.nullable),
          true,
        );
      }
    }));
});

describe("values that do not fit their column", () => {
  const TABLE = "CREATE TABLE t(i INTEGER, r REAL, ok BOOLEAN, d DATE)";
  const VALUES =
    "INSERT INTO t VALUES (1, 1.5, 1, '2024-01-01'), ('12x', 'no', 5, 'soon')";

  it("end the result with the column, the row, the value and the option", () =>
    withDatabase(async (connection) => {
      await execute(connection, TABLE);
      await execute(connection, VALUES);
      const texts: [column: string, text: RegExp][] = [
        [
          "i",
          /Row 1 holds the TEXT "12x" in column "i" \(declared INTEGER\), which is no int64; the option onMismatch/,
        ],
        ["r", /Row 1 holds the TEXT "no" in column "r"/],
        [
          "ok",
          /Row 1 holds the INTEGER 5 in column "ok" \(declared BOOLEAN\), which is no bool/,
        ],
        [
          "d",
          /Row 1 holds the TEXT "soon" in column "d" \(declared DATE\), which is no date32/,
        ],
      ];
      for (const [column, text] of texts) {
        await assertFlightError(
          query(connection, `SELECT ${column} FROM t`),
          "FAILED_PRECONDITION",
          text,
        );
      }
      // The connection goes on, and no cursor holds the table.
      await execute(connection, "DROP TABLE t");
    }));

  it("are cast by onMismatch", () =>
    withDatabase(async (connection) => {
      await execute(connection, TABLE);
      await execute(connection, VALUES);
      const { rows } = await query(connection, "SELECT * FROM t");
      assertEquals(rows[1], [12n, 0, true, null]);
    }, { onMismatch: "cast" }));

  it("are null by onMismatch", () =>
    withDatabase(async (connection) => {
      await execute(connection, TABLE);
      await execute(connection, VALUES);
      const { rows } = await query(connection, "SELECT * FROM t");
      assertEquals(rows[1], [null, null, null, null]);
    }, { onMismatch: "null" }));

  it("have another type by CAST", () =>
    withDatabase(async (connection) => {
      await execute(connection, TABLE);
      await execute(connection, VALUES);
      const { rows } = await query(connection, "SELECT CAST(i AS TEXT) FROM t");
      assertEquals(rows, [["1"], ["12x"]]);
    }));

  it("keep every digit: an integer that is no double ends a column of doubles", () =>
    withDatabase(async (connection) => {
      await execute(connection, "CREATE TABLE t(n NUMERIC)");
      await execute(
        connection,
        `INSERT INTO t VALUES (${2n ** 53n}), (${2n ** 53n + 1n})`,
      );
      await assertFlightError(
        query(connection, "SELECT n FROM t"),
        "FAILED_PRECONDITION",
        /Row 1 holds the INTEGER 9007199254740993 .*no float64/,
      );
    }));
});
