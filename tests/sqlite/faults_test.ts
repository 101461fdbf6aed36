import { describe, it } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import {
  type DatabaseConnection,
  sqlite,
  type SqliteOptions,
} from "@contrail/flight/sqlite";
import { assertFlightError } from "../support/rejections.ts";
import { checkAll, type Options } from "../support/option_types.ts";
import { loseTransaction } from "../support/databases.ts";
import {
  execute,
  query,
  signal,
  withDatabase,
  withFolder,
} from "./databases.ts";

/** Opens a file, and uses one connection to it. */
async function withFile(
  path: string | URL,
  options: SqliteOptions,
  use: (connection: DatabaseConnection) => Promise<unknown>,
): Promise<void> {
  const adapter = sqlite(path, options);
  try {
    await use(await adapter.connect());
  } finally {
    await adapter.close();
  }
}

/** Makes a file with a table of some pages. */
function create(path: string): void {
  const database = new DatabaseSync(path);
  database.exec(
    "CREATE TABLE t(x INTEGER PRIMARY KEY, s TEXT NOT NULL UNIQUE)",
  );
  database.exec("BEGIN");
  const insert = database.prepare("INSERT INTO t VALUES (?, ?)");
  for (let i = 0; i < 2000; i++) insert.run(i, `text ${i}`.padEnd(100));
  database.exec("COMMIT");
  database.close();
}

