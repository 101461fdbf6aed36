/** The commands that ask for metadata. */

import type { Schema } from "apache-arrow";
import { type Iterables, toSource } from "../../../base/source.ts";
import { FlightError } from "../../../core/flight_error.ts";
import { encodeSchema } from "../../../ipc/encode_schema.ts";
import type { MessageType } from "../../../message/message.ts";
import type { Awaitable } from "../../../server/flight_service.ts";
import { messagesOf } from "../../../stream/record_batch_source.ts";
import * as messages from "../../messages/metadata_commands.ts";
import {
  compareTexts,
  likeFilter,
  nameFilter,
} from "../../metadata/filters.ts";
import { batchesOfRows } from "../../metadata/metadata_batch.ts";
import {
  FOREIGN_KEY_RULES,
  type SqlForeignKey,
  type SqlSchema,
  type SqlTable,
  type SqlTableRef,
} from "../../metadata/rows.ts";
import * as schemas from "../../metadata/schemas.ts";
import { operationContext, unimplemented } from "../call.ts";
import type { AnyCommand, Command, Request, SqlState } from "./command.ts";
import type { SqlCallContext, SqlTablesFilter } from "../handlers.ts";

/** A row: its values in the order of the fields. */
type Row = readonly unknown[];

/** Gives the rows of a command. */
type Rows<T> = (
  command: T,
  state: SqlState,
  context: SqlCallContext,
) => Awaitable<readonly Row[]>;

/** Makes an entry: the ticket is the command, as every server has it. */
function metadata<T>(
  codec: MessageType<T>,
  schemaOf: Schema | ((command: T) => Schema),
  isThere: (state: SqlState) => unknown,
  rows: Rows<T>,
): Command<T> {
  const operation = codec.name.replace(/^.*\.Command/, "");
  const schema = ({ command }: Request<T>): Schema =>
    typeof schemaOf === "function" ? schemaOf(command) : schemaOf;
  const info = (request: Request<T>) => {
    if (!isThere(request.state)) throw unimplemented(operation);
    return {
      schema: schema(request),
      descriptor: { cmd: request.bytes },
      endpoints: [{ ticket: request.bytes }],
    };
  };
  return {
    codec,
    schema,
    // deno-lint-ignore require-await -- it fails by rejecting
    info: async (request) => info(request),
    // deno-lint-ignore require-await -- it fails by rejecting
    poll: async (request) => ({ info: info(request), progress: 1 }),
    async data(request) {
      const { state, call, command } = request;
      if (!isThere(state)) throw unimplemented(operation);
      const use = state.transactions.useImplicit(call);
      try {
        const context = operationContext(call, {
          ending: call.context,
          transaction: use?.open.transaction,
        });
        const found = await rows(command, state, context);
        const batches = batchesOfRows(schema(request), found);
        return messagesOf([{ schema: schema(request) }, ...batches]);
      } finally {
        use?.done();
      }
    },
  };
}

/** Reads all that a handler gives. */
async function all<T>(values: Awaitable<Iterables<T>>): Promise<T[]> {
  const source = toSource(await values);
  const list: T[] = [];
  for (;;) {
    const value = await source.read();
    if (value === undefined) return list;
    list.push(value);
  }
}

/** Sorts rows by some of their columns. */
function sorted(rows: Row[], ...columns: number[]): Row[] {
  return rows.sort((a, b) => {
    for (const column of columns) {
      const [left, right] = [a[column], b[column]];
      const order = typeof left === "number"
        ? left - (right as number)
        : compareTexts(left as string | undefined, right as string | undefined);
      if (order !== 0) return order;
    }
    return 0;
  });
}

/** Texts without repetitions, as rows. */
function distinct(texts: Iterable<string | undefined>): Row[] {
  const rows = [...new Set(texts)].filter((text) => text !== undefined);
  return sorted(rows.map((text) => [text]), 0);
}

/** Every table, for what is derived of them. */
const ALL_TABLES: SqlTablesFilter = { tableTypes: [], includeSchema: false };

async function catalogs(
  { handlers }: SqlState,
  context: SqlCallContext,
): Promise<Row[]> {
  if (handlers.catalogs) return distinct(await all(handlers.catalogs(context)));
  const owners: readonly { readonly catalog?: string | undefined }[] =
    handlers.schemas
      ? await all(handlers.schemas({}, context))
      : await all(handlers.tables!(ALL_TABLES, context));
  return distinct(owners.map(({ catalog }) => catalog));
}

