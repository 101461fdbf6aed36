/**
 * A server and a client of it in one program. The server offers a table; the
 * client lists it, downloads it, uploads it under another name, reads that
 * back, compares every value, and has rows filtered.
 *
 *     deno task demo               flights of the npm package vega-datasets
 *     deno task demo FILE.arrow    an Arrow IPC file or stream of your own
 *     bun examples/demo.ts         the same on Bun
 *
 * @module
 */

import { basename, parse } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import {
  commandDescriptor,
  connect,
  type FlightClient,
  type FlightDescriptor,
  FlightError,
  pathDescriptor,
  serve,
} from "@contrail/flight";
import { type RecordBatch, Table } from "apache-arrow";
import { byteLengthOf, inBatches } from "./demo/batches.ts";
import { Catalogue } from "./demo/catalogue.ts";
import { differenceOf } from "./demo/compare_tables.ts";
import { encodeFilter, filterFor } from "./demo/filter.ts";
import { FLIGHTS } from "./demo/flights.ts";
import { Progress, type Step } from "./demo/progress.ts";
import { demonstrateSql } from "./demo/sql.ts";
import { InputError, readTable } from "./demo/table_file.ts";
import { numberText, textTable } from "./demo/text_table.ts";

const HELP = `Usage: deno task demo [--port PORT] [FILE]
       bun examples/demo.ts [--port PORT] [FILE]

Serves a table over Arrow Flight, and is the client of it; then a database of
airports over Flight SQL, unless there is a FILE.

  FILE         an Arrow IPC file or stream; by default the flights data set
               of the npm package vega-datasets
  --port PORT  TCP port of the server; by default 0, which picks a free one
  --help       shows this text`;

async function main(args: string[]): Promise<void> {
  const { file, port, help } = readArguments(args);
  if (help) return console.log(HELP);

  const source = await readTable(file);
  const { name } = parse(file);
  const catalogue = new Catalogue();
  catalogue.add(name, source);
  await using server = await serve(catalogue, { port });
  await using client = connect(server.location);
  console.log(`Serving ${basename(file)} at ${server.location.uri}\n`);

  const steps: Step[] = [];
  await list(client);
  const table = await download(client, pathDescriptor(name), steps);
  const copy = pathDescriptor("copies", name);
  await upload(client, copy, table, steps);
  compare(source, await download(client, copy, steps));
  await filter(client, table, steps);
  if (file === FLIGHTS) await demonstrateSql(table, 0, steps);
  report(steps);
}

/** ListFlights: lists the tables of the server. */
async function list(client: FlightClient): Promise<void> {
  for await (
    const { descriptor, schema, totalRecords } of client.listFlights()
  ) {
    if (descriptor?.type !== "PATH" || !schema) continue;
    const { fields } = schema;
    const rows = numberText(totalRecords ?? NaN);
    const columns = fields.map(({ name, type }) => [name, type]);
    console.log(
      `${descriptor.path.join("/")}: ${rows} rows, ${fields.length} columns`,
    );
    console.log(`\n${textTable(["column", "type"], columns, 60)}\n`);
  }
}

/** GetFlightInfo names the endpoints of a table, DoGet reads it. */
async function download(
  client: FlightClient,
  descriptor: FlightDescriptor,
  steps: Step[],
): Promise<Table> {
  const info = await client.getFlightInfo(descriptor);
  const progress = new Progress(
    "DoGet",
    Number(info.totalRecords),
    Number(info.totalBytes),
  );
  const batches: RecordBatch[] = [];
  for (const { ticket } of info.endpoints) {
    for await (const batch of client.doGet(ticket)) {
      batches.push(batch);
      progress.add(batch);
    }
  }
  const table = new Table(info.schema!, batches);
  steps.push(progress.end(`read ${amount(table)}`));
  return table;
}

/** DoPut: stores a table under another name. */
async function upload(
  client: FlightClient,
  descriptor: FlightDescriptor,
  table: Table,
  steps: Step[],
): Promise<void> {
  const { schema, numRows } = table;
  const progress = new Progress("DoPut", numRows, byteLengthOf(table));
  await client.doPut(descriptor, { schema })
    .writeAll(progress.watch(inBatches(table)));
  steps.push(progress.end(`wrote ${amount(table)}`));
}

/** Checks that the copy equals the original. */
function compare(table: Table, copy: Table): void {
  const difference = differenceOf(table, copy);
  if (difference !== undefined) throw new Error(`${difference} differs`);
  const values = numberText(table.numRows * table.numCols);
  console.log(`Compared: all ${values} values are equal`);
}

/** DoExchange: batches go in, the server filters them, others come out. */
async function filter(
  client: FlightClient,
  table: Table,
  steps: Step[],
): Promise<void> {
  const { schema, numRows } = table;
  const { filter, keeps } = filterFor(table);
  const command = commandDescriptor(encodeFilter(filter));
  const progress = new Progress("DoExchange", numRows, byteLengthOf(table));
  const filtered = ReadableStream.from(progress.watch(inBatches(table)))
    .pipeThrough(client.doExchange(command, { schema }));
  const batches: RecordBatch[] = [];
  for await (const batch of filtered) batches.push(batch);
  const kept = new Table(schema, batches);
  steps.push(progress.end(`kept ${amount(kept)}: ${keeps}`));
  console.log(`\n${firstRows(kept)}\n`);
}

/** Prints the duration of each step. */
function report(steps: Step[]): void {
  const rows = steps.map(({ name, rows, bytes, seconds }) => {
    const mebibytes = bytes / 1024 ** 2;
    return [name, rows, mebibytes, seconds * 1000, mebibytes / seconds];
  });
  console.log(textTable(["step", "rows", "MiB", "ms", "MiB/s"], rows));
  console.log("\nThe time to warm up is part of this: see `deno task bench`.");
}

function firstRows(table: Table): string {
  const names = table.schema.fields.slice(0, 6).map(({ name }) => name);
  const columns = names.map((_, index) => table.getChildAt(index)!);
  const rows = Array.from(
    { length: Math.min(5, table.numRows) },
    (_, row) => columns.map((column) => column.get(row)),
  );
  return textTable(names, rows);
}

function amount({ numRows, batches }: Table): string {
  const batch = batches.length === 1 ? "batch" : "batches";
  return `${numberText(numRows)} rows in ${batches.length} ${batch}`;
}

function readArguments(
  args: string[],
): { file: string; port: number; help: boolean } {
  const options = {
    port: { type: "string", default: "0" },
    help: { type: "boolean", short: "h", default: false },
  } as const;
  let parsed;
  try {
    parsed = parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    // The first sentence describes the fault, others are suggestions of
    // Node.js.
    throw new InputError((error as Error).message.split(". ")[0]);
  }
  const { values: { port, help }, positionals } = parsed;
  if (positionals.length > 1) throw new InputError("expected a single FILE");
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new InputError(`--port must be 0 to 65535, not ${port}`);
  }
  return { file: positionals[0] ?? FLIGHTS, port: Number(port), help };
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  // Anything else is a fault of the program, whose stack is useful.
  if (!(error instanceof InputError) && !FlightError.is(error)) throw error;
  console.error(`demo: ${error.message}`);
  process.exitCode = 1;
}
