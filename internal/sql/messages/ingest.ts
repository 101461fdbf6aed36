/** FlightSql.proto: CommandStatementIngest. */

import { enumeration } from "../../message/enumeration.ts";
import { field, map, optional } from "../../message/fields.ts";
import type { MessageType } from "../../message/message.ts";
import { bool, bytes, string } from "../../message/scalars.ts";
import { sqlMessage } from "./sql_message.ts";

/** Server behavior for a table that does not exist: create it, or fail. */
export type TableNotExistOption = "UNSPECIFIED" | "CREATE" | "FAIL";

/** Server behavior for a table that exists: fail, append the rows, or replace the table. */
export type TableExistsOption = "UNSPECIFIED" | "FAIL" | "APPEND" | "REPLACE";

/** Says for which tables an ingest is meant. */
export interface TableDefinitionOptions {
  /** Server behavior for a table that does not exist. */
  readonly ifNotExist: TableNotExistOption;
  /** Server behavior for a table that exists. */
  readonly ifExists: TableExistsOption;
}

/** The codec of {@linkcode TableDefinitionOptions}. */
export const tableDefinitionOptions: MessageType<TableDefinitionOptions> =
  sqlMessage("CommandStatementIngest.TableDefinitionOptions", {
    ifNotExist: field(
      1,
      enumeration({ UNSPECIFIED: 0, CREATE: 1, FAIL: 2 }),
    ),
    ifExists: field(
      2,
      enumeration({ UNSPECIFIED: 0, FAIL: 1, APPEND: 2, REPLACE: 3 }),
    ),
  });

/** Inserts the rows of an upload into a table. */
export interface CommandStatementIngest {
  /** For which tables it is meant. */
  readonly tableDefinitionOptions?: TableDefinitionOptions | undefined;
  /** Name of the table. */
  readonly table: string;
  /** Schema of the table; absent for the default of the database. */
  readonly schema?: string | undefined;
  /** Catalog of the table; absent for the default of the database. */
  readonly catalog?: string | undefined;
  /** True if the table lives only as long as the session. */
  readonly temporary: boolean;
  /** The transaction it is a part of; absent for one of its own. */
  readonly transactionId?: Uint8Array | undefined;
  /** Options of the database, by name. */
  readonly options: ReadonlyMap<string, string>;
}

/** The codec of {@linkcode CommandStatementIngest}. */
export const commandStatementIngest: MessageType<CommandStatementIngest> =
  sqlMessage("CommandStatementIngest", {
    tableDefinitionOptions: optional(1, tableDefinitionOptions),
    table: field(2, string),
    schema: optional(3, string),
    catalog: optional(4, string),
    temporary: field(5, bool),
    transactionId: optional(6, bytes),
    options: map(1000, string, string),
  });