async function dbSchemas(
  { catalog, dbSchemaFilterPattern: schemaPattern }:
    messages.CommandGetDbSchemas,
  { handlers }: SqlState,
  context: SqlCallContext,
): Promise<Row[]> {
  const found: SqlSchema[] = handlers.schemas
    ? await all(handlers.schemas({ catalog, schemaPattern }, context))
    : schemasOf(await all(handlers.tables!(ALL_TABLES, context)));
  const [isCatalog, isSchema] = [
    nameFilter(catalog),
    likeFilter(schemaPattern),
  ];
  return sorted(
    found.filter((one) => isCatalog(one.catalog) && isSchema(one.schema))
      .map((one) => [one.catalog, one.schema]),
    0,
    1,
  );
}

/** The schemas that tables are in. */
function schemasOf(tables: readonly SqlTable[]): SqlSchema[] {
  const known = new Map<string, SqlSchema>();
  for (const { catalog, schema } of tables) {
    if (schema === undefined) continue;
    known.set(JSON.stringify([catalog, schema]), { catalog, schema });
  }
  return [...known.values()];
}

async function tables(
  command: messages.CommandGetTables,
  { handlers }: SqlState,
  context: SqlCallContext,
): Promise<Row[]> {
  const { catalog, tableTypes, includeSchema } = command;
  const schemaPattern = command.dbSchemaFilterPattern;
  const tablePattern = command.tableNameFilterPattern;
  const found = await all(handlers.tables!({
    catalog,
    schemaPattern,
    tablePattern,
    tableTypes,
    includeSchema,
  }, context));
  const isCatalog = nameFilter(catalog);
  const isSchema = likeFilter(schemaPattern);
  const isTable = likeFilter(tablePattern);
  const rows = found.filter(({ catalog, schema, name, type }) =>
    isCatalog(catalog) && isSchema(schema) && isTable(name) &&
    (tableTypes.length === 0 || tableTypes.includes(type))
  ).map(({ catalog, schema, name, type, tableSchema }) => {
    const row = [catalog, schema, name, type];
    if (!includeSchema) return row;
    if (tableSchema === undefined) {
      throw new FlightError(
        "INTERNAL",
        `table ${JSON.stringify(name)} has no schema, and one is asked for`,
      );
    }
    return [...row, encodeSchema(tableSchema)];
  });
  return sorted(rows, 0, 1, 2, 3);
}

/** The table of a command. */
function tableRef(
  { catalog, dbSchema: schema, table }: messages.CommandGetPrimaryKeys,
): SqlTableRef {
  return { catalog, schema, table };
}

/** Makes a test of a table. */
function tableFilter(
  wanted: SqlTableRef | undefined,
): (table: SqlTableRef) => boolean {
  if (wanted === undefined) return () => true;
  const isCatalog = nameFilter(wanted.catalog);
  const isSchema = nameFilter(wanted.schema);
  return ({ catalog, schema, table }) =>
    isCatalog(catalog) && isSchema(schema) && table === wanted.table;
}

/** Columns that foreign keys are ordered by: those of the tables that are not given. */
const BY_FK = [4, 5, 6, 9, 8];
const BY_PK = [0, 1, 2, 10, 8];

async function foreignKeys(
  pk: SqlTableRef | undefined,
  fk: SqlTableRef | undefined,
  { handlers }: SqlState,
  context: SqlCallContext,
): Promise<Row[]> {
  const found = await all(handlers.foreignKeys!({ pk, fk }, context));
  const [isPk, isFk] = [tableFilter(pk), tableFilter(fk)];
  return sorted(
    found.filter((key) => isPk(key.pk) && isFk(key.fk)).map(foreignKeyRow),
    ...(fk === undefined ? BY_FK : BY_PK),
  );
}

function foreignKeyRow(key: SqlForeignKey): Row {
  return [
    key.pk.catalog,
    key.pk.schema,
    key.pk.table,
    key.pkColumn,
    key.fk.catalog,
    key.fk.schema,
    key.fk.table,
    key.fkColumn,
    key.keySequence,
    key.fkKeyName,
    key.pkKeyName,
    FOREIGN_KEY_RULES.indexOf(key.updateRule),
    FOREIGN_KEY_RULES.indexOf(key.deleteRule),
  ];
}

