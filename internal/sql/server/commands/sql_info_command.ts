/** CommandGetSqlInfo: facts about the database, and what follows from the handlers. */

import { messagesOf } from "../../../stream/record_batch_source.ts";
import {
  type CommandGetSqlInfo,
  commandGetSqlInfo,
} from "../../messages/metadata_commands.ts";
import { SQL_INFO_SCHEMA } from "../../metadata/schemas.ts";
import type { SqlInfo } from "../../metadata/sql_info.ts";
import { sqlInfoBatch } from "../../metadata/sql_info_batch.ts";
import {
  selectSqlInfo,
  sqlInfoValues,
} from "../../metadata/sql_info_values.ts";
import { operationContext } from "../call.ts";
import type { Command, Request } from "./command.ts";
import type { FlightSqlHandlers } from "../handlers.ts";
import type { CheckedOptions } from "../options.ts";

/**
 * Gives the facts that follow from handlers and options, with those that the handlers state themselves.
 *
 * @param stated The latter.
 * @throws {TypeError} When one of these cannot be used.
 */
export function sqlInfoOfService(
  handlers: FlightSqlHandlers,
  options: CheckedOptions,
  stated: SqlInfo | undefined,
): SqlInfo {
  const hasTransactions = handlers.beginTransaction !== undefined;
  const hasIngest = handlers.ingest !== undefined;
  const info: SqlInfo = {
    sql: (handlers.query ?? handlers.update ?? handlers.prepare) !== undefined,
    substrait: handlers.substrait !== undefined,
    transaction: hasTransactions ? "TRANSACTION" : "NONE",
    cancel: true,
    bulkIngestion: hasIngest,
    ingestTransactionsSupported: hasIngest && hasTransactions,
    statementTimeout: Math.ceil(options.statementTimeoutMs),
    transactionTimeout: hasTransactions
      ? Math.ceil(options.transactionTimeoutMs)
      : 0,
    transactionsSupported: hasTransactions,
    ...stated,
  };
  // They cannot be used when they are needed first: a service says so when it is made.
  sqlInfoValues(info);
  return info;
}

/** Makes the info of a request. */
function infoOf({ bytes }: Request<CommandGetSqlInfo>) {
  return {
    schema: SQL_INFO_SCHEMA,
    descriptor: { cmd: bytes },
    endpoints: [{ ticket: bytes }],
  };
}

/** CommandGetSqlInfo. */
export const sqlInfoCommand: Command<CommandGetSqlInfo> = {
  codec: commandGetSqlInfo,
  schema: () => SQL_INFO_SCHEMA,
  // deno-lint-ignore require-await -- as all entries
  info: async (request) => infoOf(request),
  // deno-lint-ignore require-await -- as all entries
  poll: async (request) => ({ info: infoOf(request), progress: 1 }),
  async data({ state: { handlers, options }, call, command }) {
    const stated = typeof handlers.sqlInfo === "function"
      ? await handlers.sqlInfo(operationContext(call, { ending: call.context }))
      : handlers.sqlInfo;
    const values = sqlInfoValues(sqlInfoOfService(handlers, options, stated));
    const rows = selectSqlInfo(values, command.info);
    return messagesOf([{ schema: SQL_INFO_SCHEMA }, sqlInfoBatch(rows)]);
  },
};
