/** Flight.proto: SchemaResult. */

import { field } from "../message/fields.ts";
import { message, type MessageType } from "../message/message.ts";
import { bytes } from "../message/scalars.ts";

/** A schema by itself. */
export interface SchemaResult {
  /** The schema as an encapsulated IPC message. */
  readonly schema: Uint8Array;
}

/** The codec of {@linkcode SchemaResult}. */
export const schemaResultCodec: MessageType<SchemaResult> = message(
  "arrow.flight.protocol.SchemaResult",
  { schema: field(1, bytes) },
);
