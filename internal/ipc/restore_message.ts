/** Messages whose buffers are compressed: the same without compression, whatever the schema of their stream. */

import { concatBytes } from "../base/bytes.ts";
import { MESSAGE_HEADER, METADATA_VERSION } from "../arrow/arrow_format.ts";
import { decoding } from "../arrow/codec_error.ts";
import { CompressedBody } from "./compression/compressed_body.ts";
import type { FlatbufferReader } from "./decode/flatbuffer_reader.ts";
import { openMessage } from "./decode/message_reader.ts";
import { writeBatch } from "./encode/batch_writer.ts";
import { readMetadata } from "./metadata.ts";

/** Message with its header and body. */
interface RestoredMessage {
  /** The flatbuffer Message; its length is a multiple of 8. */
  readonly header: Uint8Array;
  /** The buffers, each at a multiple of 8. */
  readonly body: Uint8Array;
}

/**
 * Restores the buffers of a record batch or a dictionary batch.
 *
 * @param header The flatbuffer Message, perhaps with padding; empty for none.
 * @param body The body.
 * @param limit Most bytes of all buffers when restored: `maxDecompressedMessageBytes`.
 * @returns The message in new memory; `undefined` if it is not compressed, or of version V4.
 * @throws {FlightError} INVALID_ARGUMENT when it is malformed, UNIMPLEMENTED for an unknown codec, RESOURCE_EXHAUSTED
 * beyond the limit.
 */
export function restoreMessage(
  header: Uint8Array,
  body: Uint8Array,
  limit: number,
): RestoredMessage | undefined {
  if (header.byteLength === 0) return undefined;
  return decoding("FlightData", () => restore(header, body, limit));
}

// The tables are those of decode/batch_buffers.ts and decode/ipc_decoder.ts.
function restore(
  bytes: Uint8Array,
  body: Uint8Array,
  limit: number,
): RestoredMessage | undefined {
  const { reader, version, headerType, header, table, bodyLength } =
    openMessage(bytes);
  // The new message is of V5, in which unions have other buffers than in V4. V4 knows no compression.
  if (version !== METADATA_VERSION.v5) return undefined;
  const isDictionary = headerType === MESSAGE_HEADER.dictionaryBatch;
  if (!isDictionary && headerType !== MESSAGE_HEADER.recordBatch) {
    return undefined;
  }
  reader.what = isDictionary ? "DictionaryBatch" : "RecordBatch";
  if (header === 0) reader.fail("it is empty");
  const batch = isDictionary ? reader.tableIn(header, 1) : header;
  if (batch === 0) reader.fail("it has no values");
  const compression = reader.tableIn(batch, 3);
  if (compression === 0) return undefined;
  if (bodyLength > body.byteLength) {
    reader.fail(
      `the body should have ${bodyLength} bytes, but ${body.byteLength} arrived`,
    );
  }
  const { regions, pieces, bodyLength: length } = restoredBuffers(
    reader,
    batch,
    compression,
    body,
    limit,
  );
  const { header: written } = writeBatch(
    reader.int64In(batch, 0),
    {
      nodes: integers(reader, reader.vectorIn(batch, 1, 16), 2),
      regions,
      variadicCounts: integers(reader, reader.vectorIn(batch, 4, 8), 1),
      body: pieces,
      bodyLength: length,
    },
    {
      metadata: readMetadata(reader, table, 4),
      dictionary: isDictionary
        ? { id: reader.int64In(header, 0), isDelta: reader.boolIn(header, 2) }
        : undefined,
    },
  );
  return { header: written, body: concatBytes(pieces) };
}

function restoredBuffers(
  reader: FlatbufferReader,
  batch: number,
  compression: number,
  body: Uint8Array,
  limit: number,
) {
  const buffers = reader.vectorIn(batch, 2, 16);
  const restored = new CompressedBody(reader, compression, buffers, body, {
    limit,
  });
  const regions: number[] = [];
  const pieces: Uint8Array[] = [];
  let bodyLength = 0;
  for (let i = 0; i < reader.length(buffers); i++) {
    const offset = reader.int64(buffers + 16 * i);
    const size = reader.int64(buffers + 16 * i + 8);
    if (size === 0) {
      regions.push(bodyLength, 0);
      continue;
    }
    if (offset < 0 || size < 0 || offset + size > body.byteLength) {
      reader.fail(
        `buffer ${i} (offset ${offset}, length ${size}) lies outside the body of ${body.byteLength} bytes`,
      );
    }
    const buffer = restored.restore(
      i,
      offset,
      size,
      (problem) => reader.fail(problem),
    );
    regions.push(bodyLength, buffer.byteLength);
    pieces.push(buffer, new Uint8Array(-buffer.byteLength & 7));
    bodyLength += Math.ceil(buffer.byteLength / 8) * 8;
  }
  return { regions, pieces, bodyLength };
}

/** The 64-bit integers of a vector of structs of `per` each. */
function integers(
  reader: FlatbufferReader,
  first: number,
  per: number,
): number[] {
  return Array.from(
    { length: per * reader.length(first) },
    (_, i) => reader.int64(first + 8 * i),
  );
}
