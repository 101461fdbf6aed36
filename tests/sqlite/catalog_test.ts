import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import type { DatabaseConnection, SqlTable } from "@contrail/flight/sqlite";
import { execute, query, withDatabase } from "./databases.ts";

async function tables(
  connection: DatabaseConnection,
  includeSchema = false,
): Promise<SqlTable[]> {
  const list: SqlTable[] = [];
  for await (const table of connection.tables({ includeSchema })) {
    list.push(table);
  }
  return list;
}

describe("the catalog of SQLite", () => {
  it("has tables, views and system tables", () =>
    withDatabase(async (connection) => {
      await execute(
        connection,
        "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, n VARCHAR(10))",
      );
      await execute(
        connection,
        "CREATE VIEW v AS SELECT id, n || '!' AS m FROM t",
      );
      await execute(connection, "CREATE VIRTUAL TABLE f USING fts5(x)");
      await execute(connection, `CREATE TABLE "odd ""name"(x)`);
      const list = await tables(connection);
      assertEquals(list.filter(({ name }) => !name.startsWith("f_")), [
        { catalog: "main", name: "f", type: "TABLE", tableSchema: undefined },
        {
          catalog: "main",
          name: 'odd "name',
          type: "TABLE",
          tableSchema: undefined,
        },
        {
          catalog: "main",
          name: "sqlite_schema",
          type: "SYSTEM TABLE",
          tableSchema: undefined,
        },
        {
          catalog: "main",
          name: "sqlite_sequence",
          type: "SYSTEM TABLE",
          tableSchema: undefined,
        },
        { catalog: "main", name: "t", type: "TABLE", tableSchema: undefined },
        { catalog: "main", name: "v", type: "VIEW", tableSchema: undefined },
      ]);
      assertEquals(await connection.tableTypes(), [
        "SYSTEM TABLE",
        "TABLE",
        "VIEW",
      ]);
      assertEquals([await connection.catalogs(), await connection.schemas()], [[
        "main",
      ], []]);
    }));

  it("has the columns that SELECT * gives", () =>
    withDatabase(async (connection) => {
      await execute(
        connection,
        "CREATE TABLE a(id INTEGER, d DECIMAL(5, 2), x, g AS (id + 1), s AS (1) STORED)",
      );
      await execute(
        connection,
        "CREATE TABLE b(k TEXT, v BLOB, PRIMARY KEY (v, k)) WITHOUT ROWID",
      );
      await execute(
        connection,
        "CREATE VIEW v AS SELECT id, count(*) AS n FROM a",
      );
      await execute(connection, "CREATE VIEW broken AS SELECT * FROM gone");
      for (const { name, tableSchema } of await tables(connection, true)) {
        if (name === "broken") assertEquals(tableSchema!.fields, []);
        else {
          const { types } = await query(connection, `SELECT * FROM "${name}"`);
          assertEquals(
            tableSchema!.fields.map((field) => String(field.type)),
            types,
            name,
          );
          assertEquals(
            tableSchema!.fields.every((field) => field.nullable),
            true,
          );
        }
      }
      const a = (await tables(connection, true)).find(({ name }) =>
        name === "a"
      )!;
      const metadata = a.tableSchema!.fields[1]!.metadata;
      assertEquals(Object.fromEntries(metadata), {
        "ARROW:FLIGHT:SQL:CATALOG_NAME": "main",
        "ARROW:FLIGHT:SQL:TABLE_NAME": "a",
        "ARROW:FLIGHT:SQL:TYPE_NAME": "DECIMAL(5, 2)",
      });
    }));

  it("has primary keys in the order of the key", () =>
    withDatabase(async (connection) => {
      await execute(
        connection,
        'CREATE TABLE t(a, b, c, CONSTRAINT "my key" PRIMARY KEY (c, a))',
      );
      const keys = await connection.primaryKeys({ table: "t" });
      assertEquals(
        keys.map((
          { table, column, keySequence, keyName },
        ) => [table, column, keySequence, keyName]),
        [
          ["t", "c", 1, "my key"],
          ["t", "a", 2, "my key"],
        ],
      );
      assertEquals(await connection.primaryKeys({ table: "nope" }), []);
      assertEquals(
        await connection.primaryKeys({ table: "t", catalog: "temp" }),
        [],
      );
      assertEquals(
        await connection.primaryKeys({ table: "t", schema: "x" }),
        [],
      );
    }));

  it("has foreign keys, also to the table itself and to implied columns", () =>
    withDatabase(async (connection) => {
      await execute(
        connection,
        "CREATE TABLE p(id INTEGER PRIMARY KEY, parent REFERENCES p(id) ON DELETE CASCADE)",
      );
      await execute(connection, "CREATE TABLE q(a, b, PRIMARY KEY (a, b))");
      await execute(
        connection,
        "CREATE TABLE t(x REFERENCES P, y, z, CONSTRAINT fk FOREIGN KEY (y, z) REFERENCES q ON UPDATE SET NULL ON DELETE SET DEFAULT)",
      );
      const all = await connection.foreignKeys({});
      assertEquals(
        all.map((
          key,
        ) => [
          key.fk.table,
          key.fkColumn,
          key.pk.table,
          key.pkColumn,
          key.keySequence,
          key.fkKeyName,
          key.updateRule,
          key.deleteRule,
        ]),
        [
          ["p", "parent", "p", "id", 1, undefined, "NO_ACTION", "CASCADE"],
          ["t", "y", "q", "a", 1, "fk", "SET_NULL", "SET_DEFAULT"],
          ["t", "z", "q", "b", 2, "fk", "SET_NULL", "SET_DEFAULT"],
          ["t", "x", "p", "id", 1, undefined, "NO_ACTION", "NO_ACTION"],
        ],
      );
      const columns = async (
        filter: Parameters<typeof connection.foreignKeys>[0],
      ) =>
        (await connection.foreignKeys(filter)).map((key) =>
          `${key.fk.table}.${key.fkColumn}`
        );
      assertEquals(await columns({ pk: { table: "p" } }), ["p.parent", "t.x"]);
      assertEquals(await columns({ fk: { table: "t" } }), [
        "t.y",
        "t.z",
        "t.x",
      ]);
      assertEquals(
        await columns({ pk: { table: "q" }, fk: { table: "p" } }),
        [],
      );
      assertEquals(
        await columns({
          pk: { table: "q", catalog: "main" },
          fk: { table: "t" },
        }),
        ["t.y", "t.z"],
      );
    }));

  it("has types", () =>
    withDatabase(async (connection) => {
      const types = await connection.typeInfo!();
      for (const { typeName } of types) {
        await execute(
          connection,
          `CREATE TABLE "t ${typeName}"(x ${typeName})`,
        );
      }
      assertEquals(types.length, 14);
    }));
});
