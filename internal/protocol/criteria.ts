/** Flight.proto: Criteria. */

import { field } from "../message/fields.ts";
import { accepting, message, type MessageType } from "../message/message.ts";
import { bytesOrTextOrNone } from "../message/scalars.ts";
import { type Received, received } from "./received.ts";

/** Selection of flights to list; its meaning is up to the service. */
export interface Criteria {
  /** The expression; absent or empty for all flights. */
  readonly expression?: Uint8Array | undefined;
}

/** Criteria, or their expression as text that is sent as UTF-8. */
export type CriteriaInit =
  | string
  | {
    /** The expression, as bytes or as text; absent or empty for all flights. */
    readonly expression?: Uint8Array | string | undefined;
  };

/** The codec of {@linkcode Criteria}. */
export const criteriaCodec: MessageType<Criteria, CriteriaInit> = accepting(
  message<Criteria, Exclude<CriteriaInit, string>>(
    "arrow.flight.protocol.Criteria",
    { expression: field(1, bytesOrTextOrNone) },
  ),
  (init) => typeof init === "string" ? { expression: init } : init,
);

/** Gives criteria the methods that a handler gets them with. */
export const receivedCriteria: (criteria: Criteria) => Criteria & Received =
  received("Criteria.expression", ({ expression }: Criteria) => expression);
