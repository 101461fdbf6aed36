import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import { existsSync } from "node:fs";
import { sqlite } from "@contrail/flight/sqlite";
import { assertFlightError } from "../support/rejections.ts";
import { execute, query, withDatabase, withFolder } from "./databases.ts";

describe("a statement of SQLite", () => {
  it("must be exactly one", () =>
    withDatabase(async (connection) => {
      await execute(connection, "CREATE TABLE t(x)");
      for (
        const sql of [
          "SELECT 1; DROP TABLE t",
          "SELECT 1;;SELECT 2",
          "SELECT 1 /* ; */; -- ;\n DELETE FROM t",
        ]
      ) {
        await assertFlightError(
          query(connection, sql),
          "INVALID_ARGUMENT",
          /more than one/,
        );
      }
      for (
        const sql of ["", " \n", ";", "-- only a comment", "/* not closed"]
      ) {
        await assertFlightError(
          query(connection, sql),
          "INVALID_ARGUMENT",
          /no statement in it/,
        );
      }
      await assertFlightError(
        query(connection, "SELECT 1\0; DROP TABLE t"),
        "INVALID_ARGUMENT",
        /U\+0000 at 8/,
      );
      for (
        const sql of [
          "SELECT 1;",
          "SELECT ';' -- ;",
          "SELECT 1; ; /* end */ -- ",
        ]
      ) await query(connection, sql);
      await execute(
        connection,
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t WHERE x = 5; UPDATE t SET x = 1; END;",
      );
      await assertFlightError(
        execute(
          connection,
          "CREATE TRIGGER h AFTER INSERT ON t BEGIN DELETE FROM t; END; DROP TABLE t",
        ),
        "INVALID_ARGUMENT",
        /more than one/,
      );
      await execute(connection, "INSERT INTO t VALUES (7)");
      assertEquals((await query(connection, "SELECT x FROM t")).rows, [["1"]]);
    }));

  it("stays inside of the database, whether it may write or not", async () => {
    for (const readOnly of [true, false]) {
      await withFolder(async (path) => {
        const other = `${path}.other`;
        const creator = sqlite(path, { readOnly: false });
        await execute(await creator.connect(), "CREATE TABLE t(x)");
        await creator.close();
        const adapter = sqlite(path, { readOnly });
        try {
          const connection = await adapter.connect();
          const forbidden = [
            `ATTACH '${other}' AS other`,
            `/* x */ aTtAcH DATABASE '${other}' AS other`,
            "DETACH main",
            "VACUUM",
            `VACUUM INTO '${other}'`,
            `-- x\nvacuum main into '${other}'`,
            "SELECT load_extension('x')",
            "SELECT x FROM (SELECT LOAD_EXTENSION('x') AS x)",
            "WITH c AS (SELECT load_extension('x')) SELECT * FROM c",
            "SELECT fts3_tokenizer('simple')",
            "PRAGMA journal_mode = DELETE",
            "PRAGMA writable_schema = ON",
            "PRAGMA trusted_schema(1)",
            "PRAGMA temp_store_directory = '/'",
            "PRAGMA wal_checkpoint",
            "EXPLAIN PRAGMA writable_schema = ON",
            "BEGIN",
            "COMMIT",
            "ROLLBACK",
            "SAVEPOINT x",
          ];
          for (const sql of forbidden) {
            const error = await assertFlightError(
              query(connection, sql),
              "PERMISSION_DENIED",
            );
            assertEquals(error.details.startsWith("Cannot run "), true, sql);
          }
          assertEquals(existsSync(other), false);
          for (
            const sql of [
              "PRAGMA table_info(t)",
              "PRAGMA journal_mode",
              "SELECT * FROM pragma_table_info('t')",
              "EXPLAIN QUERY PLAN SELECT 1",
              "EXPLAIN SELECT 1",
              "SELECT * FROM sqlite_schema",
            ]
          ) {
            await query(connection, sql);
          }
        } finally {
          await adapter.close();
        }
      });
    }
  });

  it("writes nothing unless that is asked for", () =>
    withFolder(async (path) => {
      const creator = sqlite(path, { readOnly: false });
      await execute(await creator.connect(), "CREATE TABLE t(x)");
      await creator.close();
      const adapter = sqlite(path);
      try {
        assertEquals(adapter.info.readOnly, true);
        const connection = await adapter.connect();
        const writing = [
          "INSERT INTO t VALUES (1)",
          "WITH c AS (SELECT 1) INSERT INTO t SELECT * FROM c",
          "REPLACE INTO t VALUES (1)",
          "UPDATE t SET x = 1",
          "DELETE FROM t RETURNING x",
          "CREATE TABLE u(x)",
          "CREATE TEMP TABLE u(x)",
          "CREATE VIEW v AS SELECT 1",
          "CREATE INDEX i ON t(x)",
          "ALTER TABLE t ADD COLUMN y",
          "DROP TABLE t",
          "ANALYZE",
        ];
        for (const sql of writing) {
          await assertFlightError(
            execute(connection, sql),
            "FAILED_PRECONDITION",
            /readOnly: false/,
          );
        }
        assertEquals((await query(connection, "SELECT count(*) FROM t")).rows, [
          [0n],
        ]);
      } finally {
        await adapter.close();
      }
    }));

  it("leaves nothing on a connection that the next client would meet", () =>
    withDatabase(async (connection) => {
      for (
        const sql of [
          "CREATE TEMP TABLE t(x)",
          "CREATE TEMPORARY VIEW v AS SELECT 1",
        ]
      ) {
        await assertFlightError(
          execute(connection, sql),
          "FAILED_PRECONDITION",
          /outside of a transaction/,
        );
      }
      await connection.begin();
      await execute(connection, "CREATE TEMP TABLE t(x)");
      await connection.commit();
    }));

  it("knows whether it writes", () =>
    withDatabase(async (connection) => {
      await execute(connection, "CREATE TABLE t(x)");
      const cases: [sql: string, isReadOnly: boolean][] = [
        ["SELECT 1", true],
        ["WITH c AS (SELECT 1) SELECT * FROM c", true],
        ["EXPLAIN DELETE FROM t", true],
        ["PRAGMA table_info(t)", true],
        ["DELETE FROM t", false],
        ["INSERT INTO t VALUES (1) RETURNING x", false],
        ["CREATE TABLE u(x)", false],
        ["REINDEX", false],
      ];
      for (const [sql, isReadOnly] of cases) {
        const statement = await connection.prepare(sql, {
          signal: new AbortController().signal,
        });
        assertEquals(statement.isReadOnly, isReadOnly, sql);
      }
    }));
});
