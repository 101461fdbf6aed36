/**
 * The client of the scenarios `flight_sql`, `flight_sql:extension` and
 * `flight_sql:ingestion`, with the steps of the clients in C++ and Go.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Schema } from "apache-arrow";
import {
  commandDescriptor,
  type FlightClient,
  type FlightInfo,
} from "../../../../mod.ts";
import {
  flightSql,
  type FlightSqlClient,
  type PreparedStatement,
  type SqlCommands,
  type SqlQuery,
} from "../../../../sql.ts";
import type { MessageCodec } from "../../../../internal/message/message.ts";
import { packAny } from "../../../../internal/sql/messages/any.ts";
import * as commands from "../../../../internal/sql/messages/metadata_commands.ts";
import * as schemas from "../../../../internal/sql/metadata/schemas.ts";
import type { ScenarioClient } from "../scenario.ts";
import {
  INGEST_ROWS,
  PARAMETERS,
  PLAN,
  QUERY_SCHEMA,
  TRANSACTION_SCHEMA,
} from "./values.ts";

const decoder = new TextDecoder();

/** Compares schemas with all that they have, metadata included. */
function assertSchema(schema: Schema, expected: Schema): void {
  assertEquals(textOf(schema), textOf(expected));
}

function textOf({ fields }: Schema): unknown[] {
  return fields.map(({ name, type, nullable, metadata }) => [
    name,
    String(type),
    nullable,
    Object.fromEntries([...metadata].sort()),
  ]);
}

/** Reads the first endpoint to its end. */
async function assertRows(
  client: FlightClient,
  { endpoints }: FlightInfo,
  expected: Schema,
): Promise<void> {
  const stream = client.doGet(endpoints[0]!.ticket);
  assertSchema(await stream.schema, expected);
  await stream.table();
}

/** Asks for metadata as their rows, and for their schema by the command that the testers send. */
async function assertMetadata<I>(
  { flight }: FlightSqlClient,
  codec: MessageCodec<unknown, I>,
  command: I,
  schemaCommand: I,
  expected: Schema,
): Promise<void> {
  const descriptorOf = (command: I) =>
    commandDescriptor(packAny(codec, command));
  const info = await flight.getFlightInfo(descriptorOf(command));
  await assertRows(flight, info, expected);
  const schema = await flight.getSchema(descriptorOf(schemaCommand));
  assertSchema(schema, expected);
}

/** Steps 1 to 9: metadata. */
async function runMetadata(client: FlightSqlClient): Promise<void> {
  assertEquals(await client.catalogs(), []);
  await assertMetadata(
    client,
    commands.commandGetCatalogs,
    {},
    {},
    schemas.CATALOGS_SCHEMA,
  );
  const filters = {
    catalog: "catalog",
    schemaPattern: "db_schema_filter_pattern",
  };
  assertEquals(await client.schemas(filters), []);
  await assertMetadata(
    client,
    commands.commandGetDbSchemas,
    { catalog: "catalog", dbSchemaFilterPattern: "db_schema_filter_pattern" },
    {},
    schemas.DB_SCHEMAS_SCHEMA,
  );
  assertEquals(
    await client.tables({
      ...filters,
      tablePattern: "table_filter_pattern",
      types: ["table", "view"],
      includeSchema: true,
    }),
    [],
  );
  const tables = {
    catalog: "catalog",
    dbSchemaFilterPattern: "db_schema_filter_pattern",
    tableNameFilterPattern: "table_filter_pattern",
    tableTypes: ["table", "view"],
  };
  await assertMetadata(
    client,
    commands.commandGetTables,
    { ...tables, includeSchema: true },
    { tableTypes: [], includeSchema: true },
    schemas.TABLES_WITH_SCHEMA_SCHEMA,
  );
  const withoutSchema = await client.flight.getSchema(
    commandDescriptor(
      packAny(commands.commandGetTables, {
        tableTypes: [],
        includeSchema: false,
      }),
    ),
  );
  assertSchema(withoutSchema, schemas.TABLES_SCHEMA);
  assertEquals(await client.tableTypes(), []);
  await assertMetadata(
    client,
    commands.commandGetTableTypes,
    {},
    {},
    schemas.TABLE_TYPES_SCHEMA,
  );
  const table = { catalog: "catalog", schema: "db_schema", table: "table" };
  assertEquals(await client.primaryKeys(table), []);
  assertEquals(await client.exportedKeys(table), []);
  assertEquals(await client.importedKeys(table), []);
  const command = { catalog: "catalog", dbSchema: "db_schema", table: "table" };
  for (
    const [codec, schema] of [
      [commands.commandGetPrimaryKeys, schemas.PRIMARY_KEYS_SCHEMA],
      [commands.commandGetExportedKeys, schemas.FOREIGN_KEYS_SCHEMA],
      [commands.commandGetImportedKeys, schemas.FOREIGN_KEYS_SCHEMA],
    ] as const
  ) {
    await assertMetadata(client, codec, command, { table: "" }, schema);
  }
  const [pk, fk] = ["pk", "fk"].map((side) => ({
    catalog: `${side}_catalog`,
    schema: `${side}_db_schema`,
    table: `${side}_table`,
  }));
  assertEquals(await client.crossReference(pk!, fk!), []);
  await assertMetadata(
    client,
    commands.commandGetCrossReference,
    {
      pkCatalog: "pk_catalog",
      pkDbSchema: "pk_db_schema",
      pkTable: "pk_table",
      fkCatalog: "fk_catalog",
      fkDbSchema: "fk_db_schema",
      fkTable: "fk_table",
    },
    { pkTable: "", fkTable: "" },
    schemas.FOREIGN_KEYS_SCHEMA,
  );
  assertEquals(await client.typeInfo(), []);
  await assertMetadata(
    client,
    commands.commandGetXdbcTypeInfo,
    {},
    {},
    schemas.XDBC_TYPE_INFO_SCHEMA,
  );
  assertEquals(await client.sqlInfo(["name", "readOnly"]), {});
  await assertMetadata(
    client,
    commands.commandGetSqlInfo,
    { info: [0, 3] },
    { info: [] },
    schemas.SQL_INFO_SCHEMA,
  );
}

