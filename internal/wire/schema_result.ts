/** Flight.proto: SchemaResult. Its value is the schema itself. */

import { finish } from "../../proto/runtime/wire_writer.ts";
import * as proto from "../../proto/flight/schema_result.ts";
import { checkBytes } from "../message/check_field.ts";
import { decodeMessage } from "../message/decode_message.ts";

/**
 * Encodes a SchemaResult.
 *
 * @param schema The schema as an encapsulated IPC message.
 * @returns The message.
 * @throws {TypeError} When it is not a Uint8Array.
 */
export function encodeSchemaResult(schema: Uint8Array): Uint8Array {
  return finish(
    proto.encodeSchemaResult({
      schema: checkBytes(schema, "SchemaResult.schema"),
    }),
  );
}

/**
 * Decodes a SchemaResult.
 *
 * @param bytes The message.
 * @returns The schema as an encapsulated IPC message, possibly empty: a view on
 * `bytes`.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeSchemaResult(bytes: Uint8Array): Uint8Array {
  return decodeMessage("SchemaResult", bytes, proto.decodeSchemaResult).schema;
}
