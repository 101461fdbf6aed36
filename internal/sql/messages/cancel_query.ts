/** FlightSql.proto: the action CancelQuery, which CancelFlightInfo of Flight.proto has replaced. */

import { enumeration } from "../../message/enumeration.ts";
import { field } from "../../message/fields.ts";
import type { MessageType } from "../../message/message.ts";
import { bytes } from "../../message/scalars.ts";
import { sqlMessage } from "./sql_message.ts";

/** Body of the action `CancelQuery`. */
export interface ActionCancelQueryRequest {
  /** The encoded FlightInfo of the query. */
  readonly info: Uint8Array;
}

/** The codec of {@linkcode ActionCancelQueryRequest}. */
export const actionCancelQueryRequest: MessageType<ActionCancelQueryRequest> =
  sqlMessage("ActionCancelQueryRequest", { info: field(1, bytes) });

/** Outcome of a cancellation. */
export type CancelResult =
  | "UNSPECIFIED"
  | "CANCELLED"
  | "CANCELLING"
  | "NOT_CANCELLABLE";

/** Result of the action `CancelQuery`. */
export interface ActionCancelQueryResult {
  /** Outcome of the cancellation. */
  readonly result: CancelResult;
}

/** The codec of {@linkcode ActionCancelQueryResult}. */
export const actionCancelQueryResult: MessageType<ActionCancelQueryResult> =
  sqlMessage("ActionCancelQueryResult", {
    result: field(
      1,
      enumeration({
        UNSPECIFIED: 0,
        CANCELLED: 1,
        CANCELLING: 2,
        NOT_CANCELLABLE: 3,
      }),
    ),
  });
