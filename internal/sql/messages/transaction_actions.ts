/** FlightSql.proto: the actions that begin and end transactions and savepoints. */

import { enumeration } from "../../message/enumeration.ts";
import { field } from "../../message/fields.ts";
import type { MessageType } from "../../message/message.ts";
import { bytes, string } from "../../message/scalars.ts";
import type { NoFields } from "./metadata_commands.ts";
import { sqlMessage } from "./sql_message.ts";

/** Body of the action `BeginTransaction`. */
export type ActionBeginTransactionRequest = NoFields;

/** The codec of {@linkcode ActionBeginTransactionRequest}. */
export const actionBeginTransactionRequest: MessageType<
  ActionBeginTransactionRequest
> = sqlMessage("ActionBeginTransactionRequest", {});

/** Result of the action `BeginTransaction`. */
export interface ActionBeginTransactionResult {
  /** The name by which requests refer to the transaction. */
  readonly transactionId: Uint8Array;
}

/** The codec of {@linkcode ActionBeginTransactionResult}. */
export const actionBeginTransactionResult: MessageType<
  ActionBeginTransactionResult
> = sqlMessage("ActionBeginTransactionResult", {
  transactionId: field(1, bytes),
});

/** Body of the action `BeginSavepoint`. */
export interface ActionBeginSavepointRequest {
  /** The transaction that the savepoint is a part of. */
  readonly transactionId: Uint8Array;
  /** Name of the savepoint. */
  readonly name: string;
}

/** The codec of {@linkcode ActionBeginSavepointRequest}. */
export const actionBeginSavepointRequest: MessageType<
  ActionBeginSavepointRequest
> = sqlMessage("ActionBeginSavepointRequest", {
  transactionId: field(1, bytes),
  name: field(2, string),
});

/** Result of the action `BeginSavepoint`. */
export interface ActionBeginSavepointResult {
  /** The name by which requests refer to the savepoint. */
  readonly savepointId: Uint8Array;
}

/** The codec of {@linkcode ActionBeginSavepointResult}. */
export const actionBeginSavepointResult: MessageType<
  ActionBeginSavepointResult
> = sqlMessage("ActionBeginSavepointResult", { savepointId: field(1, bytes) });

/** The end of a transaction: its changes stay, or none of them. */
export type EndTransaction = "UNSPECIFIED" | "COMMIT" | "ROLLBACK";

/** Body of the action `EndTransaction`, which has no result. */
export interface ActionEndTransactionRequest {
  /** The transaction. */
  readonly transactionId: Uint8Array;
  /** Its end. */
  readonly action: EndTransaction;
}

/** The codec of {@linkcode ActionEndTransactionRequest}. */
export const actionEndTransactionRequest: MessageType<
  ActionEndTransactionRequest
> = sqlMessage("ActionEndTransactionRequest", {
  transactionId: field(1, bytes),
  action: field(
    2,
    enumeration({ UNSPECIFIED: 0, COMMIT: 1, ROLLBACK: 2 }),
  ),
});

/** The end of a savepoint: it is forgotten, or all changes since it are undone. */
export type EndSavepoint = "UNSPECIFIED" | "RELEASE" | "ROLLBACK";

/** Body of the action `EndSavepoint`, which has no result. */
export interface ActionEndSavepointRequest {
  /** The savepoint. */
  readonly savepointId: Uint8Array;
  /** Its end. */
  readonly action: EndSavepoint;
}

/** The codec of {@linkcode ActionEndSavepointRequest}. */
export const actionEndSavepointRequest: MessageType<
  ActionEndSavepointRequest
> = sqlMessage("ActionEndSavepointRequest", {
  savepointId: field(1, bytes),
  action: field(
    2,
    enumeration({ UNSPECIFIED: 0, RELEASE: 1, ROLLBACK: 2 }),
  ),
});
