/** The metadata of a database: catalogs, schemas, tables, keys, types, SqlInfo. */

import type { RecordBatch } from "apache-arrow";
import { objectOption } from "../../core/check_option.ts";
import type { MessageCodec } from "../../message/message.ts";
import { commandDescriptor } from "../../protocol/flight_descriptor.ts";
import type { FlightClient } from "../../client/flight_client.ts";
import {
  commandGetCatalogs,
  commandGetCrossReference,
  commandGetDbSchemas,
  commandGetExportedKeys,
  commandGetImportedKeys,
  commandGetPrimaryKeys,
  commandGetSqlInfo,
  commandGetTables,
  commandGetTableTypes,
  commandGetXdbcTypeInfo,
} from "../messages/metadata_commands.ts";
import type {
  SqlForeignKey,
  SqlPrimaryKey,
  SqlSchema,
  SqlTable,
  SqlTableRef,
  SqlTypeInfo,
} from "../metadata/rows.ts";
import type { SqlInfo } from "../metadata/sql_info.ts";
import { SQL_INFO_ENTRIES } from "../metadata/sql_info_entries.ts";
import { sqlInfoRows } from "../metadata/sql_info_batch.ts";
import { sqlInfoOf } from "../metadata/sql_info_values.ts";
import { CallBudget } from "./call_budget.ts";
import {
  foreignKeyRow,
  type MetadataRow,
  metadataRows,
  primaryKeyRow,
  schemaRow,
  tableRow,
  typeInfoRow,
} from "./metadata_rows.ts";
import { packed } from "./sql_answers.ts";
import { SqlCommands } from "./sql_commands.ts";
import type { SqlContext } from "./sql_context.ts";
import type { SqlCallOptions } from "./sql_options.ts";
/** Options of `schemas`: the filters of GetDbSchemas. */
export interface SqlSchemasOptions extends SqlCallOptions {
  /** Catalog of the schemas; empty for schemas without one, all by default. */
  readonly catalog?: string | undefined;
  /** Pattern of their names, with `%` for any text and `_` for a character; all by default. */
  readonly schemaPattern?: string | undefined;
}

/** Options of `tables`: the filters of GetTables. */
export interface SqlTablesOptions extends SqlSchemasOptions {
  /** Pattern of their names, with `%` for any text and `_` for a character; all by default. */
  readonly tablePattern?: string | undefined;
  /** Types of tables, such as `TABLE` and `VIEW`; all by default. */
  readonly types?: readonly string[] | undefined;
  /** True if the columns of each table are wanted, as `tableSchema`; `false` by default. */
  readonly includeSchema?: boolean | undefined;
}

/** Options of `typeInfo`. */
export interface SqlTypeInfoOptions extends SqlCallOptions {
  /** Number of the type that is wanted, in XdbcDataType; all by default. */
  readonly dataType?: number | undefined;
}

/** A table: its name, or the name with schema and catalog. */
export type SqlTableName = string | SqlTableRef;

/** A name or a number of SqlInfo. */
export type SqlInfoName = Exclude<keyof SqlInfo, "others"> | number;

/** The methods that ask for metadata: part of a FlightSqlClient. */
export abstract class SqlMetadata extends SqlCommands {
  readonly #flight: FlightClient;

  /**
   * Asks by the calls of `context`.
   *
   * @ignore
   */
  constructor(context: SqlContext) {
    super(context, () => undefined);
    this.#flight = context.flight;
  }

