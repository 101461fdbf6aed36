/** Bulk ingest: rows into a table, in one call. */

import type { Schema } from "apache-arrow";
import {
  booleanOption,
  choiceOption,
  objectOption,
} from "../../core/check_option.ts";
import type { IpcWriteOptions } from "../../core/ipc_options.ts";
import { commandDescriptor } from "../../protocol/flight_descriptor.ts";
import { isSchema } from "../../stream/record_batch_source.ts";
import {
  commandStatementIngest,
  type TableDefinitionOptions,
} from "../messages/ingest.ts";
import { CallBudget } from "./call_budget.ts";
import { packed, recordCount } from "./sql_answers.ts";
import type { SqlContext } from "./sql_context.ts";
import type { SqlCallOptions } from "./sql_options.ts";
import { rowData, type SqlRows } from "./sql_parameters.ts";

/**
 * Treatment of the table by an ingest:
 *
 * | mode            | table is missing | table exists   |
 * |-----------------|------------------|----------------|
 * | `create`        | is created       | fails          |
 * | `append`        | fails            | gets the rows  |
 * | `replace`       | is created       | is replaced    |
 * | `create-append` | is created       | gets the rows  |
 */
export type SqlIngestMode = "create" | "append" | "replace" | "create-append";

/** Options of an ingest. */
export interface SqlIngestOptions extends SqlCallOptions, IpcWriteOptions {
  /** Treatment of the table; `create` by default. */
  readonly mode?: SqlIngestMode | undefined;
  /** Catalog of the table; the default of the database by default. */
  readonly catalog?: string | undefined;
  /** Schema of the table in the database, not that of the rows; the default of the database by default. */
  readonly schema?: string | undefined;
  /** True if the table is dropped when the session ends; `false` by default. */
  readonly temporary?: boolean | undefined;
  /** Options that the database understands, by name; none by default. */
  readonly databaseOptions?: Readonly<Record<string, string>> | undefined;
  /**
   * The columns of the rows. Rows as objects are cast to them, and a table is created even without a row. By
   * default the types are inferred of the first rows.
   */
  readonly columns?: Schema | undefined;
}

const MODES: Readonly<Record<SqlIngestMode, TableDefinitionOptions>> = {
  create: { ifNotExist: "CREATE", ifExists: "FAIL" },
  append: { ifNotExist: "FAIL", ifExists: "APPEND" },
  replace: { ifNotExist: "CREATE", ifExists: "REPLACE" },
  "create-append": { ifNotExist: "CREATE", ifExists: "APPEND" },
};

/**
 * Inserts rows into a table.
 *
 * @param context The client.
 * @param table The table.
 * @param rows The rows.
 * @param options Options.
 * @param transactionId The transaction.
 */
export async function ingest(
  { flight }: SqlContext,
  table: string,
  rows: SqlRows,
  options: SqlIngestOptions,
  transactionId: Uint8Array | undefined,
): Promise<bigint> {
  const {
    mode = "create",
    catalog,
    schema,
    temporary = false,
    databaseOptions = {},
    columns,
    compression,
    compressionLevel,
    dictionaries,
    maxBatchBytes,
    maxSendMessageBytes,
    ...call
  } = objectOption("options", options);
  const names = Object.keys(MODES) as SqlIngestMode[];
  const tableDefinitionOptions = MODES[choiceOption("mode", mode, names)];
  booleanOption("temporary", temporary);
  objectOption("databaseOptions", databaseOptions);
  if (typeof table !== "string" || table === "") {
    throw new TypeError("Cannot ingest rows: the name of the table is missing");
  }
  if (columns !== undefined && !isSchema(columns)) {
    throw new TypeError("Cannot use option columns: it must be a Schema");
  }
  const command = packed(commandStatementIngest, {
    tableDefinitionOptions,
    table,
    schema,
    catalog,
    temporary,
    transactionId,
    options: new Map(Object.entries(databaseOptions)),
  });
  const { data, schema: known } = rowData(rows, columns, "column");
  const answers = await flight.putTable(commandDescriptor(command), data, {
    ...new CallBudget(call).options,
    compression,
    compressionLevel,
    dictionaries,
    maxBatchBytes,
    maxSendMessageBytes,
    schema: known,
  });
  return recordCount(answers);
}
