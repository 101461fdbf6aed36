import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
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
