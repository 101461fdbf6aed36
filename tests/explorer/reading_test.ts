import { test } from "node:test";
import { assertEquals, assertRejects } from "@std/assert";
import {
  Field,
  Interval,
  List,
  Schema,
  SparseUnion,
  tableFromArrays,
  tableFromIPC,
} from "apache-arrow";
import { connectInMemory } from "@contrail/flight/memory";
import { type FlightClient, FlightError } from "@contrail/flight/web";
import { flightSql } from "@contrail/flight/sql";
import { database, flightSqlService } from "@contrail/flight/sql/server";
import { sqlite } from "@contrail/flight/sqlite";
import { cellsOf, cellText } from "../../explorer/model/cell_text.ts";
import { columnWidths } from "../../explorer/model/column_widths.ts";
import { exportFile } from "../../explorer/model/export_file.ts";
import { selectAll, tablesOf } from "../../explorer/model/catalog.ts";
import { errorText, misfitColumn } from "../../explorer/model/error_text.ts";
import { readResult } from "../../explorer/model/read_result.ts";
import { ResultStore } from "../../explorer/model/result_store.ts";
import { runStatement } from "../../explorer/model/run_statement.ts";

const ROWS = 100;

/** A service with a flight of many batches, which counts those that it made. */
function counting(batches: number): {
  client: FlightClient;
  made: () => number;
  ended: Promise<void>;
} {
  let made = 0;
  const ended = Promise.withResolvers<void>();
  const table = tableFromArrays({ n: new Int32Array(ROWS) });
  const client = connectInMemory({
    async *doGet() {
      try {
        while (made < batches) {
          made++;
          yield table.batches[0]!;
        }
      } finally {
        ended.resolve();
      }
    },
  });
  return { client, made: () => made, ended: ended.promise };
}

function read(
  client: FlightClient,
  options: Partial<Parameters<typeof readResult>[1]> = {},
): ReturnType<typeof readResult> {
  const info = {
    endpoints: [{ ticket: { ticket: new Uint8Array() }, locations: [] }],
    ordered: true,
  };
  const signal = options.signal ?? new AbortController().signal;
  let now = 0;
  return readResult(client.read(info, { signal }), {
    maxRows: Infinity,
    signal,
    now: () => now += 1000,
    onBegin: () => {},
    show: () => Promise.resolve(),
    ...options,
  });
}

test("readResult: reads to the end, and shows what arrives", async () => {
  const { client } = counting(20);
  let shown = 0;
  let begun = 0;
  const { store, isCut } = await read(client, {
    onBegin: () => begun++,
    show: () => Promise.resolve(void shown++),
  });
  assertEquals([store.numRows, isCut, begun, shown], [2000, false, 1, 20]);
  await client.close();
});

