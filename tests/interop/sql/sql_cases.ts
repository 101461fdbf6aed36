/**
 * Cases of our client with the SQLite example server of arrow-go, which has two
 * tables, transactions, prepared statements and metadata, and answers
 * UNIMPLEMENTED to the rest.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Field, Int64, Schema, Utf8 } from "apache-arrow";
import { FlightError } from "../../../mod.ts";
import { type FlightSqlClient, identifier, list } from "../../../sql.ts";

/** A case; tables that it makes have names of its own. */
export type SqlCase = (client: FlightSqlClient) => Promise<void>;

const INT_TABLE = [
  { id: 1n, keyName: "one", value: 1n, foreignId: 1n },
  { id: 2n, keyName: "zero", value: 0n, foreignId: 1n },
  { id: 3n, keyName: "negative one", value: -1n, foreignId: 1n },
  { id: 4n, keyName: null, value: null, foreignId: null },
];

const FOREIGN_KEY = {
  pk: { table: "foreignTable" },
  pkColumn: "id",
  fk: { table: "intTable" },
  fkColumn: "foreignId",
  keySequence: 0,
  updateRule: "NO_ACTION" as const,
  deleteRule: "NO_ACTION" as const,
};

async function assertUnimplemented(call: PromiseLike<unknown>): Promise<void> {
  const error = await assertRejects(async () => await call, FlightError);
  assertEquals(error.code, "UNIMPLEMENTED");
}

