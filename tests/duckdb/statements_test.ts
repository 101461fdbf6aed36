import { describe, it } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { setTimeout as wait } from "node:timers/promises";
import {
  Binary,
  DateDay,
  type Field,
  Float64,
  Int32,
  Int64,
  Utf8,
  type Vector,
  vectorFromArray,
} from "apache-arrow";
import { assertFlightError } from "../support/rejections.ts";
import { batchOf, execute, query, signal } from "../support/databases.ts";
import { rows, withDatabase } from "./databases.ts";
import { skip } from "./duckdb_package.ts";

describe("statements of DuckDB", { skip }, () => {
  it("take parameters of every type", () =>
    withDatabase(async (connection) => {
      const values: [column: Vector, sql: string, expected: unknown][] = [
        [vectorFromArray([5], new Int32()), "INTEGER", 5],
        [vectorFromArray([-(2n ** 63n)], new Int64()), "BIGINT", -(2n ** 63n)],
        [vectorFromArray(["é 'quoted'"], new Utf8()), "VARCHAR", "é 'quoted'"],
        [vectorFromArray([true]), "BOOLEAN", true],
        [vectorFromArray([null], new Utf8()), "VARCHAR", null],
      ];
      for (const [column, type, expected] of values) {
        assertEquals(
          await rows(connection, `SELECT ?::${type}`, batchOf({ a: column })),
          [[expected]],
        );
      }
      const many = batchOf({ a: vectorFromArray([1n, 2n, 3n], new Int64()) });
      assertEquals(await rows(connection, "SELECT $1::BIGINT * 10", many), [
        [10n],
        [20n],
        [30n],
      ]);
      assertEquals(
        (await query(
          connection,
          "SELECT ? AS x",
          batchOf({ a: vectorFromArray(["y"], new Utf8()) }),
        )).types,
        ["Utf8"],
      );
      await assertFlightError(
        query(connection, "SELECT ?::INTEGER"),
        "INVALID_ARGUMENT",
        /has 1, and 0 are given/,
      );
    }));

  it("give large values in small batches", () =>
    withDatabase(async (connection) => {
      const statement = await connection.prepare(
        "SELECT i, repeat('x', 100_000) AS v FROM range(1000) AS t(i)",
        { signal },
      );
      let next = 0n;
      for await (const batch of statement.query(undefined, { signal })) {
        // A batch is full with 11 of them.
        assert(batch.numRows <= 64, `${batch.numRows}`);
        const numbers = batch.getChildAt(0)!;
        for (let row = 0; row < batch.numRows; row++) {
          assertEquals(numbers.get(row), next++);
        }
        assertEquals(batch.getChildAt(1)!.get(0).length, 100_000);
      }
      assertEquals(next, 1000n);
    }));

  it("send rows that the engine gives at once in one batch, however long their copy takes", () =>
    withDatabase(async (connection) => {
      const columns = Array.from(
        { length: 2000 },
        (_, i) => `(i % 100)::TINYINT AS c${i}`,
      );
      const { batches } = await query(
        connection,
        `SELECT ${columns.join(", ")} FROM range(200) AS t(i)`,
      );
      assertEquals(batches.map(({ numRows }) => numRows), [200]);
    }));

  it("keep nulls in their rows, behind many rows without", () =>
    withDatabase(async (connection) => {
      const text = "CASE WHEN i % 3000 = 2999 THEN NULL ELSE 'x' || i END";
      const all = await rows(
        connection,
        `SELECT ${text}, i FROM range(10_000) AS t(i)`,
      );
      assertEquals(all.length, 10_000);
      for (const [value, number] of all) {
        const isNull = number as bigint % 3000n === 2999n;
        assertEquals(value, isNull ? null : `x${number}`);
      }
    }));

  it("keep the rest of a result in memory up to a bound", () =>
    withDatabase(async (connection) => {
      const first = async (count: number) => {
        const statement = await connection.prepare(
          `SELECT i, 'x' || i FROM range(${count}) AS t(i)`,
          { signal },
        );
        const batches = statement.query(undefined, { signal })
          [Symbol.asyncIterator]();
        const { value } = await batches.next();
        return { batches, rows: value!.numRows as number };
      };
      const small = await first(20_000);
      assertEquals(await rows(connection, "SELECT 1"), [[1]]);
      let count = small.rows;
      for await (
        const batch of { [Symbol.asyncIterator]: () => small.batches }
      ) {
        count += batch.numRows;
      }
      assertEquals(count, 20_000);
      const large = await first(2_000_000);
      // The other statement is not to blame.
      assertEquals(await rows(connection, "SELECT 2"), [[2]]);
      await assertFlightError(
        large.batches.next(),
        "RESOURCE_EXHAUSTED",
        /takes more than 2000000 bytes \(option maxBufferedBytes\)/,
      );
      assertEquals(await rows(connection, "SELECT 3"), [[3]]);
    }, { maxBufferedBytes: 2_000_000 }));

  it("give no values beyond maxValueBytes", () =>
    withDatabase(async (connection) => {
      for (
        const value of [
          "repeat('x', n)",
          "repeat('x', n)::BLOB",
          "[repeat('x', n)]",
        ]
      ) {
        const sql = `SELECT ${value} AS v FROM range(1999, 2002) r(n)`;
        assertEquals(
          (await rows(connection, `${sql} WHERE n <= 2000`)).length,
          2,
        );
        await assertFlightError(
          rows(connection, sql),
          "RESOURCE_EXHAUSTED",
          /Column "v": a value has 2001 bytes, more than the 2000 that the option maxValueBytes allows/,
        );
      }
    }, { maxValueBytes: 2000 }));

  it("change rows, all or none", () =>
    withDatabase(async (connection) => {
      await execute(connection, "CREATE TABLE t(a BIGINT PRIMARY KEY)");
      const values = (...list: bigint[]) =>
        batchOf({ a: vectorFromArray(list, new Int64()) });
      assertEquals(
        await execute(connection, "INSERT INTO t VALUES (?)", values(1n, 2n)),
        2n,
      );
      await assertFlightError(
        execute(connection, "INSERT INTO t VALUES (?)", values(3n, 1n)),
        "ALREADY_EXISTS",
        /Duplicate key/,
      );
      assertEquals(await rows(connection, "SELECT a FROM t ORDER BY a"), [
        [1n],
        [2n],
      ]);
      assertEquals(
        await rows(connection, "UPDATE t SET a = a + 10 RETURNING a"),
        [[11n], [12n]],
      );
      assertEquals(await execute(connection, "DELETE FROM t"), 2n);
    }));

  it("count the rows that they change and give", () =>
    withDatabase(async (connection) => {
      await execute(connection, "CREATE TABLE t(a BIGINT)");
      assertEquals(
        await execute(connection, "INSERT INTO t VALUES (1), (2) RETURNING a"),
        2n,
      );
      assertEquals(
        await execute(connection, "DELETE FROM t WHERE a > 5 RETURNING a"),
        0n,
      );
      assertEquals(await execute(connection, "DELETE FROM t RETURNING *"), 2n);
    }));

  it("give the rows of RETURNING, whatever stands before it", () =>
    withDatabase(async (connection) => {
      await execute(connection, "CREATE TABLE t(a VARCHAR)");
      for (
        const [text, value] of [
          ["'a' || [']'][1]", "a]"],
          ["E'it\\'s'", "it's"],
          ["$$ ' $$", " ' "],
          ["'b' /* ' /* ' */ ' */", "b"],
          ["'c' --\r", "c"],
        ]
      ) {
        assertEquals(
          await rows(
            connection,
            `INSERT INTO t VALUES (${text}) RETURNING a, 'x'`,
          ),
          [[value, "x"]],
        );
      }
    }));

  it("keep all columns beside parameters whose types nothing tells", () =>
    withDatabase(async (connection) => {
      const texts = (...values: string[]) =>
        batchOf(Object.fromEntries(values.map((value, i) => [
          `p${i}`,
          vectorFromArray([value], new Utf8()),
        ])));
      const cases: [sql: string, names: string[], row: unknown[]][] = [
        ["SELECT ? AS a, ? AS b", ["a", "b"], ["x", "y"]],
        ["SELECT $2 AS a, 1 AS n, $1 AS b", ["a", "n", "b"], ["y", 1, "x"]],
        ["SELECT $q AS a, $p AS b, $q AS c", ["a", "b", "c"], ["x", "y", "x"]],
        [
          `SELECT '?' AS "?", ? AS a, $$?$$ AS b, $x$ $$ ? $x$ AS c, e'\\'?' AS d, -- ?
           /* ? /* */ ? */ ? AS e`,
          ["?", "a", "b", "c", "d", "e"],
          ["?", "x", "?", " $$ ? ", "'?", "y"],
        ],
        [
          "SELECT coalesce(?, 'z') AS a, 2 AS n WHERE ? = 'y'",
          ["a", "n"],
          ["x", 2],
        ],
      ];
      for (const [sql, names, row] of cases) {
        const { batches } = await query(connection, sql, texts("x", "y"));
        assertEquals(batches[0]!.schema.fields.map(({ name }) => name), names);
        assertEquals(await rows(connection, sql, texts("x", "y")), [row]);
      }
      const statement = await connection.prepare("SELECT ? AS a, 1 AS b", {
        signal,
      });
      assertEquals(
        statement.schema!.fields.map(({ name, type }) => `${name} ${type}`),
        ["a Utf8", "b Int32"],
      );
      const day = vectorFromArray([new Date(0)], new DateDay());
      await assertFlightError(
        query(connection, "SELECT * FROM range(?)", texts("2024-01-01")),
        "INVALID_ARGUMENT",
        /range\(VARCHAR\)|range\(STRING_LITERAL\)/,
      );
      await assertFlightError(
        query(
          connection,
          "SELECT * FROM repeat(?, 2)",
          batchOf({ day }),
        ),
        "INVALID_ARGUMENT",
        /types of some parameters.*CAST\(\? AS/,
      );
      await assertFlightError(
        query(connection, "SELECT $2"),
        "INVALID_ARGUMENT",
        /has no parameter \$1/,
      );
    }));

  it("take the types of values where nothing tells those of parameters", () =>
    withDatabase(async (connection) => {
      await execute(connection, "CREATE TABLE t(a INTEGER, d DOUBLE, b BLOB)");
      await execute(connection, "INSERT INTO t VALUES (10, 1.5, NULL)");
      const one = vectorFromArray([9n], new Int64());
      const half = vectorFromArray([0.5], new Float64());
      const bytes = vectorFromArray([Uint8Array.of(1)], new Binary());
      const none = vectorFromArray([null], new Int64());
      const cases: [sql: string, Vector[], field: string, value: unknown][] = [
        ["SELECT a FROM t WHERE a % ? = 1", [one], "a Int32", 10],
        ["SELECT a FROM t WHERE a * ? = 5", [half], "a Int32", 10],
        [
          "SELECT a FROM t WHERE ? IS NULL OR a > ?",
          [none, one],
          "a Int32",
          10,
        ],
        ["SELECT a FROM t WHERE $1 IS NULL OR a > $1", [one], "a Int32", 10],
        ["SELECT a FROM t WHERE '10'::JSON > ?", [one], "a Int32", 10],
        ["SELECT hex(?) AS h", [bytes], "h Utf8", "01"],
        ["SELECT a + ? AS s FROM t", [one], "s Int64", 19n],
        ["SELECT ? + ? AS s", [one, one], "s Int64", 18n],
        ["SELECT max(i) AS m FROM range(?) AS t(i)", [one], "m Int64", 8n],
        [
          // Each of so many would be looked at by compiling all of them.
          `SELECT a FROM t WHERE ${
            new Array(300).fill("a % ? = 1").join(" OR ")
          }`,
          new Array(300).fill(one),
          "a Int32",
          10,
        ],
        ["UPDATE t SET d = d - ? RETURNING d", [half], "d Float64", 1],
      ];
      for (const [sql, values, field, value] of cases) {
        const parameters = batchOf(
          Object.fromEntries(values.map((value, i) => [`p${i}`, value])),
        );
        const { batches } = await query(connection, sql, parameters);
        const [{ name, type }] = batches[0]!.schema.fields as [Field];
        assertEquals(`${name} ${type}`, field, sql);
        assertEquals(batches[0]!.getChildAt(0)!.get(0), value, sql);
      }
      for (
        const [sql, parameters] of [
          ["a * ?", batchOf({ half })],
          ["? + ?", batchOf({ half, one })],
        ] as const
      ) {
        await assertFlightError(
          query(connection, `SELECT ${sql} FROM t`, parameters),
          "INVALID_ARGUMENT",
          /\$1, so it takes whole numbers, and Float64.*CAST/,
        );
      }
      for (const column of [bytes, vectorFromArray([null], new Utf8())]) {
        const sql = "INSERT INTO t SELECT 1, 2, ? RETURNING b";
        const { batches } = await query(connection, sql, batchOf({ column }));
        assertEquals(batches[0]!.getChildAt(0)!.get(0), column.get(0));
      }
    }));

  it("say that PIVOT without values is more than one", () =>
    withDatabase(async (connection) => {
      await execute(connection, "CREATE TABLE t(a INTEGER, b TEXT)");
      await execute(connection, "INSERT INTO t VALUES (1, 'x')");
      await assertFlightError(
        query(connection, "PIVOT t ON b USING sum(a)"),
        "INVALID_ARGUMENT",
        /has 2,.*ON column IN/,
      );
      assertEquals(
        (await rows(connection, "PIVOT t ON b IN ('x') USING sum(a)")).length,
        1,
      );
    }));

  it("stream in batches of bounded rows, and stop when the reader does", () =>
    withDatabase(async (connection) => {
      const { batches } = await query(
        connection,
        "SELECT range AS i FROM range(10000)",
      );
      assert(batches.every(({ numRows }) => numRows <= 500));
      assertEquals(
        batches.reduce((rows, batch) => rows + batch.numRows, 0),
        10000,
      );
      const statement = await connection.prepare(
        "SELECT range AS i FROM range(1000000000000)",
        { signal },
      );
      let count = 0;
      for await (const _ of statement.query(undefined, { signal })) {
        if (++count === 3) break;
      }
      assertEquals(await rows(connection, "SELECT 1"), [[1]]);
    }, { batchRows: 500 }));

  it("may be read in turn on one connection", () =>
    withDatabase(async (connection) => {
      const statement = await connection.prepare(
        "SELECT range AS i FROM range(20000)",
        { signal },
      );
      const [a, b] = [0, 1].map(() =>
        statement.query(undefined, { signal })[Symbol.asyncIterator]()
      );
      let [left, right] = [0, 0];
      for (;;) {
        const [x, y] = [await a!.next(), await b!.next()];
        left += x.value?.numRows ?? 0;
        right += y.value?.numRows ?? 0;
        if (x.done && y.done) break;
      }
      assertEquals([left, right], [20000, 20000]);
    }));

  it("are interrupted, also where they give no rows", () =>
    withDatabase(async (connection) => {
      const forever =
        "SELECT count(*) FROM range(10000000000) a, range(1000000) b WHERE a.range + b.range = 3";
      const controller = new AbortController();
      const reading = query(connection, "SELECT 1").then(async () => {
        const statement = await connection.prepare(forever, { signal });
        for await (
          const _ of statement.query(undefined, { signal: controller.signal })
        );
      });
      await wait(50);
      controller.abort();
      await assertFlightError(reading, "CANCELLED");
      assertEquals(await rows(connection, "SELECT 1"), [[1]]);
      await assertFlightError(
        (async () => {
          const statement = await connection.prepare(forever, { signal });
          await statement.execute(undefined, {
            signal: AbortSignal.timeout(50),
          });
        })(),
        "DEADLINE_EXCEEDED",
      );
      assertEquals(connection.isOpen, true);
    }));

  it("end by timeoutMs and maxRows", () =>
    withDatabase(async (connection) => {
      const slow =
        "SELECT count(*) FROM range(10000000000) a, range(1000000) b WHERE a.range + b.range = 3";
      await assertFlightError(
        query(connection, slow),
        "DEADLINE_EXCEEDED",
        /timeoutMs/,
      );
      await assertFlightError(
        query(connection, "FROM range(11)"),
        "RESOURCE_EXHAUSTED",
        /more than 10 rows.*maxRows/,
      );
      assertEquals((await rows(connection, "FROM range(10)")).length, 10);
    }, { timeoutMs: 2000, maxRows: 10 }));

  it("fail with one code for each kind", () =>
    withDatabase(async (connection) => {
      await execute(
        connection,
        "CREATE TABLE t(a INTEGER CHECK (a > 0), b INTEGER NOT NULL DEFAULT 1)",
      );
      await execute(connection, "CREATE TABLE k(a INTEGER PRIMARY KEY)");
      const cases: [sql: string, code: string, text: RegExp][] = [
        ["INSERT INTO k VALUES (1), (1)", "ALREADY_EXISTS", /duplicate key/],
        ["SELEC 1", "INVALID_ARGUMENT", /syntax error/],
        ["SELECT nope FROM t", "INVALID_ARGUMENT", /nope/],
        ["SELECT * FROM nope", "NOT_FOUND", /nope does not exist/],
        ["CREATE TABLE t(x INTEGER)", "ALREADY_EXISTS", /already exists/],
        ["CREATE TABLE u(x INTEGER, X INTEGER)", "INVALID_ARGUMENT", /Column/],
        [
          "INSERT INTO t(a) VALUES (0)",
          "FAILED_PRECONDITION",
          /CHECK constraint/,
        ],
        ["INSERT INTO t(b) VALUES (NULL)", "FAILED_PRECONDITION", /NOT NULL/],
        ["SELECT 'x'::INTEGER", "INVALID_ARGUMENT", /Could not convert/],
        ["SELECT 1; SELECT 2", "INVALID_ARGUMENT", /exactly one/],
        [" -- nothing", "INVALID_ARGUMENT", /no statement/],
      ];
      for (const [sql, code, text] of cases) {
        await assertFlightError(execute(connection, sql), code as never, text);
      }
    }));
});
