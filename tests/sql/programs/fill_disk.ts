/**
 * A program that fills a database by each way that a client has, until its disk is full, and prints the errors. Its
 * arguments are the engine, the path of the database, and the folder of DuckDB's package; and, where it can make room
 * again, the path of another file on the disk.
 */

import { rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";
import { FlightError } from "@contrail/flight";
import { duckdb, type DuckDBInstanceLike } from "@contrail/flight/duckdb";
import { connectInMemory } from "@contrail/flight/memory";
import { flightSql } from "@contrail/flight/sql";
import { database, flightSqlService } from "@contrail/flight/sql/server";
import { type DatabaseAdapter, sqlite } from "@contrail/flight/sqlite";
import { tableFromArrays } from "apache-arrow";

const [engine, path, duckdbFolder, ballast] = process.argv.slice(2);

/** More than the disk has room for. */
const MAX_STEPS = 100;

/** 64 KiB in each row, and not the same. */
const textOf = (i: number): string => String(i).padEnd(64 * 1024, "filling ");

async function open(): Promise<DatabaseAdapter> {
  if (engine === "sqlite") return sqlite(path!, { readOnly: false });
  const require = createRequire(duckdbFolder!);
  const { DuckDBInstance } = require("@duckdb/node-api") as {
    DuckDBInstance: { create(path: string): Promise<DuckDBInstanceLike> };
  };
  return duckdb(await DuckDBInstance.create(path!), { readOnly: false });
}

/** Writes until it fails. */
async function fill(write: (i: number) => Promise<unknown>): Promise<string> {
  try {
    for (let i = 0; i < MAX_STEPS; i++) await write(i);
    return "the disk is not full";
  } catch (error) {
    if (!FlightError.is(error)) throw error;
    return `${error.code}: ${error.details}`;
  }
}

if (ballast !== undefined) writeFileSync(ballast, new Uint8Array(512 * 1024));
const service = flightSqlService(database(await open()));
const client = flightSql(connectInMemory(service));
const count = async (): Promise<number> =>
  Number((await client.query("SELECT count(*) AS n FROM t"))[0]!.n);
await client.execute("CREATE TABLE t (n INTEGER, s TEXT)");
await client.execute("INSERT INTO t VALUES (0, 'first')");

let committed = 1;
const errors = {
  transaction: await fill(async () => {
    await using transaction = await client.begin();
    for (let i = 0; i < MAX_STEPS; i++) {
      await transaction.sql`INSERT INTO t VALUES (${i}, ${textOf(i)})`
        .execute();
    }
    await transaction.commit();
  }),
  statement: await fill(async (i) => {
    await client.sql`INSERT INTO t VALUES (${i}, ${textOf(i)})`.execute();
    committed++;
  }),
  ingest: await fill(async () => {
    const rows = Array.from({ length: MAX_STEPS }, (_, i) => textOf(i));
    const data = tableFromArrays({ n: rows.map((_, i) => i), s: rows });
    await client.ingest("t", data, { mode: "append" });
  }),
};
const found = await count();
if (ballast !== undefined) {
  rmSync(ballast);
  await client.sql`INSERT INTO t VALUES (-1, ${textOf(-1)})`.execute();
  committed++;
}
const last = await count();
await client.close();
await service[Symbol.asyncDispose]();
console.log(JSON.stringify({ errors, committed, found, last }));
process.exit(0);