/** The cases by their names. */
export const SQL_CASES: Readonly<Record<string, SqlCase>> = {
  async "query: rows, table, batches"(client) {
    assertEquals(await client.query("SELECT * FROM intTable"), INT_TABLE);
    const table = await client.query("SELECT * FROM intTable").table();
    assertEquals([table.numRows, table.numCols], [4, 4]);
    const first = await client.query("SELECT * FROM intTable").first();
    assertEquals(first, INT_TABLE[0]);
  },

  async "query: template with values"(client) {
    const names = list(["one", "zero", "x' OR 1 = 1 --"]);
    const rows = await client.sql`
      SELECT id FROM ${identifier("intTable")}
      WHERE keyName IN (${names}) AND id >= ${2}`;
    assertEquals(rows, [{ id: 2n }]);
  },

  async "query: typed by a schema"(client) {
    const schema = new Schema<{ id: Int64; keyName: Utf8 }>([
      new Field("id", new Int64()),
      new Field("keyName", new Utf8()),
    ]);
    const text = "SELECT id, keyName FROM intTable WHERE id = 1";
    const row = await client.query(text, undefined, { schema }).first();
    assertEquals(row, { id: 1n, keyName: "one" });
    await assertRejects(
      async () => await client.query("SELECT 1", undefined, { schema }),
      FlightError,
      "option schema",
    );
  },

  async "query: many rows"(client) {
    const rows = client.query<{ n: bigint }>(`
      WITH RECURSIVE numbers(n) AS (
        SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 20000
      ) SELECT n FROM numbers`);
    let sum = 0n;
    for await (const { n } of rows) sum += n;
    assertEquals(sum, 200_010_000n);
  },

  async "query: left early"(client) {
    for await (
      const { id } of client.query("SELECT * FROM intTable ORDER BY id")
    ) {
      assertEquals(id, 1n);
      break;
    }
    assertEquals((await client.query("SELECT 1 AS one"))[0], { one: 1n });
  },

  async "query: polls fall back"(client) {
    const progress: unknown[] = [];
    const rows = await client.query("SELECT 1 AS one", undefined, {
      onProgress: (value) => void progress.push(value),
    });
    assertEquals(rows, [{ one: 1n }]);
    assertEquals(progress, [1]);
  },

  async "query: error of the statement"(client) {
    await assertRejects(
      async () => await client.query("SELECT * FROM missing"),
      FlightError,
      "no such table: missing",
    );
  },

  async "update: one, and many rows at once"(client) {
    await client.execute("CREATE TABLE updates (a INTEGER, b TEXT)");
    assertEquals(
      await client.sql`INSERT INTO updates VALUES (${1}, ${"one"})`.execute(),
      1n,
    );
    const insert = "INSERT INTO updates VALUES (?, ?)";
    assertEquals(await client.executeMany(insert, [[2, "two"], [3, null]]), 2n);
    const changed = await client.execute("UPDATE updates SET b = 'x'");
    assertEquals(changed, 3n);
    assertEquals(
      await client.query("SELECT sum(a) AS n FROM updates WHERE b = 'x'"),
      [{ n: 6n }],
    );
  },

  async "update: by a query"(client) {
    await client.execute("CREATE TABLE queried (a INTEGER)");
    assertEquals(await client.query("INSERT INTO queried VALUES (1)"), []);
    const count = await client.query("SELECT count(*) AS n FROM queried");
    assertEquals(count, [{ n: 1n }]);
  },

  async "prepared: again and again, and side by side"(client) {
    await using statement = await client.prepare(
      "SELECT id, keyName FROM intTable WHERE id = ?",
    );
    for (const { id, keyName } of INT_TABLE) {
      assertEquals(await statement.query([id]), [{ id, keyName }]);
    }
    const rows = await Promise.all(
      [1, 2, 3, 4].map((id) => statement.query([id]).first()),
    );
    assertEquals(rows.map((row) => row?.id), [1n, 2n, 3n, 4n]);
  },

  async "prepared: update"(client) {
    await client.execute("CREATE TABLE prepared (a INTEGER)");
    await using statement = await client.prepare(
      "INSERT INTO prepared VALUES (?)",
    );
    assertEquals(await statement.execute([1]), 1n);
    assertEquals(await statement.executeMany([[2], [3]]), 2n);
  },

  async "transaction: commit and roll back"(client) {
    await client.execute("CREATE TABLE moves (a INTEGER)");
    await client.begin(async (tx) => {
      await tx.sql`INSERT INTO moves VALUES (${1})`.execute();
    });
    {
      await using tx = await client.begin();
      await tx.execute("DELETE FROM moves");
      const [row] = await tx.query("SELECT count(*) AS n FROM moves");
      assertEquals(row, { n: 0n });
    }
    const [row] = await client.query("SELECT count(*) AS n FROM moves");
    assertEquals(row, { n: 1n });
  },

  async "metadata: catalogs, schemas, types"(client) {
    assertEquals(await client.catalogs(), ["main"]);
    assertEquals(await client.schemas(), [{ catalog: "main", schema: "" }]);
    assert((await client.tableTypes()).includes("table"));
    assertEquals((await client.typeInfo()).length, 17);
  },

  async "metadata: tables and their columns"(client) {
    const [table] = await client.tables({
      tablePattern: "intTable",
      includeSchema: true,
    });
    assertEquals(table?.name, "intTable");
    assertEquals(
      table?.tableSchema?.fields.map(({ name }) => name),
      ["id", "keyName", "value", "foreignId"],
    );
  },

  async "metadata: keys"(client) {
    assertEquals(await client.primaryKeys("intTable"), [
      { table: "intTable", column: "id", keySequence: 1 },
    ]);
    assertEquals(await client.importedKeys("intTable"), [FOREIGN_KEY]);
    assertEquals(await client.exportedKeys("foreignTable"), [FOREIGN_KEY]);
    assertEquals(
      await client.crossReference("foreignTable", "intTable"),
      [FOREIGN_KEY],
    );
  },

  async "metadata: SqlInfo"(client) {
    assertEquals(await client.sqlInfo(["name", "transaction", "readOnly"]), {
      name: "db_name",
      transaction: "TRANSACTION",
      readOnly: false,
    });
    const all = await client.sqlInfo();
    assertEquals(all.identifierQuoteChar, '"');
    assertEquals(all.keywords?.includes("SELECT"), true);
  },

  async "not supported: each says so"(client) {
    await assertUnimplemented(client.querySchema("SELECT 1"));
    await assertUnimplemented(client.ingest("t", [{ a: 1 }]));
    await assertUnimplemented(client.use({ schema: "s" }));
    await using tx = await client.begin();
    await assertUnimplemented(tx.savepoint());
  },

  async "cancel: the server cannot"(client) {
    const info = await client.query("SELECT 1").info();
    await assertUnimplemented(client.cancel(info));
  },
};

/** The cases behind a gateway, which cancels by itself. */
export const CASES_BEHIND_GATEWAY: Readonly<Record<string, SqlCase>> = {
  ...SQL_CASES,
  async "cancel: the server cannot"(client) {
    const info = await client.query("SELECT 1").info();
    assertEquals(await client.cancel(info), "CANCELLED");
    await assertRejects(() => client.flight.read(info).table(), FlightError);
  },
};
