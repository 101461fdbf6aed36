/** FlightSql.proto: the actions that prepare and close statements. */

import { field, optional } from "../../message/fields.ts";
import type { MessageType } from "../../message/message.ts";
import { bool, bytes, bytesOrNone, string } from "../../message/scalars.ts";
import { sqlMessage } from "./sql_message.ts";
import { type SubstraitPlan, substraitPlan } from "./statement_commands.ts";

/** Body of the action `CreatePreparedStatement`. */
export interface ActionCreatePreparedStatementRequest {
  /** The statement in SQL. */
  readonly query: string;
  /** The transaction of its executions; absent where each has one of its own. */
  readonly transactionId?: Uint8Array | undefined;
}

/** The codec of {@linkcode ActionCreatePreparedStatementRequest}. */
export const actionCreatePreparedStatementRequest: MessageType<
  ActionCreatePreparedStatementRequest
> = sqlMessage("ActionCreatePreparedStatementRequest", {
  query: field(1, string),
  transactionId: optional(2, bytes),
});

/** Body of the action `CreatePreparedSubstraitPlan`. */
export interface ActionCreatePreparedSubstraitPlanRequest {
  /** The plan. */
  readonly plan?: SubstraitPlan | undefined;
  /** The transaction of its executions; absent where each has one of its own. */
  readonly transactionId?: Uint8Array | undefined;
}

/** The codec of {@linkcode ActionCreatePreparedSubstraitPlanRequest}. */
export const actionCreatePreparedSubstraitPlanRequest: MessageType<
  ActionCreatePreparedSubstraitPlanRequest
> = sqlMessage("ActionCreatePreparedSubstraitPlanRequest", {
  plan: optional(1, substraitPlan),
  transactionId: optional(2, bytes),
});

/** Result of the actions `CreatePreparedStatement` and `CreatePreparedSubstraitPlan`. */
export interface ActionCreatePreparedStatementResult {
  /** The handle of the statement. */
  readonly preparedStatementHandle: Uint8Array;
  /** Schema of the rows as an encapsulated IPC message; absent where there are none, or not known. */
  readonly datasetSchema?: Uint8Array | undefined;
  /** Schema of the parameters as an encapsulated IPC message; absent where there are none. */
  readonly parameterSchema?: Uint8Array | undefined;
  /** True if the statement must run as an update; absent if the client decides. */
  readonly isUpdate?: boolean | undefined;
}

/** The codec of {@linkcode ActionCreatePreparedStatementResult}. */
export const actionCreatePreparedStatementResult: MessageType<
  ActionCreatePreparedStatementResult
> = sqlMessage("ActionCreatePreparedStatementResult", {
  preparedStatementHandle: field(1, bytes),
  datasetSchema: field(2, bytesOrNone),
  parameterSchema: field(3, bytesOrNone),
  isUpdate: optional(4, bool),
});

/** Body of the action `ClosePreparedStatement`, which has no result. */
export interface ActionClosePreparedStatementRequest {
  /** The handle that the server gave. */
  readonly preparedStatementHandle: Uint8Array;
}

/** The codec of {@linkcode ActionClosePreparedStatementRequest}. */
export const actionClosePreparedStatementRequest: MessageType<
  ActionClosePreparedStatementRequest
> = sqlMessage("ActionClosePreparedStatementRequest", {
  preparedStatementHandle: field(1, bytes),
});
