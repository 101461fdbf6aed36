/** FlightSql.proto: the commands that ask for metadata. */

import { field, optional, repeated } from "../../message/fields.ts";
import type { MessageType } from "../../message/message.ts";
import { bool, int32, string, uint32 } from "../../message/scalars.ts";
import { sqlMessage } from "./sql_message.ts";

/** A command without arguments. */
export type NoFields = Record<never, never>;

/** Asks for properties of the server. */
export interface CommandGetSqlInfo {
  /** Numbers of the properties; empty for all that the server has. */
  readonly info: readonly number[];
}

/** The codec of {@linkcode CommandGetSqlInfo}. */
export const commandGetSqlInfo: MessageType<CommandGetSqlInfo> = sqlMessage(
  "CommandGetSqlInfo",
  { info: repeated(1, uint32) },
);

/** Asks for the data types of the server. */
export interface CommandGetXdbcTypeInfo {
  /** Number of one type, as XdbcDataType of FlightSql.proto has it; absent for all. */
  readonly dataType?: number | undefined;
}

/** The codec of {@linkcode CommandGetXdbcTypeInfo}. */
export const commandGetXdbcTypeInfo: MessageType<CommandGetXdbcTypeInfo> =
  sqlMessage("CommandGetXdbcTypeInfo", { dataType: optional(1, int32) });

/** Asks for the catalogs. */
export type CommandGetCatalogs = NoFields;

/** The codec of {@linkcode CommandGetCatalogs}. */
export const commandGetCatalogs: MessageType<CommandGetCatalogs> = sqlMessage(
  "CommandGetCatalogs",
  {},
);

/** Asks for the schemas of the database. */
export interface CommandGetDbSchemas {
  /** Name of their catalog; empty for those without a catalog, absent for all. */
  readonly catalog?: string | undefined;
  /** Pattern of their names, as of LIKE; absent for all. */
  readonly dbSchemaFilterPattern?: string | undefined;
}

/** The codec of {@linkcode CommandGetDbSchemas}. */
export const commandGetDbSchemas: MessageType<CommandGetDbSchemas> = sqlMessage(
  "CommandGetDbSchemas",
  {
    catalog: optional(1, string),
    dbSchemaFilterPattern: optional(2, string),
  },
);

/** Asks for the tables. */
export interface CommandGetTables {
  /** Name of their catalog; empty for those without a catalog, absent for all. */
  readonly catalog?: string | undefined;
  /** Pattern of the names of their schemas, as of LIKE; absent for all. */
  readonly dbSchemaFilterPattern?: string | undefined;
  /** Pattern of their names, as of LIKE; absent for all. */
  readonly tableNameFilterPattern?: string | undefined;
  /** Their types, such as `TABLE` and `VIEW`; empty for all. */
  readonly tableTypes: readonly string[];
  /** True if the answer has the Arrow schema of each table. */
  readonly includeSchema: boolean;
}

/** The codec of {@linkcode CommandGetTables}. */
export const commandGetTables: MessageType<CommandGetTables> = sqlMessage(
  "CommandGetTables",
  {
    catalog: optional(1, string),
    dbSchemaFilterPattern: optional(2, string),
    tableNameFilterPattern: optional(3, string),
    tableTypes: repeated(4, string),
    includeSchema: field(5, bool),
  },
);

/** Asks for the types of tables. */
export type CommandGetTableTypes = NoFields;

/** The codec of {@linkcode CommandGetTableTypes}. */
export const commandGetTableTypes: MessageType<CommandGetTableTypes> =
  sqlMessage("CommandGetTableTypes", {});

/** Names a table. */
interface TableName {
  /** Name of its catalog; empty for a table without a catalog, absent for any. */
  readonly catalog?: string | undefined;
  /** Name of its schema; empty for a table without a schema, absent for any. */
  readonly dbSchema?: string | undefined;
  /** Its name. */
  readonly table: string;
}

const TABLE_NAME = {
  catalog: optional(1, string),
  dbSchema: optional(2, string),
  table: field(3, string),
};

/** Asks for the primary key of a table. */
export type CommandGetPrimaryKeys = TableName;

/** The codec of {@linkcode CommandGetPrimaryKeys}. */
export const commandGetPrimaryKeys: MessageType<CommandGetPrimaryKeys> =
  sqlMessage("CommandGetPrimaryKeys", TABLE_NAME);

/** Asks for the foreign keys of other tables that refer to a table. */
export type CommandGetExportedKeys = TableName;

/** The codec of {@linkcode CommandGetExportedKeys}. */
export const commandGetExportedKeys: MessageType<CommandGetExportedKeys> =
  sqlMessage("CommandGetExportedKeys", TABLE_NAME);

/** Asks for the foreign keys of a table. */
export type CommandGetImportedKeys = TableName;

/** The codec of {@linkcode CommandGetImportedKeys}. */
export const commandGetImportedKeys: MessageType<CommandGetImportedKeys> =
  sqlMessage("CommandGetImportedKeys", TABLE_NAME);

/** Asks for the foreign keys of one table that refer to another. */
export interface CommandGetCrossReference {
  /** Catalog of the table that is referred to; empty for none, absent for any. */
  readonly pkCatalog?: string | undefined;
  /** Schema of the table that is referred to; empty for none, absent for any. */
  readonly pkDbSchema?: string | undefined;
  /** Name of the table that is referred to. */
  readonly pkTable: string;
  /** Catalog of the table with the foreign keys; empty for none, absent for any. */
  readonly fkCatalog?: string | undefined;
  /** Schema of the table with the foreign keys; empty for none, absent for any. */
  readonly fkDbSchema?: string | undefined;
  /** Name of the table with the foreign keys. */
  readonly fkTable: string;
}

/** The codec of {@linkcode CommandGetCrossReference}. */
export const commandGetCrossReference: MessageType<CommandGetCrossReference> =
  sqlMessage("CommandGetCrossReference", {
    pkCatalog: optional(1, string),
    pkDbSchema: optional(2, string),
    pkTable: field(3, string),
    fkCatalog: optional(4, string),
    fkDbSchema: optional(5, string),
    fkTable: field(6, string),
  });
