/** FlightSql.proto: the answers to DoPut. They are the metadata of a PutResult, without an Any. */

import { field, optional, repeated } from "../../message/fields.ts";
import type { MessageType } from "../../message/message.ts";
import { bytes, int64 } from "../../message/scalars.ts";
import { EXTENSION, sqlMessage } from "./sql_message.ts";

/** Answer to an update or an ingest. */
export interface DoPutUpdateResult {
  /** Number of rows that were changed, −1 if unknown. */
  readonly recordCount: bigint;
}

/** The codec of {@linkcode DoPutUpdateResult}. */
export const doPutUpdateResult: MessageType<DoPutUpdateResult> = sqlMessage(
  "DoPutUpdateResult",
  { recordCount: field(1, int64) },
);

/** Answer to parameters of a prepared query. */
export interface DoPutPreparedStatementResult {
  /** The handle that replaces the earlier one; absent where that stays valid. */
  readonly preparedStatementHandle?: Uint8Array | undefined;
  /**
   * The FlightInfo of the query with these parameters, encoded: an extension of this package, for clients that
   * have asked for it.
   */
  readonly info?: Uint8Array | undefined;
  /**
   * In place of `info` the whole result: the FlightData messages that DoGet would send, none where it is not
   * given. An extension of this package, for clients that have asked for it.
   */
  readonly rows: readonly Uint8Array[];
}

/** The codec of {@linkcode DoPutPreparedStatementResult}. */
export const doPutPreparedStatementResult: MessageType<
  DoPutPreparedStatementResult
> = sqlMessage("DoPutPreparedStatementResult", {
  preparedStatementHandle: optional(1, bytes),
  info: optional(EXTENSION.info, bytes),
  rows: repeated(EXTENSION.rows, bytes),
});