describe("a file of SQLite", () => {
  it("that does not exist is NOT_FOUND, and is created for writing", () =>
    withFolder(async (path) => {
      await assertFlightError(
        withFile(path, {}, () => Promise.resolve()),
        "NOT_FOUND",
        /test\.db/,
      );
      await withFile(
        pathToFileURL(path),
        { readOnly: false },
        (c) => execute(c, "CREATE TABLE t(x)"),
      );
      await withFile(path, {}, (c) => query(c, "SELECT * FROM t"));
      await assertFlightError(
        withFile(
          `${path}/x/y.db`,
          { readOnly: false },
          () => Promise.resolve(),
        ),
        "NOT_FOUND",
        /unable to open database file/,
      );
    }));

  it("that is no database is DATA_LOSS", () =>
    withFolder(async (path) => {
      await writeFile(path, "no database ".repeat(1000));
      await assertFlightError(
        withFile(path, {}, () => Promise.resolve()),
        "DATA_LOSS",
        /file is not a database \(SQLITE_NOTADB\)/,
      );
    }));

  it("that is a folder is FAILED_PRECONDITION", () =>
    withFolder(async (path) => {
      await assertFlightError(
        withFile(dirname(path), {}, (c) => query(c, "SELECT 1")),
        "FAILED_PRECONDITION",
        /it is a folder/,
      );
    }));

  it("that is corrupt is DATA_LOSS", () =>
    withFolder(async (path) => {
      create(path);
      const bytes = await readFile(path);
      bytes.fill(0xa5, 8192, bytes.length);
      await writeFile(path, bytes);
      await withFile(path, {}, (c) =>
        assertFlightError(
          query(c, "SELECT * FROM t"),
          "DATA_LOSS",
          /malformed \(SQLITE_CORRUPT/,
        ));
    }));

  it("that goes away, or is replaced, is used no more", () =>
    withFolder(async (path) => {
      create(path);
      const adapter = sqlite(path, { readOnly: false });
      try {
        const connection = await adapter.connect();
        const statement = await connection.prepare("DELETE FROM t", { signal });
        await loseTransaction(connection, path);
        await assertFlightError(query(connection, "SELECT 1"), "NOT_FOUND");
        await assertFlightError(
          (async () => await statement.execute(undefined, { signal }))(),
          "NOT_FOUND",
        );
        await assertFlightError(
          (async () => await adapter.connect())(),
          "NOT_FOUND",
        );
        create(path);
        await assertFlightError(
          query(connection, "SELECT 1"),
          "FAILED_PRECONDITION",
          /another file has taken the place/,
        );
        assertEquals(
          (await query(await adapter.connect(), "SELECT count(*) FROM t")).rows,
          [[2000n]],
        );
      } finally {
        await adapter.close();
      }
    }));

  it("that the system protects is not written", {
    // Root may write everything.
    skip: process.getuid?.() === 0 || process.platform === "win32",
  }, () =>
    withFolder(async (path) => {
      create(path);
      await chmod(path, 0o400);
      await withFile(path, {}, (c) => query(c, "SELECT count(*) FROM t"));
      await assertFlightError(
        withFile(path, { readOnly: false, wal: false }, (c) =>
          execute(c, "DELETE FROM t")),
        "FAILED_PRECONDITION",
        /readonly database/,
      );
    }));

  it("that another program has locked is UNAVAILABLE", () =>
    withFolder(async (path) => {
      create(path);
      const other = new DatabaseSync(path);
      other.exec("BEGIN EXCLUSIVE");
      try {
        await assertFlightError(
          withFile(
            path,
            { busyTimeoutMs: 10 },
            (c) => query(c, "SELECT * FROM t"),
          ),
          "UNAVAILABLE",
          /database is locked \(SQLITE_BUSY.*busyTimeoutMs/,
        );
      } finally {
        other.close();
      }
      await withFile(path, {}, (c) => query(c, "SELECT * FROM t"));
    }));

  it("is waited for as long as busyTimeoutMs says, read-only or not", () =>
    withFolder(async (path) => {
      create(path);
      for (const readOnly of [true, false]) {
        await withFile(path, { readOnly, busyTimeoutMs: 1234 }, async (c) => {
          const { rows } = await query(c, "PRAGMA busy_timeout");
          assertEquals(Number(rows[0]![0]), 1234);
        });
      }
    }));

  it("that is full is RESOURCE_EXHAUSTED, and keeps what it had", () =>
    withFolder(async (path) => {
      create(path);
      const limited = sqlite(path, { readOnly: false, maxFileBytes: 600_000 });
      try {
        const connection = await limited.connect();
        const fill =
          "INSERT INTO t SELECT x + 10000, s || x || zeroblob(500) FROM t";
        await assertFlightError(
          execute(connection, fill),
          "RESOURCE_EXHAUSTED",
          /database or disk is full \(SQLITE_FULL\)/,
        );
        assertEquals((await query(connection, "SELECT count(*) FROM t")).rows, [
          [2000n],
        ]);
        assertEquals(
          await execute(connection, "DELETE FROM t WHERE x < 10"),
          10n,
        );
        await connection.begin();
        await assertFlightError(
          execute(connection, fill),
          "RESOURCE_EXHAUSTED",
        );
        await connection.rollback();
        assertEquals((await query(connection, "PRAGMA integrity_check")).rows, [
          ["ok"],
        ]);
      } finally {
        await limited.close();
      }
    }));
});

describe("failures of SQLite", () => {
  it("have one code for each kind, and SQLite's own in the text", () =>
    withDatabase(async (connection) => {
      await execute(connection, "CREATE TABLE p(id INTEGER PRIMARY KEY)");
      await execute(
        connection,
        "CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, n NOT NULL DEFAULT 1, c CHECK (c > 0), p REFERENCES p)",
      );
      await execute(connection, "INSERT INTO t VALUES (1, 1, 1, 1, NULL)");
      const cases: [sql: string, code: string, text: RegExp][] = [
        [
          "SELEC 1",
          "INVALID_ARGUMENT",
          /near "SELEC": syntax error \(SQLITE_ERROR\)/,
        ],
        ["SELECT nope FROM t", "INVALID_ARGUMENT", /no such column: nope/],
        ["SELECT nope()", "INVALID_ARGUMENT", /no such function: nope/],
        ["SELECT * FROM nope", "NOT_FOUND", /no such table: nope/],
        ["DROP VIEW nope", "NOT_FOUND", /no such view: nope/],
        ["CREATE TABLE t(x)", "ALREADY_EXISTS", /table t already exists/],
        [
          "INSERT INTO t(id) VALUES (1)",
          "ALREADY_EXISTS",
          /UNIQUE constraint failed: t.id \(SQLITE_CONSTRAINT_(PRIMARYKEY|UNIQUE)\)/,
        ],
        [
          "INSERT INTO t(u) VALUES (1)",
          "ALREADY_EXISTS",
          /UNIQUE constraint failed: t.u \(SQLITE_CONSTRAINT_UNIQUE\)/,
        ],
        [
          "INSERT INTO t(n) VALUES (NULL)",
          "FAILED_PRECONDITION",
          /NOT NULL constraint failed: t.n \(SQLITE_CONSTRAINT_NOTNULL\)/,
        ],
        [
          "INSERT INTO t(c) VALUES (0)",
          "FAILED_PRECONDITION",
          /CHECK constraint failed.*\(SQLITE_CONSTRAINT_CHECK\)/,
        ],
        [
          "INSERT INTO t(p) VALUES (9)",
          "FAILED_PRECONDITION",
          /FOREIGN KEY constraint failed \(SQLITE_CONSTRAINT_FOREIGNKEY\)/,
        ],
        [
          "INSERT INTO t(id) VALUES ('x')",
          "INVALID_ARGUMENT",
          /datatype mismatch \(SQLITE_MISMATCH\)/,
        ],
      ];
      for (const [sql, code, text] of cases) {
        await assertFlightError(execute(connection, sql), code as never, text);
      }
      await assertFlightError(
        query(connection, "DELETE FROM t"),
        "INVALID_ARGUMENT",
        /gives none; run it as an update/,
      );
      assertEquals((await query(connection, "SELECT count(*) FROM t")).rows, [[
        1n,
      ]]);
    }));

  it("in the middle of a result end it, whatever the runtime does", () =>
    withDatabase(async (connection) => {
      const values =
        `SELECT abs(value) FROM json_each('[1, 2, -9223372036854775808, 3]')`;
      const failing = [
        values,
        `${values};`,
        `${values} -- comment`,
        `WITH a AS (${values}) SELECT * FROM a ORDER BY 1`,
        `SELECT 1 UNION ALL ${values}`,
        `VALUES (1), (abs(-9223372036854775808))`,
      ];
      for (const sql of failing) {
        await assertFlightError(
          query(connection, sql),
          "INVALID_ARGUMENT",
          /integer overflow/,
        );
      }
      await execute(connection, "CREATE TABLE t(a INTEGER, b TEXT)");
      await execute(
        connection,
        "INSERT INTO t SELECT value, 'b' || value FROM json_each('[3,1,2,1]')",
      );
      const { rows } = await query(
        connection,
        "SELECT a, b AS a, a FROM t ORDER BY a DESC, b; -- end",
      );
      assertEquals(rows, [[3n, "b3", 3n], [2n, "b2", 2n], [1n, "b1", 1n], [
        1n,
        "b1",
        1n,
      ]]);
    }));

  it("include values beyond maxValueBytes", () =>
    withDatabase(async (connection) => {
      await query(connection, "SELECT zeroblob(1000)");
      await assertFlightError(
        query(connection, "SELECT zeroblob(20000)"),
        "RESOURCE_EXHAUSTED",
        /too big \(SQLITE_TOOBIG\).*maxValueBytes/,
      );
    }, { maxValueBytes: 10_000 }));

  it("include a table that changed after a statement was prepared", () =>
    withDatabase(async (connection) => {
      await execute(connection, "CREATE TABLE t(x INTEGER)");
      await execute(connection, "INSERT INTO t VALUES (1)");
      const statement = await connection.prepare("SELECT * FROM t", { signal });
      const read = async () => {
        for await (const batch of statement.query(undefined, { signal })) {
          assertEquals(batch.numRows, 1);
        }
      };
      await read();
      await execute(connection, "ALTER TABLE t ADD COLUMN y");
      await assertFlightError(read(), "ABORTED", /columns have changed/);
      await execute(connection, "DROP TABLE t");
      await assertFlightError(read(), "NOT_FOUND", /no such table/);
      await statement.close();
      await assertFlightError(
        read(),
        "FAILED_PRECONDITION",
        /statement is closed/,
      );
    }));

  it("of options and paths are thrown where they are given", async () => {
    const OPTIONS: Options<SqliteOptions> = {
      readOnly: "boolean",
      readOnlyHint: "text",
      wal: "boolean",
      busyTimeoutMs: "number",
      timeoutMs: "number",
      maxRows: "number",
      maxValueBytes: "number",
      maxFileBytes: "number",
      maxConnections: "number",
      batchRows: "number",
      batchBytes: "number",
      onMismatch: "choice",
      temporalTypes: "choice",
    };
    await checkAll(OPTIONS, (options) => void sqlite("x.db", options));
    for (
      const path of [
        "",
        5,
        null,
        undefined,
        {},
        new URL("https://example.com/x.db"),
      ]
    ) {
      assertThrows(() => sqlite(path as string), TypeError);
    }
  });

  it("of the worker leave no process behind", async () => {
    const adapter = sqlite(":memory:");
    const connection = await adapter.connect();
    await connection.close();
    await connection.close();
    const again = await adapter.connect();
    assertEquals(
      (await query(again, "SELECT count(*) FROM sqlite_schema")).rows,
      [[0n]],
    );
    assert(again.isOpen);
    await adapter.close();
  });
});