test("readResult: a page that does not draw holds the server back", async () => {
  const { client, made } = counting(1_000_000);
  const drawing = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const stop = new AbortController();
  const reading = read(client, {
    signal: stop.signal,
    show: () => {
      begun.resolve();
      return drawing.promise;
    },
  });
  await begun.promise;
  let before = -1;
  // The windows of the transport fill up; then nothing more is made.
  while (made() !== before) {
    before = made();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  stop.abort(new Error("enough"));
  drawing.resolve();
  await assertRejects(() => reading, Error, "enough");
  assertEquals(made() < 100_000, true);
  await client.close();
});

test("readResult: the limit ends the call", async () => {
  const { client, ended } = counting(1_000_000);
  const { store, isCut } = await read(client, { maxRows: 250 });
  assertEquals([store.numRows, isCut], [300, true]);
  await ended;
  await client.close();
});

test("readResult: a result of exactly the limit is not cut", async () => {
  const { client } = counting(3);
  const { store, isCut } = await read(client, { maxRows: 300 });
  assertEquals([store.numRows, isCut], [300, false]);
  await client.close();
});

test("readResult: aborting ends the call in the server", async () => {
  const { client, ended } = counting(1_000_000);
  const stop = new AbortController();
  const reading = read(client, {
    signal: stop.signal,
    show: () => Promise.resolve(stop.abort(new Error("enough"))),
  });
  await assertRejects(() => reading, Error, "enough");
  await ended;
  await client.close();
});

test("runStatement: rows, changes and transactions", async () => {
  await using service = flightSqlService(
    database(sqlite(":memory:")),
  );
  await using client = flightSql(connectInMemory(service));
  const { signal } = new AbortController();
  const run = (statement: string) => runStatement(client, statement, signal);
  await run("CREATE TABLE t (a INTEGER, b TEXT)");
  assertEquals(await run("INSERT INTO t VALUES (1, 'x'), (2, NULL)"), {
    changed: 2n,
  });
  for (
    const statement of [
      "SELECT * FROM t",
      "-- comment\nWITH c AS (SELECT 1 AS n) SELECT * FROM t",
      "INSERT INTO t VALUES (3, 'y') RETURNING a",
    ]
  ) {
    const outcome = await run(statement);
    assertEquals("batches" in outcome, true, statement);
    if ("batches" in outcome) await outcome.batches.table();
  }
  await assertRejects(() => run("BEGIN"), FlightError, "no transactions");
  await assertRejects(() => run("DELETE FROM u"), FlightError, "u");
});

test("misfitColumn: names the column that selectAll reads as text", async () => {
  await using service = flightSqlService(database(sqlite(":memory:")));
  await using client = flightSql(connectInMemory(service));
  const { signal } = new AbortController();
  const name = 'the "n" (declared INTEGER), which is no';
  const column = `"${name.replaceAll('"', '""')}"`;
  await client.execute(`CREATE TABLE t (${column} INTEGER, b TEXT)`);
  await client.execute("INSERT INTO t VALUES ('line\none', 'x'), (2, x'ff')");
  const listed = await client.tables({ includeSchema: true });
  const tables = tablesOf(listed.filter(({ name }) => name === "t"));
  const read = async (...asText: string[]): Promise<unknown[]> => {
    const catalog = { tables, flights: [] };
    const sql = selectAll(tables[0]!, catalog, new Set(asText));
    const outcome = await runStatement(client, sql, signal);
    assertEquals("batches" in outcome, true);
    const { batches } = outcome as Extract<
      typeof outcome,
      { batches: unknown }
    >;
    return (await batches.table()).toArray().map((row) =>
      Object.values(row)[0]
    );
  };
  const error = await assertRejects(() => read(), FlightError);
  assertEquals(misfitColumn(error), name);
  assertEquals(errorText(error).hint?.includes("--on-mismatch"), true);
  assertEquals(errorText(error).details.includes("endpoints[0]"), false);
  const other = await assertRejects(() => read(name), FlightError);
  assertEquals(misfitColumn(other), "b");
  assertEquals(await read(name, "b"), ["line\none", "2"]);
  const missing = await assertRejects(
    () => client.query("SELECT * FROM none"),
    FlightError,
  );
  assertEquals(misfitColumn(missing), undefined);
});

const TABLE = tableFromArrays({
  name: ["Ada", 'say "hi", Ada', "", "two\nlines"],
  n: Int32Array.of(1, 2, 3, 4),
});

function sample(): ResultStore {
  const store = new ResultStore(TABLE.schema, 100);
  for (const batch of TABLE.batches) store.add(batch);
  return store;
}

const pause = () => Promise.resolve();
const noParquet = () => Promise.reject(new Error("not asked for"));

test("exportFile: CSV by RFC 4180", async () => {
  const blob = await exportFile(sample(), "csv", { parquet: noParquet, pause });
  assertEquals(
    await blob.text(),
    'name,n\nAda,1\n"say ""hi"", Ada",2\n"",3\n"two\nlines",4\n',
  );
});

test("exportFile: Arrow, which other readers read", async () => {
  const blob = await exportFile(sample(), "arrow", {
    parquet: noParquet,
    pause,
  });
  const table = tableFromIPC(await blob.arrayBuffer());
  assertEquals(table.toString(), TABLE.toString());
});

test("exportFile: hands an Arrow stream to the writer of Parquet", async () => {
  let given: Uint8Array | undefined;
  const blob = await exportFile(sample(), "parquet", {
    parquet: () =>
      Promise.resolve((stream) => {
        given = stream;
        return Promise.resolve(Uint8Array.of(1, 2, 3));
      }),
    pause,
  });
  assertEquals(blob.size, 3);
  assertEquals(tableFromIPC(given!).numRows, 4);
});

test("exportFile: tells what Parquet lacks, and starts no writer", async () => {
  const months = new Interval(2);
  const nested = new List(new Field("each", months));
  for (const type of [months, nested, new SparseUnion([], [])]) {
    const store = new ResultStore(new Schema([new Field("when", type)]), 1);
    await assertRejects(
      () => exportFile(store, "parquet", { parquet: noParquet, pause }),
      Error,
      'which the column "when" has',
    );
  }
});

test("cellsOf: one line for each cell, and nulls apart", () => {
  const long = "x".repeat(500);
  const table = tableFromArrays({ a: ["one\ntwo", null, long] });
  const store = new ResultStore(table.schema, 100);
  store.add(table.batches[0]!);
  const { texts, nulls } = cellsOf(store, 0, 0, 3);
  assertEquals(texts.slice(0, 2), ["one⏎two", "null"]);
  assertEquals(texts[2]!.length, 201);
  assertEquals(nulls, [false, true, false]);
  assertEquals(cellText(store, 0, 2), long);
  assertEquals(cellText(store, 0, 1), null);
  assertEquals(cellText(store, 0, 3), undefined);
});

test("columnWidths: fit the first and the last rows, within bounds", () => {
  const [name, n] = columnWidths(sample());
  assertEquals(name! > n!, true);
  assertEquals(n! >= 64, true);
  const widthOf = (lastRow: number): number => {
    const rows = Array.from(
      { length: lastRow },
      (_, i) => `a text of row ${i + 1}`,
    );
    const table = tableFromArrays({ t: rows });
    const store = new ResultStore(table.schema, 1000);
    store.add(table.batches[0]!);
    return columnWidths(store)[0]!;
  };
  assertEquals(widthOf(1000) > widthOf(99), true);
});
