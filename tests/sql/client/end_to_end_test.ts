/** The client with the server of this package over SQLite, on every transport. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  Field,
  Float64,
  Int64,
  Schema,
  tableFromArrays,
  Utf8,
} from "apache-arrow";
import { FlightError } from "@contrail/flight";
import {
  flightSql,
  type FlightSqlClient,
  identifier,
  list,
} from "@contrail/flight/sql";
import { database, flightSqlService } from "@contrail/flight/sql/server";
import { sqlite } from "@contrail/flight/sqlite";
import { assertFlightError, rejection } from "../../support/rejections.ts";
import { rpcTest } from "../../support/transports.ts";

/** Declares a test with a database of two tables. */
function databaseTest(
  name: string,
  run: (client: FlightSqlClient) => Promise<void>,
): void {
  rpcTest(name, async (connectTo) => {
    await using service = flightSqlService(
      database(sqlite(":memory:", { readOnly: false })),
    );
    await using joined = await connectTo(service);
    const client = flightSql(joined.client);
    await client.execute(
      "CREATE TABLE artists (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
    );
    await client.execute(
      "CREATE TABLE albums (title TEXT, year INTEGER, price REAL, " +
        "artist INTEGER REFERENCES artists (id) ON DELETE CASCADE)",
    );
    await client.executeMany("INSERT INTO artists VALUES (?, ?)", [
      [1, "Björk"],
      [2, "Ella"],
    ]);
    await client.executeMany(
      "INSERT INTO albums VALUES (:title, :year, :price, :artist)",
      [
        { title: "Debut", year: 1993, price: 9.5, artist: 1 },
        { title: "Post", year: 1995, price: null, artist: 1 },
        { title: "Pure Ella", year: 1950, price: 12, artist: 2 },
      ],
    );
    await run(client);
  });
}

databaseTest("a join with parameters gives typed rows", async (client) => {
  const names = list(["Björk", "Robert'); DROP TABLE artists;--"]);
  const query = client.sql<{ title: string; year: bigint }>`
    SELECT title, year FROM albums JOIN ${identifier("artists")} a
    ON albums.artist = a.id WHERE a.name IN (${names}) AND year > ${1990}
    ORDER BY year`;
  const rows: string[] = [];
  for await (const { title, year } of query) rows.push(`${year} ${title}`);
  assertEquals(rows, ["1993 Debut", "1995 Post"]);
  const schema = new Schema<{ title: Utf8; price: Float64 }>([
    new Field("title", new Utf8()),
    new Field("price", new Float64()),
  ]);
  const text = "SELECT title, price FROM albums ORDER BY year";
  const typed = await client.query(text, [], { schema });
  assertEquals(typed.map(({ price }) => price), [12, 9.5, null]);
});

databaseTest(
  "values that SQLite knows come back as they were",
  async (client) => {
    const values = [
      2n ** 62n,
      -1.5,
      "grüezi\u{1f600}",
      Uint8Array.of(0, 255),
      null,
    ];
    await client.execute(
      "CREATE TABLE kinds (i INTEGER, r REAL, t TEXT, b BLOB, n)",
    );
    await client.execute("INSERT INTO kinds VALUES (?, ?, ?, ?, ?)", values);
    const row = await client.query("SELECT i, r, t, b FROM kinds").first();
    assertEquals(Object.values(row!), values.slice(0, 4));
  },
);

databaseTest(
  "a prepared statement knows its schemas, and runs side by side",
  async (client) => {
    await using statement = await client.prepare(
      "SELECT title FROM albums WHERE year = ?",
    );
    assertEquals(statement.isUpdate, false);
    assertEquals(statement.datasetSchema?.fields.map(({ name }) => name), [
      "title",
    ]);
    assertEquals(statement.parameterSchema?.fields.length, 1);
    const years = [1993, 1995, 1950, 1900];
    const rows = await Promise.all(
      years.map((year) => statement.query([year]).first()),
    );
    assertEquals(rows.map((row) => row?.title), [
      "Debut",
      "Post",
      "Pure Ella",
      undefined,
    ]);
    await using update = await client.prepare(
      "DELETE FROM albums WHERE year < ?",
    );
    assertEquals(update.isUpdate, true);
    assertEquals(await update.execute([1960]), 1n);
  },
);

databaseTest(
  "transactions and savepoints take effect, or not",
  async (client) => {
    const count = async (from: Pick<FlightSqlClient, "query"> = client) =>
      (await from.query<{ n: bigint }>("SELECT count(*) AS n FROM albums"))[0]!
        .n;
    {
      await using tx = await client.begin();
      await tx.execute("DELETE FROM albums");
      assertEquals(await count(tx), 0n);
    }
    assertEquals(await count(), 3n);
    await client.begin(async (tx) => {
      await tx.sql`DELETE FROM albums WHERE year = ${1993}`.execute();
      {
        await using _ = await tx.savepoint();
        await tx.execute("DELETE FROM albums");
        assertEquals(await count(tx), 0n);
      }
      assertEquals(await count(tx), 2n);
      const savepoint = await tx.savepoint("kept");
      await tx.ingest("albums", [{ title: "Vespertine", year: 2001 }], {
        mode: "append",
      });
      await savepoint.release();
    });
    assertEquals(await count(), 3n);
    await assertRejects(
      () =>
        client.begin(async (tx) => {
          await tx.execute("DELETE FROM albums");
          throw new Error("no");
        }),
      Error,
      "no",
    );
    assertEquals(await count(), 3n);
  },
);

