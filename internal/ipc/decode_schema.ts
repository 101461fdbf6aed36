/** Schemas on their own, as in FlightInfo, SchemaResult and the results of prepared statements. */

import type { Schema } from "apache-arrow";
import { MESSAGE_HEADER } from "../arrow/arrow_format.ts";
import { cannotDecode, decoding } from "../arrow/codec_error.ts";
import { firstHeader } from "./encode/ipc_message.ts";
import { knownSchema } from "./decode/known_schemas.ts";
import { openMessage } from "./decode/message_reader.ts";
import { readSchema } from "./decode/schema_reader.ts";

/**
 * Decodes a schema from an encapsulated IPC message, with or without the continuation marker. Bytes
 * after the message are ignored: Go sends a whole IPC stream.
 *
 * @param bytes The message.
 * @returns The schema.
 * @throws {FlightError} INVALID_ARGUMENT when `bytes` are empty or malformed, UNIMPLEMENTED for types
 * that apache-arrow does not know.
 */
export function decodeSchema(bytes: Uint8Array): Schema {
  return decoding("Schema", () => {
    const header = firstHeader(bytes);
    if (typeof header === "string") throw cannotDecode("Schema", header);
    const message = openMessage(header);
    if (message.headerType !== MESSAGE_HEADER.schema || message.header === 0) {
      throw cannotDecode("Schema", "the message does not carry one");
    }
    return knownSchema(
      header,
      () => readSchema(message.reader, message.header, message.version),
    );
  });
}
