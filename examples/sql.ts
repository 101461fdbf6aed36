/** A database behind Flight SQL, and a client that asks it in SQL. */

import { serve } from "@contrail/flight";
import { connectSql } from "@contrail/flight/sql/client";
import { database, flightSqlService } from "@contrail/flight/sql/server";
import { sqlite } from "@contrail/flight/sqlite";

await using server = await serve(
  flightSqlService(database(sqlite(":memory:"))),
);
await using client = connectSql(server.location);

await client.ingest("albums", [
  { artist: "Björk", title: "Debut", year: 1993 },
  { artist: "Björk", title: "Post", year: 1995 },
  { artist: "Ella", title: "Pure Ella", year: 1950 },
]);

const artist = "Björk";
const albums = client.sql<{ title: string; year: bigint }>`
  SELECT title, year FROM albums WHERE artist = ${artist} ORDER BY year`;
for await (const { title, year } of albums) console.log(`${year} ${title}`);

const changed = await client.begin(async (tx) => {
  const old = await tx.sql`DELETE FROM albums WHERE year < ${1960}`.execute();
  return old + await tx.execute("UPDATE albums SET year = year + 1");
});
console.log(`${changed} rows changed`);

const { numRows } = await client.query("SELECT * FROM albums").table();
console.log(`${numRows} rows left`);
