/**
 * A gateway in front of a distributed engine: Apache DataFusion Ballista, with
 * a scheduler and two executors as processes of their own. It writes three
 * million flights as Parquet files, queries them through the gateway, shows
 * which executor delivers how much, and kills one in the middle.
 *
 *     deno task demo:cluster
 *
 * The first run builds Ballista, which needs Rust and takes minutes.
 *
 * @module
 */

import { join } from "node:path";
import { type FlightEndpoint, FlightError } from "@contrail/flight";
import { ballista, flightSqlGateway } from "@contrail/flight/gateway";
import { serve } from "@contrail/flight/server";
import { connectSql, type FlightSqlClient } from "@contrail/flight/sql/client";
import { findAdbc } from "../tests/interop/programs/python.ts";
import { runCommand } from "../tools/run_command.ts";
import { findBallista } from "./cluster/ballista.ts";
import { Cluster, type Executor } from "./cluster/cluster.ts";
import { LiveTable } from "./cluster/live_table.ts";
import { ParquetFiles } from "./cluster/parquet_files.ts";
import { exitOnSignals, ScratchFolder } from "./cluster/scratch_folder.ts";
import { numberText, textTable } from "./demo/text_table.ts";

const EXECUTORS = 2;
const ADBC_TIMEOUT_MS = 120_000;

/** The longest mean delays. */
const DELAYS = `
  SELECT origin, count(*) AS flights, avg(delay) AS delay
  FROM flights GROUP BY origin HAVING count(*) > 10000
  ORDER BY delay DESC, origin LIMIT 5`;

/** All rows, and as many endpoints as there are parts. */
const ALL = 'SELECT "date", delay, distance, origin, destination FROM flights';

async function main(): Promise<void> {
  const found = await findBallista();
  if ("problem" in found) {
    console.log(`SKIPPED: ${found.problem}`);
    return;
  }
  exitOnSignals();
  using folder = new ScratchFolder("flight-cluster-");
  await demonstrate(found, folder.path);
}

async function demonstrate(
  { program, build }: { program: string; build: string },
  folder: string,
): Promise<void> {
  console.log("Writing three million flights as Parquet files");
  using files = await ParquetFiles.write(join(folder, "flights"));
  console.log(`Starting a scheduler and ${EXECUTORS} executors`);
  await using cluster = await Cluster.start(program, EXECUTORS, folder);
  await using server = await serve(
    flightSqlGateway(cluster.scheduler, {
      engine: ballista(),
      results: "direct",
    }),
  );
  console.log(`Serving the cluster at ${server.location.uri}\n`);

  await using client = connectSql(server.location);
  await client.execute(
    `CREATE EXTERNAL TABLE flights STORED AS PARQUET
     LOCATION '${files.folder}'`,
  );
  await compare(client, files);

  const names = new Map(
    cluster.executors.map(({ name, location }) => [location, name]),
  );
  names.set(server.location.uri, "gateway");
  console.log("\nAll rows, from the executors in parallel:\n");
  await readAll(client, names);
  await readByAdbc(server.location.uri);

  console.log("\nAgain, and executor 2 is killed in the middle:\n");
  await readAll(client, names, cluster.executors[1]);
  console.log("\nThe same query once more, with one executor:\n");
  await readAll(client, names);
  console.log(
    `\nThe engine is ${build}, all on one machine: ` +
      "see\n`deno task bench --only=scale` for figures. Stopping all of it.",
  );
}

/** An aggregate, by the cluster and by DuckDB over the same files. */
async function compare(
  client: FlightSqlClient,
  files: ParquetFiles,
): Promise<void> {
  const rows = await client.query<
    { origin: string; flights: bigint; delay: number }
  >(DELAYS);
  const values = rows.map(({ origin, flights, delay }) => [
    origin,
    flights,
    delay,
  ]);
  console.log(textTable(["origin", "flights", "mean delay, min"], values));
  const expected = await files.query(DELAYS);
  const isEqual = values.every((row, i) =>
    row.every((value, k) => {
      const other = expected[i]?.[k];
      return typeof value === "number"
        ? Math.abs(value - Number(other)) < 1e-9
        : value === other;
    })
  );
  if (!isEqual || values.length !== expected.length) {
    throw new Error(`DuckDB has other rows: ${expected.join("; ")}`);
  }
  console.log("\nDuckDB has the same rows in the same files.");
}

/**
 * Reads all rows, and shows where they come from.
 *
 * @param victim An executor to kill after a third of the rows.
 */
async function readAll(
  client: FlightSqlClient,
  names: ReadonlyMap<string, string>,
  victim?: Executor,
): Promise<void> {
  const table = new LiveTable(names);
  const endpoints = new Set<FlightEndpoint>();
  try {
    const messages = client.query(ALL).batches().messages();
    for await (const { batch, endpoint } of messages) {
      if (!batch) continue;
      endpoints.add(endpoint);
      // The one that is tried first.
      const location = endpoint.locations[0]?.uri ?? "";
      table.add(location, batch.numRows, batch.data.byteLength);
      if (victim && table.rows > 1_000_000) {
        await victim.kill();
        victim = undefined;
      }
    }
    table.end();
    const rows = numberText(table.rows);
    console.log(`${rows} rows in ${endpoints.size} endpoints`);
  } catch (error) {
    if (!FlightError.is(error)) throw error;
    table.end();
    console.log(`${error.code}: ${error.details}`);
    console.log("The results on that executor are lost: run the query again.");
  }
}

/** Reads the same rows by the driver of ADBC, which is written in Go. */
async function readByAdbc(location: string): Promise<void> {
  const found = await findAdbc();
  if ("problem" in found) {
    console.log(`SKIPPED: ADBC: ${found.problem}`);
    return;
  }
  const script = new URL("cluster/adbc_query.py", import.meta.url).pathname;
  const { success, output } = await runCommand(
    [found.python, script, location, ALL],
    ADBC_TIMEOUT_MS,
  );
  if (!success) throw new Error(`ADBC failed:\n${output}`);
  const [rows, mebibytes, seconds] = output.trim().split(" ").map(Number);
  console.log(
    `ADBC: ${numberText(rows!)} rows, ${numberText(mebibytes!)} MiB in ` +
      `${numberText(seconds!)} s, the query included`,
  );
}

await main();
