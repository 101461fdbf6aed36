/**
 * Files for the explorer to show: a SQLite database and an Arrow file.
 *
 * @module
 */
import { writeFile } from "node:fs/promises";
import { connectInMemory } from "@contrail/flight/memory";
import { flightSql } from "@contrail/flight/sql";
import { database, flightSqlService } from "@contrail/flight/sql/server";
import { sqlite } from "@contrail/flight/sqlite";
import {
  Bool,
  Field,
  Float64,
  Int32,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  Table,
  TimestampMillisecond,
  Utf8,
  vectorFromArray,
} from "apache-arrow";

/** Rows of the table `orders`. */
export const ORDERS = 1_000_000;
/** Rows of the flight `weather`. */
export const READINGS = 200_000;
const BATCH_ROWS = 20_000;

const STATEMENTS = [
  `CREATE TABLE item (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, category TEXT, price REAL)`,
  `CREATE TABLE orders (
    id INTEGER PRIMARY KEY, item_id INTEGER NOT NULL REFERENCES item,
    quantity INTEGER, ordered_at TEXT, note TEXT)`,
  `CREATE TABLE "odd name" ("first column" INTEGER, "select" TEXT)`,
  `INSERT INTO "odd name" VALUES (1, 'a "quoted" text, with a comma'), (2, NULL)`,
  `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199)
   INSERT INTO item SELECT i, printf('Item %03d', i),
     json_extract('["Kitchen","Garden","Office","Books","Toys","Outdoor"]', '$[' || (i * 7 % 6) || ']'),
     round(2 + (i * 37 % 199) * 1.01, 2) FROM n`,
  `WITH RECURSIVE n(i) AS (
     SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${ORDERS - 1})
   INSERT INTO orders SELECT i, i * 31 % 200, 1 + i % 8,
     printf('2025-%02d-%02d %02d:00:00', 1 + i % 12, 1 + i % 28, i % 24),
     CASE WHEN i % 7 = 0 THEN 'gift, "wrapped"' END FROM n`,
  // SQLite lets a column hold values of any type.
  `CREATE TABLE mixed (a INTEGER, b TEXT)`,
  `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 39999)
   INSERT INTO mixed SELECT iif(i = 39999, 'n/a', i), 'text' FROM n`,
  `CREATE VIEW sales AS
   SELECT name, category, sum(quantity * price) AS revenue
   FROM orders JOIN item ON item.id = item_id GROUP BY name, category`,
];

/**
 * Writes the files.
 *
 * @param folder Where to.
 * @returns Their paths.
 */
export async function writeSampleData(folder: string): Promise<string[]> {
  const shop = `${folder}/shop.sqlite`;
  const weather = `${folder}/weather.arrow`;
  // An empty file is an empty database.
  await writeFile(shop, "");
  await using service = flightSqlService(
    database(sqlite(shop, { readOnly: false })),
  );
  await using client = flightSql(connectInMemory(service));
  for (const statement of STATEMENTS) await client.execute(statement);
  await writeFile(weather, weatherFile());
  return [shop, weather];
}

function weatherFile(): Uint8Array {
  const schema = new Schema([
    new Field("time", new TimestampMillisecond("UTC"), false),
    new Field("station", new Utf8(), false),
    new Field("temperature", new Float64(), true),
    // Declared as never null, and it has nulls: files of others are like that.
    new Field("humidity", new Int32()),
    new Field("ok", new Bool(), false),
  ]);
  const batches: RecordBatch[] = [];
  for (let from = 0; from < READINGS; from += BATCH_ROWS) {
    batches.push(readings(schema, from));
  }
  return RecordBatchFileWriter.writeAll(new Table(schema, batches))
    .toUint8Array(true);
}

function readings(schema: Schema, from: number): RecordBatch {
  const rows = Array.from({ length: BATCH_ROWS }, (_, row) => from + row);
  const columns = [
    vectorFromArray(
      rows.map((i) => 1_735_689_600_000 + i * 60_000),
      new TimestampMillisecond("UTC"),
    ),
    vectorFromArray(
      rows.map((i) => ["Oslo", "Turin", "Porto"][i % 3]!),
      new Utf8(),
    ),
    vectorFromArray(
      rows.map((i) => 14 + 8 * Math.sin(i / 21_000) + 5 * Math.sin(i / 229)),
      new Float64(),
    ),
    vectorFromArray(
      rows.map((i) => i % 50 === 0 ? null : 40 + i * 7 % 50),
      new Int32(),
    ),
    vectorFromArray(rows.map((i) => i % 9 !== 0), new Bool()),
  ];
  const data = makeData({
    type: new Struct(schema.fields),
    length: BATCH_ROWS,
    nullCount: 0,
    children: columns.map((column) => column.data[0]!),
  });
  return new RecordBatch(schema, data);
}
