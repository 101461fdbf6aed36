import { describe, it } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { duckdb } from "@contrail/flight/duckdb";
import { assertFlightError } from "../support/rejections.ts";
import { execute } from "../support/databases.ts";
import { rows } from "./databases.ts";
import { api, skip } from "./duckdb_package.ts";

describe("transactions of DuckDB", { skip }, () => {
  it("are isolated, and commit or roll back", async () => {
    const instance = await api.DuckDBInstance.create(":memory:");
    const adapter = duckdb(instance, { readOnly: false });
    const [writer, reader] = [await adapter.connect(), await adapter.connect()];
    await execute(writer, "CREATE TABLE t(a INTEGER)");
    await writer.begin();
    await execute(writer, "INSERT INTO t VALUES (1)");
    assertEquals(await rows(reader, "SELECT count(*) FROM t"), [[0n]]);
    await writer.commit();
    assertEquals(await rows(reader, "SELECT count(*) FROM t"), [[1n]]);
    await writer.begin();
    await execute(writer, "DELETE FROM t");
    await writer.rollback();
    assertEquals(await rows(reader, "SELECT count(*) FROM t"), [[1n]]);
    // Two writers of one row: the second one fails, and begins again.
    await writer.begin();
    await reader.begin();
    await execute(writer, "UPDATE t SET a = 2");
    await assertFlightError(
      execute(reader, "UPDATE t SET a = 3"),
      "ABORTED",
      /[Cc]onflict/,
    );
    await writer.commit();
    await reader.rollback();
    assertEquals(await rows(reader, "SELECT a FROM t"), [[2]]);
    await assertFlightError(
      (async () => await writer.savepoint("s"))(),
      "UNIMPLEMENTED",
      /no savepoints/,
    );
    await adapter.close();
    assertEquals([writer.isOpen, reader.isOpen], [false, false]);
    await assertFlightError(
      (async () => await adapter.connect())(),
      "FAILED_PRECONDITION",
      /closed/,
    );
    instance.closeSync();
  });

  it("end with their connection", async () => {
    const instance = await api.DuckDBInstance.create(":memory:");
    const adapter = duckdb(instance, { readOnly: false, maxConnections: 2 });
    const [first, second] = [await adapter.connect(), await adapter.connect()];
    await assertFlightError(
      (async () => await adapter.connect())(),
      "RESOURCE_EXHAUSTED",
      /maxConnections/,
    );
    await execute(first, "CREATE TABLE t(a INTEGER)");
    await first.begin();
    await execute(first, "INSERT INTO t VALUES (1)");
    await first.close();
    assertEquals(await rows(second, "SELECT count(*) FROM t"), [[0n]]);
    assert((await adapter.connect()).isOpen);
    await adapter.close();
    instance.closeSync();
  });
});
