import { describe, it } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { Int64, type RecordBatch, Utf8, vectorFromArray } from "apache-arrow";
import {
  type DatabaseAdapter,
  type DatabaseConnection,
  type DatabaseStatement,
  sqlite,
  type SqliteOptions,
} from "@contrail/flight/sqlite";
import { FlightError } from "@contrail/flight";
import { assertFlightError } from "../support/rejections.ts";
import { batchOf, execute, query, signal, withFolder } from "./databases.ts";

const TABLES = [
  "CREATE TABLE t(id INTEGER PRIMARY KEY, code TEXT UNIQUE, name TEXT, price REAL, day DATE, raw BLOB)",
  "CREATE INDEX t_name ON t(name)",
  "CREATE TABLE pair(a INTEGER NOT NULL, b TEXT, v, PRIMARY KEY(a, b)) WITHOUT ROWID",
  "CREATE VIEW v AS SELECT id, name FROM t",
  "INSERT INTO t VALUES (1, 'a', 'one', 1.5, '2026-01-31', x'00ff'), (2, 'b', NULL, NULL, NULL, NULL)," +
  " (3, 'c', 'three', 2, '1969-12-31', x'')",
  "INSERT INTO pair VALUES (1, 'x', 10)",
];

async function withTables(
  use: (adapter: DatabaseAdapter, path: string) => Promise<void>,
  options: SqliteOptions = {},
): Promise<void> {
  await withFolder(async (path) => {
    const adapter = sqlite(path, { readOnly: false, ...options });
    try {
      const connection = await adapter.connect();
      for (const sql of TABLES) await execute(connection, sql);
      await connection.close();
      await use(adapter, path);
    } finally {
      await adapter.close();
    }
  });
}

function integers(...values: (bigint | null)[]): RecordBatch {
  return batchOf({ n: vectorFromArray(values, new Int64()) });
}

function texts(...values: string[]): RecordBatch {
  return batchOf({ s: vectorFromArray(values, new Utf8()) });
}

async function rowsOf(
  statement: DatabaseStatement,
  parameters: RecordBatch | undefined,
): Promise<unknown[][]> {
  const rows: unknown[][] = [];
  for await (const batch of statement.query(parameters, { signal })) {
    for (const row of batch) rows.push(Object.values(row.toJSON()));
  }
  return rows;
}

/** Runs something while the worker of a connection waits for the lock of another one. */
async function whileBusy(
  connection: DatabaseConnection,
  writer: DatabaseConnection,
  run: () => Promise<void>,
): Promise<void> {
  const insert = await connection.prepare(
    "INSERT INTO pair VALUES (3, 'z', 30)",
    { signal },
  );
  await writer.begin();
  await execute(writer, "INSERT INTO pair VALUES (2, 'y', 20)");
  const waiting = insert.execute(undefined, { signal });
  try {
    await run();
  } finally {
    await writer.commit();
    await waiting;
  }
}

