/** Writes batches into a table of DuckDB. */

import type { RecordBatch } from "apache-arrow";
import { FlightError } from "../../core/flight_error.ts";
import type { IngestData, IngestTarget } from "../database/adapter.ts";
import { quoteName } from "../database/sql_text.ts";
import type { DuckdbSession } from "./duckdb_session.ts";
import { columnWriter, sqlType } from "./ingest_types.ts";
import type { DuckAppender, DuckChunkClass } from "./native.ts";

/** Rows of a chunk of the engine. */
const CHUNK_ROWS = 2048;

/** Table for appended rows until they are moved into an existing table. */
const STAGING = "flight ingest";

interface Place {
  readonly catalog: string;
  readonly schema: string;
  readonly table: string;
}

/** Writes all batches, or nothing. */
export function ingestInto(
  session: DuckdbSession,
  target: IngestTarget,
  data: IngestData,
  signal: AbortSignal,
): Promise<bigint> {
  const { fields } = data.schema;
  if (fields.length === 0) {
    throw new FlightError(
      "INVALID_ARGUMENT",
      "Cannot ingest: the data has no columns",
    );
  }
  if (target.temporary && !session.inTransaction) {
    throw new FlightError(
      "FAILED_PRECONDITION",
      "Cannot ingest into a temporary table outside of a transaction: the next statement may run on another connection",
    );
  }
  const columns = fields.map(({ name, type }) =>
    `${quoteName(name)} ${sqlType(type)}`
  ).join(", ");
  return session.atomically(signal, async () => {
    const place = await placeOf(session, target);
    const table = qualified(place);
    if (await prepareTable(session, target, place)) {
      await session.execute(`${createTable(place)} (${columns})`, signal);
      return await append(session, place, data, signal);
    }
    const staging = { catalog: "temp", schema: "main", table: STAGING };
    await session.execute(`DROP TABLE IF EXISTS ${qualified(staging)}`);
    await session.execute(`${createTable(staging)} (${columns})`);
    const rows = await append(session, staging, data, signal);
    const names = fields.map(({ name }) => quoteName(name)).join(", ");
    await session.execute(
      `INSERT INTO ${table} (${names}) SELECT ${names} FROM ${
        qualified(staging)
      }`,
      signal,
    );
    await session.execute(`DROP TABLE ${qualified(staging)}`);
    return rows;
  });
}

async function placeOf(
  session: DuckdbSession,
  { catalog, schema, table, temporary }: IngestTarget,
): Promise<Place> {
  if (temporary) {
    const isTemporary = (catalog || "temp") === "temp" &&
      (schema || "main") === "main";
    if (isTemporary) return { catalog: "temp", schema: "main", table };
    throw new FlightError(
      "INVALID_ARGUMENT",
      `Cannot ingest: temporary tables are in the catalog "temp"`,
    );
  }
  const [row] = await session.rows(
    "SELECT current_database(), current_schema()",
  );
  const [current, currentSchema] = row!.map(String);
  const isCurrent = !catalog || catalog === current;
  const place = {
    catalog: catalog || current!,
    schema: schema || (isCurrent ? currentSchema! : "main"),
    table,
  };
  const found = await session.rows(
    "SELECT 1 FROM duckdb_schemas() WHERE database_name = $1 AND schema_name = $2",
    [place.catalog, place.schema],
  );
  if (found.length > 0) return place;
  throw new FlightError(
    "NOT_FOUND",
    `Cannot ingest: there is no schema ${
      JSON.stringify(place.schema)
    } in the catalog ${JSON.stringify(place.catalog)}`,
  );
}

/** Checks the target, and drops a replaced table. Returns true if the table must be created. */
async function prepareTable(
  session: DuckdbSession,
  target: IngestTarget,
  place: Place,
): Promise<boolean> {
  const [found] = await session.rows(
    `SELECT 'TABLE' FROM duckdb_tables()
     WHERE database_name = $1 AND schema_name = $2 AND lower(table_name) = lower($3)
     UNION ALL SELECT 'VIEW' FROM duckdb_views()
     WHERE database_name = $1 AND schema_name = $2 AND lower(view_name) = lower($3)`,
    [place.catalog, place.schema, place.table],
  );
  const shown = JSON.stringify(target.table);
  if (found === undefined) {
    if (target.ifNotExist === "CREATE") return true;
    throw new FlightError(
      "NOT_FOUND",
      `Cannot ingest: there is no table ${shown}, and the target forbids to create it`,
    );
  }
  if (target.ifExists === "APPEND") return false;
  if (target.ifExists === "REPLACE") {
    await session.execute(`DROP ${found[0]} ${qualified(place)}`);
    return true;
  }
  throw new FlightError(
    "ALREADY_EXISTS",
    `Cannot ingest: there is a table ${shown} already, and the target forbids to append to it or replace it`,
  );
}

async function append(
  session: DuckdbSession,
  place: Place,
  { batches }: IngestData,
  signal: AbortSignal,
): Promise<bigint> {
  const appender = await session.run(
    signal,
    () =>
      session.native.createAppender(place.table, place.schema, place.catalog),
  );
  let rows = 0n;
  try {
    const Chunk = await chunkClass(session);
    for await (const batch of batches) {
      await session.run(signal, () => {
        appendBatch(appender, Chunk, batch);
        return Promise.resolve();
      });
      rows += BigInt(batch.numRows);
    }
    await session.run(signal, () => {
      appender.flushSync();
      return Promise.resolve();
    });
    return rows;
  } finally {
    await session.run(undefined, () => {
      try {
        appender.closeSync();
      } catch {
        // The failure that comes first tells why.
      }
      return Promise.resolve();
    });
  }
}

/** The class of chunks, which only the package of the application has. */
async function chunkClass(session: DuckdbSession): Promise<DuckChunkClass> {
  const chunk = await session.run(undefined, async () => {
    const result = await session.native.run("SELECT 1");
    return await result.fetchChunk();
  });
  return chunk!.constructor as unknown as DuckChunkClass;
}

function appendBatch(
  appender: DuckAppender,
  Chunk: DuckChunkClass,
  batch: RecordBatch,
): void {
  const columns = batch.data.children;
  const types = columns.map((_, i) => appender.columnType(i));
  const writers = columns.map(columnWriter);
  for (let row = 0; row < batch.numRows; row += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, batch.numRows - row);
    const chunk = Chunk.create(types, count);
    writers.forEach((write, i) => write(chunk.getColumnVector(i), row, count));
    appender.appendDataChunk(chunk);
  }
}

function createTable(place: Place): string {
  const kind = place.catalog === "temp" ? "TEMPORARY TABLE" : "TABLE";
  return `CREATE ${kind} ${qualified(place)}`;
}

function qualified({ catalog, schema, table }: Place): string {
  return [catalog, schema, table].map(quoteName).join(".");
}