/** The commands that ask for metadata but GetSqlInfo, which has rows of another kind. */
export const METADATA_COMMANDS: readonly AnyCommand[] = [
  metadata(
    messages.commandGetCatalogs,
    schemas.CATALOGS_SCHEMA,
    ({ handlers }) => handlers.catalogs ?? handlers.schemas ?? handlers.tables,
    (_, state, context) => catalogs(state, context),
  ),
  metadata(
    messages.commandGetDbSchemas,
    schemas.DB_SCHEMAS_SCHEMA,
    ({ handlers }) => handlers.schemas ?? handlers.tables,
    dbSchemas,
  ),
  metadata(
    messages.commandGetTables,
    ({ includeSchema }) =>
      includeSchema ? schemas.TABLES_WITH_SCHEMA_SCHEMA : schemas.TABLES_SCHEMA,
    ({ handlers }) => handlers.tables,
    tables,
  ),
  metadata(
    messages.commandGetTableTypes,
    schemas.TABLE_TYPES_SCHEMA,
    ({ handlers }) => handlers.tableTypes ?? handlers.tables,
    async (_, { handlers }, context) =>
      distinct(
        handlers.tableTypes
          ? await all(handlers.tableTypes(context))
          : (await all(handlers.tables!(ALL_TABLES, context)))
            .map(({ type }) => type),
      ),
  ),
  metadata(
    messages.commandGetPrimaryKeys,
    schemas.PRIMARY_KEYS_SCHEMA,
    ({ handlers }) => handlers.primaryKeys,
    async (command, { handlers }, context) => {
      const table = tableRef(command);
      const found = await all(handlers.primaryKeys!(table, context));
      const rows = found.filter(tableFilter(table)).map((key) => [
        key.catalog,
        key.schema,
        key.table,
        key.column,
        key.keySequence,
        key.keyName,
      ]);
      return sorted(rows, 0, 1, 2, 5, 4);
    },
  ),
  metadata(
    messages.commandGetExportedKeys,
    schemas.FOREIGN_KEYS_SCHEMA,
    ({ handlers }) => handlers.foreignKeys,
    (command, state, context) =>
      foreignKeys(tableRef(command), undefined, state, context),
  ),
  metadata(
    messages.commandGetImportedKeys,
    schemas.FOREIGN_KEYS_SCHEMA,
    ({ handlers }) => handlers.foreignKeys,
    (command, state, context) =>
      foreignKeys(undefined, tableRef(command), state, context),
  ),
  metadata(
    messages.commandGetCrossReference,
    schemas.FOREIGN_KEYS_SCHEMA,
    ({ handlers }) => handlers.foreignKeys,
    (command, state, context) =>
      foreignKeys(
        {
          catalog: command.pkCatalog,
          schema: command.pkDbSchema,
          table: command.pkTable,
        },
        {
          catalog: command.fkCatalog,
          schema: command.fkDbSchema,
          table: command.fkTable,
        },
        state,
        context,
      ),
  ),
  metadata(
    messages.commandGetXdbcTypeInfo,
    schemas.XDBC_TYPE_INFO_SCHEMA,
    ({ handlers }) => handlers.typeInfo,
    async ({ dataType }, { handlers }, context) => {
      const found = await all(handlers.typeInfo!({ dataType }, context));
      const rows = found.filter((type) =>
        dataType === undefined || type.dataType === dataType
      ).map((type) => [
        type.typeName,
        type.dataType,
        type.columnSize,
        type.literalPrefix,
        type.literalSuffix,
        type.createParams,
        type.nullable ?? 1,
        type.caseSensitive ?? false,
        type.searchable ?? 3,
        type.unsigned,
        type.fixedPrecisionScale ?? false,
        type.autoIncrement,
        type.localTypeName ?? type.typeName,
        type.minimumScale,
        type.maximumScale,
        type.sqlDataType ?? type.dataType,
        type.datetimeSubcode,
        type.numericPrecisionRadix,
        type.intervalPrecision,
      ]);
      return sorted(rows, 1, 0);
    },
  ),
];