describe("point queries of SQLite", () => {
  it("need no worker", () =>
    withTables(async (adapter) => {
      const [connection, writer] = [
        await adapter.connect(),
        await adapter.connect(),
      ];
      const cases: [string, RecordBatch, unknown[][]][] = [
        ["SELECT name, price FROM t WHERE id = ?", integers(1n), [[
          "one",
          1.5,
        ]]],
        ["SELECT name FROM t WHERE id = ?", integers(9n), []],
        ["SELECT id FROM t WHERE code = ?", texts("b"), [[2n]]],
        ["SELECT name FROM v WHERE id = ?", integers(3n), [["three"]]],
        [
          "SELECT t.name, v FROM t JOIN pair ON a = t.id AND b = 'x' WHERE t.id = ?",
          integers(1n),
          [["one", "10"]],
        ],
        ["SELECT ? IS NULL", integers(41n), [[0n]]],
        ["SELECT name FROM t WHERE id = ? LIMIT 1", integers(1n), [["one"]]],
        ["SELECT id FROM t WHERE id = ?", integers(1n, 7n, 3n), [[1n], [3n]]],
      ];
      const statements: DatabaseStatement[] = [];
      for (const [sql, parameters, rows] of cases) {
        const statement = await connection.prepare(sql, { signal });
        statements.push(statement);
        // The first run may come before the runtime has loaded SQLite here.
        assertEquals(await rowsOf(statement, parameters), rows, sql);
      }
      const scan = await connection.prepare(
        "SELECT id FROM t WHERE name = ?",
        { signal },
      );
      await whileBusy(connection, writer, async () => {
        let isScanned = false;
        const scanned = rowsOf(scan, texts("one")).then((rows) => {
          isScanned = true;
          return rows;
        });
        scanned.catch(() => {});
        for (const [i, [sql, parameters, rows]] of cases.entries()) {
          assertEquals(await rowsOf(statements[i]!, parameters), rows, sql);
        }
        assert(!isScanned, "a scan must wait for the worker");
      });
      assertEquals(await rowsOf(scan, texts("one")), [[1n]]);
    }, { busyTimeoutMs: 120_000 }));

  it("give what a scan gives", () =>
    withTables(async (adapter) => {
      const connection = await adapter.connect();
      for (const id of [1n, 2n, 3n, 4n]) {
        const point = await query(
          connection,
          "SELECT * FROM t WHERE id = ?",
          integers(id),
        );
        const scan = await query(
          connection,
          "SELECT * FROM t WHERE +id = ?",
          integers(id),
        );
        assertEquals(point.types, scan.types);
        assertEquals(point.rows, scan.rows);
      }
    }));

  it("fail as others where a value does not fit its column", () =>
    withTables(async (adapter) => {
      const connection = await adapter.connect();
      await execute(
        connection,
        "INSERT INTO t(id, price) VALUES (5, 'expensive')",
      );
      const statement = await connection.prepare(
        "SELECT price FROM t WHERE id = ?",
        { signal },
      );
      await assertFlightError(
        rowsOf(statement, integers(5n)),
        "FAILED_PRECONDITION",
        /expensive/,
      );
      assertEquals(await rowsOf(statement, integers(1n)), [[1.5]]);
    }));

  it("keep to the bound of rows", () =>
    withTables(async (adapter) => {
      const connection = await adapter.connect();
      const statement = await connection.prepare(
        "SELECT id FROM t WHERE id = ?",
        { signal },
      );
      assertEquals((await rowsOf(statement, integers(1n, 2n))).length, 2);
      await assertFlightError(
        rowsOf(statement, integers(1n, 2n, 3n)),
        "RESOURCE_EXHAUSTED",
        /maxRows/,
      );
    }, { maxRows: 2 }));

  it("see what is committed, and what their own transaction has changed", () =>
    withTables(async (adapter) => {
      const [writer, reader] = [
        await adapter.connect(),
        await adapter.connect(),
      ];
      const sql = "SELECT name FROM t WHERE id = ?";
      const [own, other] = [
        await writer.prepare(sql, { signal }),
        await reader.prepare(sql, { signal }),
      ];
      const seen = async () => [
        await rowsOf(own, integers(1n)),
        await rowsOf(other, integers(1n)),
      ];
      assertEquals(await seen(), [[["one"]], [["one"]]]);
      await writer.begin();
      await execute(writer, "UPDATE t SET name = 'uno' WHERE id = 1");
      assertEquals(await seen(), [[["uno"]], [["one"]]]);
      await writer.rollback();
      assertEquals(await seen(), [[["one"]], [["one"]]]);
      await writer.begin();
      await execute(writer, "UPDATE t SET name = 'eins' WHERE id = 1");
      await writer.commit();
      assertEquals(await seen(), [[["eins"]], [["eins"]]]);
      await execute(writer, "UPDATE t SET name = 'ichi' WHERE id = 1");
      assertEquals(await seen(), [[["ichi"]], [["ichi"]]]);
      // A transaction goes on with the state that it began with.
      await reader.begin();
      assertEquals(await rowsOf(other, integers(1n)), [["ichi"]]);
      await execute(writer, "UPDATE t SET name = 'un' WHERE id = 1");
      assertEquals(await seen(), [[["un"]], [["ichi"]]]);
      await reader.commit();
      assertEquals(await seen(), [[["un"]], [["un"]]]);
    }));

  it("follow changes of the schema", () =>
    withTables(async (adapter) => {
      const [writer, reader] = [
        await adapter.connect(),
        await adapter.connect(),
      ];
      const [all, byName] = [
        await reader.prepare("SELECT * FROM t WHERE id = ?", { signal }),
        await reader.prepare("SELECT id FROM t WHERE name = ?", { signal }),
      ];
      const read = async () => [
        (await rowsOf(all, integers(2n)))[0]!.slice(0, 2),
        await rowsOf(byName, texts("three")),
      ];
      const rows = [[2n, "b"], [[3n]]];
      assertEquals(await read(), rows);
      await execute(writer, "CREATE UNIQUE INDEX t_unique ON t(name)");
      assertEquals(await read(), rows);
      // Without the index it is a scan again, which gives all rows.
      await execute(writer, "DROP INDEX t_unique");
      await execute(writer, "INSERT INTO t(id, name) VALUES (4, 'three')");
      assertEquals(await read(), [[2n, "b"], [[3n], [4n]]]);
    }));

  it("wait for a lock as others", () =>
    withTables(async (adapter, path) => {
      const other = sqlite(path, { readOnly: false, wal: false });
      try {
        const [reader, writer] = [
          await adapter.connect(),
          await other.connect(),
        ];
        const statement = await reader.prepare(
          "SELECT name FROM t WHERE id = ?",
          { signal },
        );
        assertEquals(await rowsOf(statement, integers(1n)), [["one"]]);
        await writer.begin();
        await execute(writer, "UPDATE t SET name = 'uno' WHERE id = 1");
        const before = rowsOf(statement, integers(1n));
        await writer.commit();
        const [[name]] = await before as [[string]];
        assert(name === "one" || name === "uno");
        assertEquals(await rowsOf(statement, integers(1n)), [["uno"]]);
      } finally {
        await other.close();
      }
    }, { wal: false }));

  it("notice that the file has gone", () =>
    withTables(async (adapter, path) => {
      const connection = await adapter.connect();
      const statement = await connection.prepare(
        "SELECT name FROM t WHERE id = ?",
        { signal },
      );
      assertEquals(await rowsOf(statement, integers(1n)), [["one"]]);
      await rm(path);
      await assertFlightError(
        rowsOf(statement, integers(1n)),
        "NOT_FOUND",
        /Cannot open the database/,
      );
    }));

  it("are not run by a signal that is aborted", () =>
    withTables(async (adapter) => {
      const connection = await adapter.connect();
      const statement = await connection.prepare(
        "SELECT name FROM t WHERE id = ?",
        { signal },
      );
      const rows = statement.query(integers(1n), {
        signal: AbortSignal.abort(new FlightError("CANCELLED", "enough")),
      });
      await assertFlightError(Array.fromAsync(rows), "CANCELLED", /enough/);
    }));

  it("give texts with U+0000, and take empty statements before them", () =>
    withTables(async (adapter) => {
      const connection = await adapter.connect();
      for (let round = 0; round < 3; round++) {
        for (const sql of ["SELECT ? AS s", " ;; SELECT ? AS s", ";SELECT ?"]) {
          const statement = await connection.prepare(sql, { signal });
          assertEquals(await rowsOf(statement, texts("a\0b", "")), [
            ["a\0b"],
            [""],
          ]);
          await statement.close();
        }
      }
      await connection.close();
    }));

  it("leave no file behind", () =>
    withFolder(async (path) => {
      const adapter = sqlite(path, { readOnly: false });
      const connection = await adapter.connect();
      for (const sql of TABLES) await execute(connection, sql);
      const statement = await connection.prepare(
        "SELECT name FROM t WHERE id = ?",
        { signal },
      );
      for (let i = 0; i < 3; i++) {
        assertEquals(await rowsOf(statement, integers(1n)), [["one"]]);
      }
      await adapter.close();
      assert(!existsSync(`${path}-wal`), "the WAL was not merged");
    }));
});
