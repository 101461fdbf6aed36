/** Schemas on their own, as in FlightInfo: to bytes. */

import type { Schema } from "apache-arrow";
import { encodedSchema } from "./encode/encoded_schema.ts";
import { encapsulate } from "./encode/ipc_message.ts";

/**
 * Encodes a schema as an encapsulated IPC message.
 *
 * @param schema A schema, also of another copy of apache-arrow.
 * @returns Continuation marker, length and flatbuffer: a multiple of 8 bytes.
 * @throws {FlightError} UNIMPLEMENTED for types that apache-arrow does not know.
 */
export function encodeSchema(schema: Schema): Uint8Array {
  return encapsulate(encodedSchema(schema).header);
}