/** A query, in the form of a FlightInfo, of rows, and of its schema. */
async function assertQuery(
  client: FlightClient,
  query: () => SqlQuery,
  expected: Schema,
): Promise<FlightInfo> {
  const info = await query().info();
  await assertRows(client, info, expected);
  assertSchema(await query().batches().schema, expected);
  assertSchema(await query().schema(), expected);
  return info;
}

/** A prepared query: bound, run, described, and closed. */
async function assertPrepared(
  client: FlightClient,
  prepared: Promise<PreparedStatement>,
  expected: Schema,
): Promise<void> {
  await using statement = await prepared;
  const info = await statement.query(PARAMETERS).info();
  await assertRows(client, info, expected);
  assertSchema(await statement.schema(), expected);
}

async function assertUpdated(
  prepared: Promise<PreparedStatement>,
  expected: bigint,
): Promise<void> {
  await using statement = await prepared;
  assertEquals(await statement.execute(), expected);
}

/** The client of `flight_sql`. */
export async function runFlightSql(
  { client: flight }: ScenarioClient,
): Promise<void> {
  const client = flightSql(flight);
  await runMetadata(client);
  const select = () => client.query("SELECT STATEMENT");
  await assertQuery(flight, select, QUERY_SCHEMA);
  assertEquals(await client.execute("UPDATE STATEMENT"), 10_000n);
  const query = client.prepare("SELECT PREPARED STATEMENT");
  await assertPrepared(flight, query, QUERY_SCHEMA);
  await assertUpdated(client.prepare("UPDATE PREPARED STATEMENT"), 20_000n);
}

/** The client of `flight_sql:extension`. */
export async function runFlightSqlExtension(
  { client: flight }: ScenarioClient,
): Promise<void> {
  const client = flightSql(flight);
  const info = await client.sqlInfo([4, 5, 6, 7, 8, 9, 100, 101]);
  assertEquals(info, {
    sql: false,
    substrait: true,
    substraitMinVersion: "min_version",
    substraitMaxVersion: "max_version",
    transaction: "SAVEPOINT",
    cancel: true,
    statementTimeout: 42,
    transactionTimeout: 7,
  });
  const running = await assertQuery(
    flight,
    () => client.query(PLAN),
    QUERY_SCHEMA,
  );
  assertEquals(await client.cancel(running), "CANCELLED");
  assertEquals(await client.execute(PLAN), 10_000n);
  await assertPrepared(flight, client.prepare(PLAN), QUERY_SCHEMA);
  await assertUpdated(client.prepare(PLAN), 20_000n);

  const tx = await client.begin();
  assertEquals(decoder.decode(tx.id), "transaction_id");
  const savepoint = await tx.savepoint("savepoint_name");
  assertEquals(decoder.decode(savepoint.id), "savepoint_id");
  await runInTransaction(flight, tx);
  await savepoint.rollback();
  const again = await tx.savepoint("savepoint_name");
  assertEquals(decoder.decode(again.id), "savepoint_id");
  await savepoint.release();
  await tx.commit();
  const other = await client.begin();
  assertEquals(decoder.decode(other.id), "transaction_id");
  await other.rollback();
}

/** Steps 5 to 7: statements in a transaction. */
async function runInTransaction(
  flight: FlightClient,
  tx: SqlCommands,
): Promise<void> {
  const select = () => tx.query("SELECT STATEMENT");
  await assertQuery(flight, select, TRANSACTION_SCHEMA);
  await assertQuery(flight, () => tx.query(PLAN), TRANSACTION_SCHEMA);
  assertEquals(await tx.execute("UPDATE STATEMENT"), 15_000n);
  assertEquals(await tx.execute(PLAN), 15_000n);
  const query = tx.prepare("SELECT PREPARED STATEMENT");
  await assertPrepared(flight, query, TRANSACTION_SCHEMA);
  await assertPrepared(flight, tx.prepare(PLAN), TRANSACTION_SCHEMA);
  await assertUpdated(tx.prepare("UPDATE PREPARED STATEMENT"), 25_000n);
  await assertUpdated(tx.prepare(PLAN), 25_000n);
}

/** The client of `flight_sql:ingestion`. */
export async function runFlightSqlIngestion(
  { client: flight }: ScenarioClient,
): Promise<void> {
  const client = flightSql(flight);
  const tx = client.transaction(new TextEncoder().encode("123"));
  const count = await tx.ingest("test_table", INGEST_ROWS, {
    mode: "replace",
    schema: "test_schema",
    catalog: "test_catalog",
    temporary: true,
    databaseOptions: { key1: "val1", key2: "val2" },
  });
  assertEquals(count, 3n);
}
