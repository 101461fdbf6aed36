/** Every message of FlightSql.proto, with values for each. */

import * as cancel from "../../internal/sql/messages/cancel_query.ts";
import * as ingest from "../../internal/sql/messages/ingest.ts";
import * as metadata from "../../internal/sql/messages/metadata_commands.ts";
import * as prepared from "../../internal/sql/messages/prepared_statement_actions.ts";
import * as put from "../../internal/sql/messages/put_results.ts";
import * as statement from "../../internal/sql/messages/statement_commands.ts";
import * as transaction from "../../internal/sql/messages/transaction_actions.ts";
import type { MessageType } from "../../internal/message/message.ts";

/** A message and values of it. */
export interface Sample {
  readonly message: MessageType<unknown, unknown>;
  readonly values: readonly Readonly<Record<string, unknown>>[];
}

function sample<T>(message: MessageType<T>, ...values: T[]): Sample {
  return { message, values } as unknown as Sample;
}

const ID = Uint8Array.of(1, 2, 255);
const EMPTY = new Uint8Array(0);
const STATEMENTS = [
  { query: "" },
  { query: "SELECT 'ä€\u{1f600}'", transactionId: ID },
  { query: "x".repeat(20_000), transactionId: EMPTY },
];
const TABLES = [
  { table: "" },
  { catalog: "", dbSchema: "", table: "t" },
  { catalog: "c", dbSchema: "s", table: "t" },
];
const HANDLES = [
  { preparedStatementHandle: EMPTY },
  { preparedStatementHandle: ID },
];
const PLANS = [
  {},
  { plan: { plan: EMPTY, version: "" } },
  { plan: { plan: ID, version: "0.12.0" }, transactionId: ID },
];

/** All of them. */
export const SAMPLES: readonly Sample[] = [
  sample(metadata.commandGetSqlInfo, { info: [] }, { info: [0] }, {
    info: [0, 3, 576, 10_000, 2 ** 32 - 1],
  }),
  sample(metadata.commandGetXdbcTypeInfo, {}, { dataType: 0 }, {
    dataType: -9,
  }, { dataType: 93 }),
  sample(metadata.commandGetCatalogs, {}),
  sample(metadata.commandGetDbSchemas, {}, {
    catalog: "",
    dbSchemaFilterPattern: "",
  }, { catalog: "c", dbSchemaFilterPattern: "s%" }),
  sample(metadata.commandGetTables, { tableTypes: [], includeSchema: false }, {
    catalog: "",
    dbSchemaFilterPattern: "_",
    tableNameFilterPattern: "",
    tableTypes: ["TABLE", "", "VIEW"],
    includeSchema: true,
  }),
  sample(metadata.commandGetTableTypes, {}),
  sample(metadata.commandGetPrimaryKeys, ...TABLES),
  sample(metadata.commandGetExportedKeys, ...TABLES),
  sample(metadata.commandGetImportedKeys, ...TABLES),
  sample(metadata.commandGetCrossReference, { pkTable: "", fkTable: "" }, {
    pkCatalog: "",
    pkDbSchema: "a",
    pkTable: "b",
    fkCatalog: "c",
    fkDbSchema: "",
    fkTable: "d",
  }),
  sample(statement.commandStatementQuery, ...STATEMENTS),
  sample(statement.commandStatementUpdate, ...STATEMENTS),
  sample(statement.substraitPlan, { plan: ID, version: "1" }, {
    plan: EMPTY,
    version: "",
  }),
  sample(statement.commandStatementSubstraitPlan, ...PLANS),
  sample(statement.commandPreparedStatementQuery, ...HANDLES, {
    preparedStatementHandle: ID,
    wantsInfo: false,
  }, { preparedStatementHandle: EMPTY, wantsInfo: true, wantsRows: true }),
  sample(statement.commandPreparedStatementUpdate, ...HANDLES),
  sample(statement.ticketStatementQuery, { statementHandle: EMPTY }, {
    statementHandle: ID,
  }),
  sample(
    ingest.tableDefinitionOptions,
    { ifNotExist: "UNSPECIFIED", ifExists: "UNSPECIFIED" },
    { ifNotExist: "CREATE", ifExists: "FAIL" },
    { ifNotExist: "FAIL", ifExists: "APPEND" },
    { ifNotExist: "CREATE", ifExists: "REPLACE" },
  ),
  sample(
    ingest.commandStatementIngest,
    { table: "", temporary: false, options: new Map() },
    {
      tableDefinitionOptions: { ifNotExist: "CREATE", ifExists: "APPEND" },
      table: "t",
      schema: "",
      catalog: "c",
      temporary: true,
      transactionId: ID,
      options: new Map([["a", "b"], ["", ""], ["__proto__", "x"]]),
    },
  ),
  sample(prepared.actionCreatePreparedStatementRequest, ...STATEMENTS),
  sample(prepared.actionCreatePreparedSubstraitPlanRequest, ...PLANS),
  sample(
    prepared.actionCreatePreparedStatementResult,
    { preparedStatementHandle: EMPTY },
    { preparedStatementHandle: ID, isUpdate: false },
    {
      preparedStatementHandle: ID,
      datasetSchema: ID,
      parameterSchema: Uint8Array.of(0),
      isUpdate: true,
    },
  ),
  sample(prepared.actionClosePreparedStatementRequest, ...HANDLES),
  sample(transaction.actionBeginTransactionRequest, {}),
  sample(transaction.actionBeginTransactionResult, { transactionId: ID }),
  sample(transaction.actionBeginSavepointRequest, {
    transactionId: ID,
    name: "s",
  }, { transactionId: EMPTY, name: "" }),
  sample(transaction.actionBeginSavepointResult, { savepointId: ID }),
  sample(
    transaction.actionEndTransactionRequest,
    { transactionId: ID, action: "UNSPECIFIED" },
    { transactionId: ID, action: "COMMIT" },
    { transactionId: EMPTY, action: "ROLLBACK" },
  ),
  sample(
    transaction.actionEndSavepointRequest,
    { savepointId: ID, action: "UNSPECIFIED" },
    { savepointId: ID, action: "RELEASE" },
    { savepointId: EMPTY, action: "ROLLBACK" },
  ),
  sample(cancel.actionCancelQueryRequest, { info: ID }),
  sample(
    cancel.actionCancelQueryResult,
    { result: "UNSPECIFIED" },
    { result: "CANCELLED" },
    { result: "CANCELLING" },
    { result: "NOT_CANCELLABLE" },
  ),
  sample(
    put.doPutUpdateResult,
    { recordCount: 0n },
    { recordCount: -1n },
    { recordCount: 2n ** 63n - 1n },
    { recordCount: -(2n ** 63n) },
  ),
  sample(
    put.doPutPreparedStatementResult,
    { rows: [] },
    ...HANDLES.map((one) => ({ ...one, rows: [] })),
    { preparedStatementHandle: ID, info: EMPTY, rows: [] },
    { info: ID, rows: [ID, EMPTY] },
  ),
];
