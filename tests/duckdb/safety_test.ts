import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { Int32, vectorFromArray } from "apache-arrow";
import { duckdb, type DuckdbOptions } from "@contrail/flight/duckdb";
import { assertFlightError } from "../support/rejections.ts";
import { batchOf, execute, ingest, query } from "../support/databases.ts";
import { checkAll, type Options } from "../support/option_types.ts";
import { CREATE, dataOf, rows, withDatabase } from "./databases.ts";
import { api, skip } from "./duckdb_package.ts";

describe("safety of DuckDB", { skip }, () => {
  const OUTSIDE = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "COPY (SELECT 1) TO '/tmp/out.csv'",
    "ATTACH '/tmp/other.db'",
    "DETACH memory",
    "INSTALL json",
    "LOAD json",
    "EXPORT DATABASE '/tmp/out'",
    "SET enable_external_access = true",
    "SET threads = 1",
    "RESET threads",
    "PRAGMA enable_profiling",
    "BEGIN",
    "CHECKPOINT",
    "PREPARE p AS SELECT 1",
    "USE memory",
  ];

  /** Characters that DuckDB takes for spaces, beyond ASCII. */
  const SPACES = [
    ..."\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007",
    ..."\u2008\u2009\u200a\u200b\u202f\u205f\u2060\u3000\ufeff",
  ];

  it("keeps statements inside of the database", () =>
    withDatabase(async (connection) => {
      for (const sql of OUTSIDE) {
        await assertFlightError(query(connection, sql), "PERMISSION_DENIED");
      }
    }));

  /** Functions that change the engine for all clients: its log has the statements of each, and may go to a file. */
  const FUNCTIONS = [
    "SELECT * FROM enable_logging()",
    "FROM enable_logging(storage = 'file', storage_path = '/tmp/log')",
    `SELECT * FROM system.main."Enable_Logging" /* a */ ()`,
    "SELECT * FROM disable_logging()",
    "SELECT * FROM truncate_duckdb_logs()",
    "SELECT write_log('a')",
    "EXPLAIN SELECT write_log('a')",
    "SELECT * FROM enable_profiling(save_location = '/tmp/a.txt')",
    "SELECT * FROM disable_profiling()",
    "SELECT * FROM enable_peg_parser()",
    "SELECT * FROM disable_peg_parser()",
    "SELECT * FROM checkpoint()",
    "SELECT * FROM force_checkpoint()",
    "CREATE MACRO m() AS TABLE SELECT * FROM enable_logging()",
    "CREATE TABLE u AS SELECT * FROM enable_logging()",
    "INSERT INTO query SELECT 1 FROM enable_logging()",
    "SELECT * FROM query('SELECT * FROM enable_' || 'logging()')",
    "SELECT * FROM query(E'SELECT 1')",
    "SELECT * FROM query($$SELECT 1$$)",
    "SELECT * FROM query(('SELECT 1'))",
    "SELECT * FROM range(1), query(CASE WHEN true THEN 'SELECT 1' END)",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
  ];

  it("refuses functions that change the engine for all clients", () =>
    withDatabase(async (connection) => {
      await execute(
        connection,
        "CREATE TABLE main.query(checkpoint INTEGER, b INTEGER)",
      );
      for (const sql of FUNCTIONS) {
        await assertFlightError(
          query(connection, sql),
          "PERMISSION_DENIED",
          /Cannot run the function/,
        );
      }
      // Names of tables and columns, and texts, are none of these.
      await execute(
        connection,
        "INSERT INTO query(checkpoint, b) VALUES (1, 2)",
      );
      await execute(connection, "CREATE INDEX i ON main.query(checkpoint)");
      const found = await rows(
        connection,
        "WITH a AS (SELECT 1 AS n), query(n, m) AS (SELECT checkpoint, b FROM main.query) SELECT n, m, 'write_log()' AS t FROM query -- checkpoint()",
      );
      assertEquals(found, [[1, 2, "write_log()"]]);
      const logs = "SELECT count(*) FROM duckdb_logs";
      assertEquals(await rows(connection, logs), [[0n]]);
    }));

  it("reads no file that the engine has opened, by any function", async () => {
    const folder = await mkdtemp(join(tmpdir(), "flight-duckdb-test-"));
    const path = join(folder, "test.duckdb");
    try {
      const instance = await api.DuckDBInstance.create(path);
      const adapter = duckdb(instance, { readOnly: false });
      const connection = await adapter.connect();
      await execute(connection, "CREATE TABLE t AS FROM range(3)");
      const functions = await rows(
        connection,
        `SELECT DISTINCT function_name FROM duckdb_functions()
         WHERE function_type = 'table' AND parameter_types[1] = 'VARCHAR'
         AND regexp_matches(function_name, 'read|parquet|csv')`,
      );
      assert(functions.length > 10);
      const refused = async (sql: string) =>
        await assertFlightError(
          query(connection, sql),
          "PERMISSION_DENIED",
          /Cannot run the function \w+: statements read no files/,
        );
      for (const name of [...functions.flat(), "read_blob", "read_text"]) {
        for (const file of [path, `${path}.wal`, `${path}.tmp/a.tmp`]) {
          await refused(`SELECT * FROM ${name}('${file}')`);
        }
      }
      await refused(`SELECT * FROM "Read_Blob" /* a */ (['${path}'])`);
      await refused(`SELECT * FROM read_text((SELECT '${path}'))`);
      await refused(`SELECT * FROM (SELECT '${path}' AS p), read_text(p)`);
      await refused(`CREATE VIEW v AS SELECT * FROM read_blob('${path}')`);
      await refused(`CREATE MACRO m(p) AS TABLE SELECT * FROM read_blob(p)`);
      // A macro or table of such a name is none of them.
      await execute(connection, "CREATE MACRO read_total(x) AS x + 1");
      await execute(connection, "CREATE TABLE read_log(a INTEGER)");
      await execute(connection, "INSERT INTO read_log(a) VALUES (1)");
      assertEquals(
        await rows(connection, "SELECT read_total(a) FROM read_log"),
        [[2]],
      );
      await adapter.close();
      instance.closeSync();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("reads files by functions with externalAccess", () =>
    withDatabase(async (connection) => {
      const folder = await mkdtemp(join(tmpdir(), "flight-duckdb-test-"));
      try {
        const path = join(folder, "a.txt");
        await writeFile(path, "text");
        const sql = `SELECT content FROM read_text('${path}')`;
        assertEquals(await rows(connection, sql), [["text"]]);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }, { externalAccess: true }));

  it("refuses U+0000 in a statement, at which the engine would end it", () =>
    withDatabase(async (connection) => {
      await execute(connection, "CREATE TABLE t AS FROM range(3)");
      for (
        const sql of ["DELETE FROM t WHERE true\0 AND false", "SELECT 1\0"]
      ) {
        await assertFlightError(
          execute(connection, sql),
          "INVALID_ARGUMENT",
          /it has a character U\+0000 at \d+/,
        );
      }
      assertEquals(await rows(connection, "SELECT count(*) FROM t"), [[3n]]);
    }));

  it("takes no numbers from a sequence of a database for reading only", async () => {
    const instance = await api.DuckDBInstance.create(":memory:");
    const writable = duckdb(instance, { readOnly: false });
    const creator = await writable.connect();
    await execute(creator, "CREATE SEQUENCE s");
    assertEquals(await rows(creator, "SELECT nextval('s')"), [[1n]]);
    const adapter = duckdb(instance);
    const connection = await adapter.connect();
    await assertFlightError(
      query(connection, "SELECT nextval('s')"),
      "FAILED_PRECONDITION",
      /Cannot call nextval: .*readOnly/,
    );
    assertEquals(await rows(connection, "SELECT currval('s')"), [[1n]]);
    await adapter.close();
    await writable.close();
    instance.closeSync();
  });

  it("writes nothing unless that is asked for", async () => {
    const instance = await api.DuckDBInstance.create(":memory:");
    const adapter = duckdb(instance);
    const connection = await adapter.connect();
    for (
      const sql of [
        "CREATE TABLE t(a INTEGER)",
        "EXPLAIN ANALYZE CREATE TABLE t(a INTEGER)",
        "EXPLAIN /* /* */ ' */ ANALYZE CREATE TABLE t AS SELECT ''",
        "EXPLAIN --\rANALYZE CREATE TABLE t(a INTEGER)",
        "EXPLAIN ANALYSE CREATE TABLE t(a INTEGER)",
        "EXPLAIN (FORMAT json, ANALYZE) CREATE TABLE t(a INTEGER)",
        `EXPLAIN ("analyze") CREATE TABLE t(a INTEGER)`,
        ...SPACES.map((space) =>
          `EXPLAIN${space}ANALYZE${space}CREATE TABLE t(a INTEGER)`
        ),
        "CREATE VIEW v AS SELECT 1",
      ]
    ) {
      await assertFlightError(
        execute(connection, sql),
        "FAILED_PRECONDITION",
        /readOnly/,
      );
    }
    await assertFlightError(
      ingest(
        connection,
        { table: "t", ...CREATE },
        dataOf(batchOf({ a: vectorFromArray([1], new Int32()) })),
      ),
      "FAILED_PRECONDITION",
    );
    assertEquals(
      await rows(connection, "SELECT count(*) FROM duckdb_tables()"),
      [[0n]],
    );
    await adapter.close();
    instance.closeSync();
  });

  it("leaves a file that is open for reading as it is", async () => {
    const folder = await mkdtemp(join(tmpdir(), "flight-duckdb-test-"));
    const path = join(folder, "test.duckdb");
    try {
      const writable = await api.DuckDBInstance.create(path);
      const creator = duckdb(writable, { readOnly: false });
      await execute(await creator.connect(), "CREATE TABLE t AS FROM range(3)");
      await creator.close();
      writable.closeSync();
      const instance = await api.DuckDBInstance.create(path, {
        access_mode: "READ_ONLY",
      });
      const adapter = duckdb(instance, { readOnly: false });
      const connection = await adapter.connect();
      await assertFlightError(
        execute(connection, "DELETE FROM t"),
        "FAILED_PRECONDITION",
        /read-only mode/,
      );
      const { rows } = await query(connection, "SELECT count(*) FROM t");
      assertEquals(rows, [[3n]]);
      await adapter.close();
      instance.closeSync();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("refuses temporary tables outside of a transaction", () =>
    withDatabase(async (connection) => {
      for (
        const start of ["", "/* /* */ x */", "--\r", "\u00a0"]
      ) {
        await assertFlightError(
          execute(connection, `${start}CREATE TEMP TABLE t(a INTEGER)`),
          "FAILED_PRECONDITION",
          /temporary tables outside of a transaction/,
        );
      }
    }));

  it("tells that the package is missing where a path is given", async () => {
    const adapter = duckdb("flights.duckdb");
    await assertFlightError(
      (async () => await adapter.connect())(),
      "FAILED_PRECONDITION",
      /@duckdb\/node-api cannot be loaded; install it, or give duckdb\(\) an instance/,
    );
    await adapter.close();
  });

  it("checks options and sources where they are given", async () => {
    const OPTIONS: Options<DuckdbOptions> = {
      readOnly: "boolean",
      readOnlyHint: "text",
      externalAccess: "boolean",
      timeoutMs: "number",
      maxRows: "number",
      maxConnections: "number",
      batchRows: "number",
      batchBytes: "number",
      maxValueBytes: "number",
      maxBufferedBytes: "number",
      config: "object",
    };
    await checkAll(OPTIONS, (options) => void duckdb(":memory:", options));
    for (const source of ["", 5, null, undefined, {}]) {
      assertThrows(
        () => duckdb(source as string),
        TypeError,
        "neither a path nor an instance",
      );
    }
  });
});
