import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import { duckdb, type SqlTable } from "@contrail/flight/duckdb";
import { connectInMemory } from "@contrail/flight/memory";
import { flightSql } from "@contrail/flight/sql";
import { database, flightSqlService } from "@contrail/flight/sql/server";
import { execute } from "../support/databases.ts";
import { withDatabase } from "./databases.ts";
import { api, skip } from "./duckdb_package.ts";

describe("the catalog of DuckDB", { skip }, () => {
  it("tells the version of the engine, also to the first client", async () => {
    const instance = await api.DuckDBInstance.create(":memory:");
    await using service = flightSqlService(database(duckdb(instance)));
    await using client = flightSql(connectInMemory(service));
    const { name, version } = await client.sqlInfo(["name", "version"]);
    const [row] = await client.query("SELECT version() AS version");
    assertEquals([name, `v${version}`], ["DuckDB", row!.version]);
  });

  it("has schemas, tables, columns and keys", () =>
    withDatabase(async (connection) => {
      await execute(
        connection,
        "CREATE TABLE p(a INTEGER, b INTEGER, PRIMARY KEY (b, a))",
      );
      await execute(connection, "CREATE SCHEMA other");
      await execute(
        connection,
        "CREATE TABLE f(x INTEGER, y INTEGER, FOREIGN KEY (x, y) REFERENCES p(b, a))",
      );
      await execute(connection, "CREATE VIEW v AS SELECT [a] AS l FROM p");
      assertEquals(await connection.catalogs(), ["memory"]);
      assertEquals(await connection.schemas(), [{
        catalog: "memory",
        schema: "main",
      }, { catalog: "memory", schema: "other" }]);
      const tables: SqlTable[] = [];
      for await (const table of connection.tables({ includeSchema: true })) {
        tables.push(table);
      }
      assertEquals(
        tables.map((
          { catalog, schema, name, type },
        ) => [catalog, schema, name, type]),
        [
          ["memory", "main", "f", "TABLE"],
          ["memory", "main", "p", "TABLE"],
          ["memory", "main", "v", "VIEW"],
        ],
      );
      assertEquals(
        String(tables[2]!.tableSchema!.fields[0]!.type),
        "List<Int32>",
      );
      // A view that no longer compiles does not hide the others.
      await execute(connection, "CREATE TABLE gone(a INTEGER)");
      await execute(connection, "CREATE VIEW w AS SELECT a FROM gone");
      await execute(connection, "DROP TABLE gone");
      const columns = new Map<string, number>();
      for await (const table of connection.tables({ includeSchema: true })) {
        columns.set(table.name, table.tableSchema!.fields.length);
      }
      assertEquals([columns.get("v"), columns.get("w")], [
        tables[2]!.tableSchema!.fields.length,
        0,
      ]);
      const primary = await connection.primaryKeys({ table: "p" });
      assertEquals(
        primary.map(({ column, keySequence }) => [column, keySequence]),
        [["b", 1], ["a", 2]],
      );
      const foreign = await connection.foreignKeys({ pk: { table: "p" } });
      assertEquals(
        foreign.map((
          key,
        ) => [
          key.fk.table,
          key.fkColumn,
          key.pk.table,
          key.pkColumn,
          key.keySequence,
        ]),
        [
          ["f", "x", "p", "b", 1],
          ["f", "y", "p", "a", 2],
        ],
      );
      assertEquals(await connection.foreignKeys({ fk: { table: "p" } }), []);
    }));
});