databaseTest(
  "a prepared statement whose columns have changed is out of date",
  async (client) => {
    await client.execute("CREATE TABLE t (a INTEGER)");
    await client.execute("INSERT INTO t VALUES (1)");
    await using all = await client.prepare("SELECT * FROM t WHERE a = ?");
    await using some = await client.prepare("SELECT a FROM t WHERE a = ?");
    assertEquals(await all.query([1]), [{ a: 1n }]);
    await client.execute("ALTER TABLE t ADD COLUMN b TEXT");
    await assertFlightError(
      (async () => await all.query([1]))(),
      "ABORTED",
      /columns have changed since it was prepared: it has 2 fields, not 1; prepare it again/,
    );
    assertEquals(await some.query([1]), [{ a: 1n }]);
    await using again = await client.prepare("SELECT * FROM t WHERE a = ?");
    assertEquals(await again.query([1]), [{ a: 1n, b: null }]);
  },
);

databaseTest("an ingest does what its mode says", async (client) => {
  const table = tableFromArrays({ n: BigInt64Array.of(1n, 2n, 3n) });
  const count = async () =>
    (await client.query("SELECT count(*) AS n FROM numbers"))[0];
  assertEquals(await client.ingest("numbers", table), 3n);
  await assertFlightError(client.ingest("numbers", table), "ALREADY_EXISTS");
  await client.ingest("numbers", table, { mode: "append" });
  assertEquals(await count(), { n: 6n });
  await client.ingest("numbers", [{ n: 5 }], { mode: "replace" });
  assertEquals(await count(), { n: 1n });
  await client.ingest("numbers", [...table.batches, ...table.batches], {
    mode: "create-append",
  });
  assertEquals(await count(), { n: 7n });
  await assertFlightError(
    client.ingest("missing", table, { mode: "append" }),
    "NOT_FOUND",
  );
  const columns = new Schema([new Field("n", new Int64(), true)]);
  assertEquals(await client.ingest("empty", [], { columns }), 0n);
  const error = await rejection(client.ingest("none", [])) as Error;
  assertEquals(
    error.message,
    "Cannot ingest rows: there are none, so their columns are unknown; name them by the option columns",
  );
  assertEquals(await client.query("SELECT * FROM empty"), []);
});

databaseTest("metadata describe the database", async (client) => {
  const [catalog] = await client.catalogs();
  assertEquals(catalog, "main");
  const tables = await client.tables({
    tablePattern: "a%",
    includeSchema: true,
  });
  assertEquals(tables.map(({ name }) => name), ["albums", "artists"]);
  assertEquals(
    tables[0]!.tableSchema?.fields.map(({ name }) => name),
    ["title", "year", "price", "artist"],
  );
  const [primary] = await client.primaryKeys("artists");
  assertEquals([primary?.column, primary?.keySequence], ["id", 1]);
  const [foreign] = await client.importedKeys("albums");
  assertEquals(
    [foreign?.pk.table, foreign?.fkColumn, foreign?.deleteRule],
    ["artists", "artist", "CASCADE"],
  );
  assertEquals(await client.exportedKeys("artists"), [foreign]);
  assertEquals(await client.crossReference("artists", "albums"), [foreign]);
  assert((await client.tableTypes()).length > 0);
  assert((await client.typeInfo()).length > 0);
  const info = await client.sqlInfo(["name", "readOnly", "transaction"]);
  assertEquals(info, {
    name: "SQLite",
    readOnly: false,
    transaction: "SAVEPOINT",
  });
});

databaseTest("a long query is canceled with its signal", async (client) => {
  const aborting = new AbortController();
  const query = client.query(
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r",
    undefined,
    { signal: aborting.signal },
  );
  let rows = 0;
  const reading = (async () => {
    for await (const _ of query) {
      if (++rows === 100) aborting.abort(new Error("enough"));
    }
  })();
  await assertRejects(() => reading, Error, "enough");
  const [row] = await client.query("SELECT 1 AS one");
  assertEquals(row, { one: 1n });
});

databaseTest(
  "the schema of a query is known, and its errors have the text of SQLite",
  async (client) => {
    const schema = await client.querySchema("SELECT title, year FROM albums");
    assertEquals(schema.fields.map(({ name }) => name), ["title", "year"]);
    for (
      const call of [
        () => client.query("SELECT * FROM missing").then(),
        () => client.execute("INSERT INTO missing VALUES (1)"),
        () => client.prepare("SELECT * FROM missing"),
        () => client.querySchema("SELECT * FROM missing"),
      ]
    ) {
      await assertRejects(call, FlightError, "no such table: missing");
    }
  },
);

databaseTest(
  "values keep their types where nothing tells that of a parameter",
  async (client) => {
    await client.execute("CREATE TABLE pairs (name, value)");
    const insert = "INSERT INTO pairs VALUES (?, ?)";
    for (const value of [9, 1.5, true, "text", null, Uint8Array.of(1)]) {
      await client.execute(insert, ["one", value]);
    }
    await client.executeMany(insert, [["many", 10], ["many", 2.5]]);
    await client.executeMany(insert, [["mixed", 10], ["mixed", "text"]]);
    assertEquals(await client.executeMany(insert, []), 0n);
    const types = await client.query<{ type: string }>(
      "SELECT typeof(value) AS type FROM pairs",
    );
    assertEquals(
      types.map(({ type }) => type).join(" "),
      "integer real integer text null blob real real text text",
    );
    const compared = client.sql<{ n: bigint }>`
      SELECT json_extract(${'{"age":10}'}, '$.age') > ${9} AS n`;
    assertEquals(await compared.first(), { n: 1n });
  },
);
