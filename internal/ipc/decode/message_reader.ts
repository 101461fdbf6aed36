/** Reads the outermost table of a header: flatbuffer Message. */

import { METADATA_VERSION } from "../../arrow/arrow_format.ts";
import { cannotDecodeYet } from "../../arrow/codec_error.ts";
import { FlatbufferReader } from "./flatbuffer_reader.ts";

// table Message {
//   0 version: int16; 1 header_type: uint8; 2 header: union; 3 bodyLength: int64;
//   4 custom_metadata: [KeyValue];
// }

/** Opened Message. */
export interface OpenMessage {
  /** Reader for the rest of it. */
  readonly reader: FlatbufferReader;
  /** The position of its table. */
  readonly table: number;
  /** V4 or V5, as a number of `enum MetadataVersion`. */
  readonly version: number;
  /** A number of `union MessageHeader`. */
  readonly headerType: number;
  /** Position of its contents; 0 if there are none. */
  readonly header: number;
  /** The length of the body, in bytes. */
  readonly bodyLength: number;
}

/**
 * Opens a Message.
 *
 * @param bytes A flatbuffer, without the prefix of the encapsulated form.
 * @throws {FlightError} When it is malformed, or of a version that is not supported.
 */
export function openMessage(bytes: Uint8Array): OpenMessage {
  const reader = new FlatbufferReader(bytes);
  const table = reader.root();
  const version = reader.int16In(table, 0);
  if (version !== METADATA_VERSION.v4 && version !== METADATA_VERSION.v5) {
    throw cannotDecodeYet(
      "Message",
      `metadata version ${
        version >= 0 && version < 4 ? `V${version + 1}` : version
      } is not supported`,
    );
  }
  const bodyLength = reader.int64In(table, 3);
  if (bodyLength < 0) reader.fail(`the body length ${bodyLength} is negative`);
  return {
    reader,
    table,
    version,
    headerType: reader.uint8In(table, 1),
    header: reader.tableIn(table, 2),
    bodyLength,
  };
}
