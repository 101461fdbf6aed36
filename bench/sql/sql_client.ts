/**
 * A client that measures, on any runtime. Each line of its standard input is an
 * array of arguments, and answered by a line of JSON:
 *
 *     --server_port=PORT
 *     --test=setup|read|read_big|points|standard_points|ingest|insert|query
 *     --engine=sqlite|duckdb --rows=N --calls=N --query=SQL
 *
 * @module
 */
import {
  Float64,
  Int64,
  makeData,
  RecordBatch,
  Struct,
  Utf8,
} from "apache-arrow";
import { connect } from "@contrail/flight";
import { flightSql, type FlightSqlClient } from "@contrail/flight/sql";
import { packAny, unpackAny } from "../../internal/sql/messages/any.ts";
import { commandPreparedStatementQuery } from "../../internal/sql/messages/statement_commands.ts";
import { Flags } from "../support/flags.ts";
import { TRANSPORT } from "../support/transport.ts";
import { answerStdin } from "../support/worker.ts";
import {
  BIG_TABLE,
  bigTableStatements,
  type Engine,
  TABLE,
  tableStatements,
  TARGET,
  targetStatements,
} from "./sql_tables.ts";

/** Result of a run. */
export interface SqlResult {
  /** Rows, or calls. */
  readonly count: number;
  /** Duration without preparations. */
  readonly seconds: number;
}

/** Result of a run of the test `query`. */
export interface QueryResult extends SqlResult {
  /** Bytes of the columns. */
  readonly bytes: number;
}

const FLAGS = ["server_port", "test", "engine", "rows", "calls", "query"];
const ROWS_PER_BATCH = 16_384;

const clients = new Map<string, FlightSqlClient>();
const made = new Map<number, RecordBatch[]>();

/** @param isStandard True for one that makes only the calls of the protocol. */
function clientOf(port: number, isStandard: boolean): FlightSqlClient {
  const key = `${port} ${isStandard}`;
  let client = clients.get(key);
  if (client === undefined) {
    const flight = connect(`grpc://127.0.0.1:${port}`, {
      transport: TRANSPORT,
    });
    if (isStandard) {
      const putTable = flight.putTable.bind(flight);
      flight.putTable = (descriptor, data, options) =>
        putTable(withoutWish(descriptor), data as never, options);
    }
    client = flightSql(flight);
    clients.set(key, client);
  }
  return client;
}

/** Removes the wish for early answers from what binds parameters. */
function withoutWish<D>(descriptor: D): D {
  const { cmd } = descriptor as { readonly cmd: Uint8Array };
  const { name, value } = unpackAny(cmd)!;
  if (name !== commandPreparedStatementQuery.name) return descriptor;
  const { preparedStatementHandle } = commandPreparedStatementQuery
    .decode(value);
  return {
    ...descriptor,
    cmd: packAny(commandPreparedStatementQuery, { preparedStatementHandle }),
  };
}

/** Batches with the rows of the table. */
function batchesOf(rows: number): RecordBatch[] {
  let batches = made.get(rows);
  if (batches !== undefined) return batches;
  made.set(rows, batches = []);
  for (let start = 0; start < rows; start += ROWS_PER_BATCH) {
    batches.push(batchOf(start, Math.min(ROWS_PER_BATCH, rows - start)));
  }
  return batches;
}

function batchOf(start: number, length: number): RecordBatch {
  const numbers = Array.from({ length }, (_, i) => start + i);
  const valueOffsets = new Int32Array(length + 1);
  const texts = numbers.map((i) => `item ${i}`);
  texts.forEach((text, i) =>
    valueOffsets[i + 1] = valueOffsets[i]! + text.length
  );
  const columns = {
    id: makeData({
      type: new Int64(),
      data: BigInt64Array.from(numbers, BigInt),
    }),
    price: makeData({
      type: new Float64(),
      data: Float64Array.from(numbers, (i) => i * 0.25),
    }),
    name: makeData({
      type: new Utf8(),
      valueOffsets,
      data: new TextEncoder().encode(texts.join("")),
    }),
    amount: makeData({
      type: new Int64(),
      data: BigInt64Array.from(numbers, (i) => BigInt(i % 1000)),
    }),
  };
  const plain = new RecordBatch(columns);
  const data = makeData({
    type: new Struct(plain.schema.fields),
    length,
    children: Object.values(columns),
  });
  return new RecordBatch(plain.schema, data);
}

async function execute(
  client: FlightSqlClient,
  statements: readonly string[],
): Promise<void> {
  for (const statement of statements) await client.execute(statement);
}

async function read(client: FlightSqlClient, table: string): Promise<number> {
  const query = `SELECT id, price, name, amount FROM ${table}`;
  return (await readQuery(client, query)).count;
}

async function readQuery(
  client: FlightSqlClient,
  query: string,
): Promise<Omit<QueryResult, "seconds">> {
  let count = 0;
  let bytes = 0;
  for await (const batch of client.query(query).batches()) {
    count += batch.numRows;
    bytes += batch.data.byteLength;
  }
  return { count, bytes };
}

async function points(
  client: FlightSqlClient,
  rows: number,
  calls: number,
): Promise<number> {
  await using statement = await client.prepare(
    `SELECT id, price, name, amount FROM ${TABLE} WHERE id = ?`,
  );
  for (let i = 0; i < calls; i++) {
    // Spread over the table, the same ones each time.
    const id = BigInt((i * 7919) % rows);
    const [row] = await statement.query([id]);
    if (row?.id !== id) throw new Error(`row ${id} is ${row?.id}`);
  }
  return calls;
}

async function ingest(client: FlightSqlClient, rows: number): Promise<number> {
  return Number(
    await client.ingest(TARGET, batchesOf(rows), { mode: "replace" }),
  );
}

async function insert(client: FlightSqlClient, rows: number): Promise<number> {
  await using statement = await client.prepare(
    `INSERT INTO ${TARGET} VALUES (?, ?, ?, ?)`,
  );
  return Number(await statement.executeMany(batchesOf(rows)));
}

async function run(flags: Flags): Promise<SqlResult | QueryResult> {
  const rows = flags.count("rows", 1_000_000);
  const test = flags.text("test", "read");
  const port = flags.count("server_port", 0);
  const client = clientOf(port, test === "standard_points");
  if (test === "ingest" || test === "insert") batchesOf(rows);
  if (test === "insert") await execute(client, targetStatements());
  const start = performance.now();
  const result = test === "query"
    ? await readQuery(client, flags.text("query", "SELECT 1"))
    : { count: await runTest() };
  return { ...result, seconds: (performance.now() - start) / 1000 };

  async function runTest(): Promise<number> {
    switch (test) {
      case "setup":
        await execute(
          client,
          tableStatements(flags.text("engine", "sqlite") as Engine, rows),
        );
        return rows;
      case "setup_big":
        await execute(client, bigTableStatements());
        return rows;
      case "read":
        return await read(client, TABLE);
      case "read_big":
        return await read(client, BIG_TABLE);
      case "points":
      case "standard_points":
        return await points(client, rows, flags.count("calls", 1000));
      case "ingest":
        return await ingest(client, rows);
      case "insert":
        return await insert(client, rows);
      default:
        throw new TypeError(`there is no test ${test}`);
    }
  }
}

answerStdin((args) => run(new Flags(args, FLAGS)));