  /**
   * Lists the catalogs.
   *
   * @param options Options of the calls.
   * @returns Their names.
   * @throws {FlightError} When a call fails.
   */
  async catalogs(options: SqlCallOptions = {}): Promise<string[]> {
    return await this.#metadata(
      commandGetCatalogs,
      {},
      (row) => row.requiredText("catalog_name"),
      options,
    );
  }

  /**
   * Lists the schemas of the database.
   *
   * @param options Filters, and options of the calls.
   * @returns The schemas.
   * @throws {FlightError} When a call fails.
   */
  async schemas(options: SqlSchemasOptions = {}): Promise<SqlSchema[]> {
    const { catalog, schemaPattern, ...call } = objectOption(
      "options",
      options,
    );
    const command = { catalog, dbSchemaFilterPattern: schemaPattern };
    return await this.#metadata(commandGetDbSchemas, command, schemaRow, call);
  }

  /**
   * Lists the tables and views.
   *
   * @param options Filters, and options of the calls.
   * @returns The tables.
   * @throws {FlightError} When a call fails.
   */
  async tables(options: SqlTablesOptions = {}): Promise<SqlTable[]> {
    const {
      catalog,
      schemaPattern,
      tablePattern,
      types = [],
      includeSchema = false,
      ...call
    } = objectOption("options", options);
    const command = {
      catalog,
      dbSchemaFilterPattern: schemaPattern,
      tableNameFilterPattern: tablePattern,
      tableTypes: types,
      includeSchema,
    };
    return await this.#metadata(commandGetTables, command, tableRow, call);
  }

  /**
   * Lists the types of tables that the database has.
   *
   * @param options Options of the calls.
   * @returns The types, such as `TABLE` and `VIEW`.
   * @throws {FlightError} When a call fails.
   */
  async tableTypes(options: SqlCallOptions = {}): Promise<string[]> {
    return await this.#metadata(
      commandGetTableTypes,
      {},
      (row) => row.requiredText("table_type"),
      options,
    );
  }

  /**
   * Gives the primary key of a table.
   *
   * @param table The table.
   * @param options Options of the calls.
   * @returns The columns of the key.
   * @throws {FlightError} When a call fails.
   */
  async primaryKeys(
    table: SqlTableName,
    options: SqlCallOptions = {},
  ): Promise<SqlPrimaryKey[]> {
    const command = tableCommand(table);
    return await this.#metadata(
      commandGetPrimaryKeys,
      command,
      primaryKeyRow,
      options,
    );
  }

  /**
   * Gives the foreign keys that refer to a table.
   *
   * @param table The table.
   * @param options Options of the calls.
   * @returns The columns of the keys.
   * @throws {FlightError} When a call fails.
   */
  async exportedKeys(
    table: SqlTableName,
    options: SqlCallOptions = {},
  ): Promise<SqlForeignKey[]> {
    const command = tableCommand(table);
    return await this.#metadata(
      commandGetExportedKeys,
      command,
      foreignKeyRow,
      options,
    );
  }

  /**
   * Gives the foreign keys of a table.
   *
   * @param table The table.
   * @param options Options of the calls.
   * @returns The columns of the keys.
   * @throws {FlightError} When a call fails.
   */
  async importedKeys(
    table: SqlTableName,
    options: SqlCallOptions = {},
  ): Promise<SqlForeignKey[]> {
    const command = tableCommand(table);
    return await this.#metadata(
      commandGetImportedKeys,
      command,
      foreignKeyRow,
      options,
    );
  }

  /**
   * Gives the foreign keys of one table that refer to another.
   *
   * @param pk The table that is referred to.
   * @param fk The table that has the keys.
   * @param options Options of the calls.
   * @returns The columns of the keys.
   * @throws {FlightError} When a call fails.
   */
  async crossReference(
    pk: SqlTableName,
    fk: SqlTableName,
    options: SqlCallOptions = {},
  ): Promise<SqlForeignKey[]> {
    const [to, from] = [tableCommand(pk), tableCommand(fk)];
    const command = {
      pkCatalog: to.catalog,
      pkDbSchema: to.dbSchema,
      pkTable: to.table,
      fkCatalog: from.catalog,
      fkDbSchema: from.dbSchema,
      fkTable: from.table,
    };
    return await this.#metadata(
      commandGetCrossReference,
      command,
      foreignKeyRow,
      options,
    );
  }

  /**
   * Lists the data types of the database.
   *
   * @param options The type that is wanted, and options of the calls.
   * @returns The types.
   * @throws {FlightError} When a call fails.
   */
  async typeInfo(options: SqlTypeInfoOptions = {}): Promise<SqlTypeInfo[]> {
    const { dataType, ...call } = objectOption("options", options);
    return await this.#metadata(
      commandGetXdbcTypeInfo,
      { dataType },
      typeInfoRow,
      call,
    );
  }

  /**
   * Asks what the server is and can do.
   *
   * @param names The facts that are wanted, by name or by number; all by default.
   * @param options Options of the calls.
   * @returns What the server has said: facts that it does not know are absent, those of numbers that have no
   * name here are in `others`.
   * @throws {FlightError} When a call fails.
   * @throws {TypeError} When there is no such name.
   */
  async sqlInfo(
    names: readonly SqlInfoName[] = [],
    options: SqlCallOptions = {},
  ): Promise<SqlInfo> {
    const info = names.map(sqlInfoId);
    const batches = await this.#batches(
      commandGetSqlInfo,
      { info },
      options,
    );
    return sqlInfoOf(batches.flatMap((batch) => sqlInfoRows(batch)));
  }

  async #metadata<I, R>(
    codec: MessageCodec<unknown, I>,
    command: NoInfer<I>,
    read: (row: MetadataRow) => R,
    options: SqlCallOptions,
  ): Promise<R[]> {
    const name = codec.name.replace(/^.*\.Command/, "");
    const batches = await this.#batches(codec, command, options);
    return metadataRows(name, batches, read);
  }

  async #batches<I>(
    codec: MessageCodec<unknown, I>,
    command: I,
    options: SqlCallOptions,
  ): Promise<RecordBatch[]> {
    const budget = new CallBudget(options);
    const descriptor = commandDescriptor(packed(codec, command));
    const info = await this.#flight.getFlightInfo(descriptor, budget.options);
    const batches: RecordBatch[] = [];
    const { writeTimeoutMs: _, ...reading } = budget.options;
    // The schema of the result is known; that of the info is wrong with some servers (GetCrossReference in Go).
    const rows = this.#flight.read(
      { ...info, schemaBytes: undefined },
      reading,
    );
    for await (const batch of rows) {
      batches.push(batch);
    }
    return batches;
  }
}

function tableCommand(
  table: SqlTableName,
): { catalog?: string; dbSchema?: string; table: string } {
  if (typeof table === "string") return { table };
  const { catalog, schema } = objectOption("table", table);
  return {
    ...(catalog === undefined ? {} : { catalog }),
    ...(schema === undefined ? {} : { dbSchema: schema }),
    table: table.table,
  };
}

function sqlInfoId(name: SqlInfoName): number {
  if (typeof name === "number") return name;
  const entry = SQL_INFO_ENTRIES.find((entry) => entry.name === name);
  if (entry !== undefined) return entry.id;
  throw new TypeError(`Cannot ask for SqlInfo: there is no ${name}`);
}
