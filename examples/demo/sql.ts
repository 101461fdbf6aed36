/** The second part of the demo: a database over Flight SQL. */

import { connectSql, type FlightSqlClient } from "@contrail/flight/sql/client";
import { database, flightSqlService } from "@contrail/flight/sql/server";
import { serve } from "@contrail/flight/server";
import { sqlite } from "@contrail/flight/sqlite";
import type { RecordBatch, Table } from "apache-arrow";
import { copyAirports } from "./airports.ts";
import { byteLengthOf, inBatches } from "./batches.ts";
import { Progress, type Step } from "./progress.ts";
import { numberText, textTable } from "./text_table.ts";

/** Serves the airports, queries them, and stores the flights beside them. */
export async function demonstrateSql(
  flights: Table,
  port: number,
  steps: Step[],
): Promise<void> {
  await using file = await copyAirports();
  const adapter = sqlite(file.path, { readOnly: false });
  const service = flightSqlService(database(adapter));
  await using server = await serve(service, { port });
  await using client = connectSql(server.location);
  console.log(`\nServing airports.sqlite at ${server.location.uri}\n`);

  await listTables(client);
  await joinTables(client);
  await changeNothing(client);
  await ingest(client, flights, steps);
  await aggregate(client);
}

/** The tables and their columns. */
async function listTables(client: FlightSqlClient): Promise<void> {
  const tables = await client.tables({
    types: ["TABLE"],
    includeSchema: true,
  });
  const rows = tables.map(({ name, tableSchema }) => [
    name,
    tableSchema!.fields.map(({ name }) => name).join(", "),
  ]);
  console.log(`${textTable(["table", "columns"], rows, 68)}\n`);
}

/** A join. The values in the template travel beside the text, as parameters. */
async function joinTables(client: FlightSqlClient): Promise<void> {
  const [country, type, metres] = ["US", "large_airport", 3700];
  const runways = await client.sql<
    { iata: string; name: string; state: string; metres: bigint }
  >`
    SELECT iata, name, state, CAST(length_ft * 0.3048 AS INTEGER) AS metres
    FROM airports JOIN runways ON runways.airport_id = airports.id
    WHERE country_code = ${country} AND type = ${type}
      AND length_ft * 0.3048 > ${metres}
    ORDER BY length_ft DESC LIMIT 5`;
  const rows = runways.map(({ iata, name, state, metres }) => [
    iata,
    name,
    state,
    metres,
  ]);
  console.log(
    `The longest runways of large airports in ${country}, from ${metres} m on:\n`,
  );
  console.log(`${textTable(["iata", "airport", "state", "m"], rows, 40)}\n`);
}

/** A transaction that is rolled back: what was deleted is there again. */
async function changeNothing(client: FlightSqlClient): Promise<void> {
  const count = async (commands: Pick<FlightSqlClient, "query">) =>
    (await commands.query<{ n: bigint }>(
      "SELECT count(*) AS n FROM runway_ends",
    ).first())!.n;
  const before = await count(client);
  const transaction = await client.begin();
  const deleted = await transaction.execute(
    "DELETE FROM runway_ends WHERE displaced_threshold_ft > 0",
  );
  const meanwhile = await count(transaction);
  await transaction.rollback();
  const after = await count(client);
  if (meanwhile !== before - deleted || after !== before) {
    throw new Error(`${before}, ${meanwhile} and ${after} rows`);
  }
  console.log(
    `Transaction: deleted ${numberText(deleted)} of ${numberText(before)} ` +
      `runway ends, and rolled back: ${numberText(after)} are there`,
  );
}

/** An ingest: a table of the database is made of record batches. */
async function ingest(
  client: FlightSqlClient,
  flights: Table,
  steps: Step[],
): Promise<void> {
  const { numRows } = flights;
  const progress = new Progress("Ingest", numRows, byteLengthOf(flights));
  const count = await client.ingest(
    "flights",
    progress.watch(inBatches(flights)) as Iterable<RecordBatch>,
  );
  steps.push(progress.end(`stored ${numberText(count)} rows as flights`));
}

/** An aggregate over the rows that were stored. */
async function aggregate(client: FlightSqlClient): Promise<void> {
  const distances = await client.query<
    { miles: bigint; flights: bigint; delay: number; late: number }
  >(`
    SELECT distance / 500 * 500 AS miles, count(*) AS flights,
      avg(delay) AS delay, 100.0 * avg(delay > 15) AS late
    FROM flights GROUP BY miles ORDER BY miles`);
  const rows = distances.map(({ miles, flights, delay, late }) => [
    `${miles} to ${miles + 499n}`,
    flights,
    delay,
    late,
  ]);
  const head = ["miles", "flights", "mean delay, min", "late, %"];
  console.log(`\n${textTable(head, rows)}\n`);
}
