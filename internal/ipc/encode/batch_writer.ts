/** Writes the headers of record batches and dictionary batches. */

import {
  BUFFER_METHOD,
  MESSAGE_HEADER,
  METADATA_VERSION,
} from "../../arrow/arrow_format.ts";
import type { BodyCodec } from "../compression/body_compression.ts";
import { FlatbufferWriter, tableLayout } from "./flatbuffer_writer.ts";
import type { IpcMessage } from "./ipc_message.ts";
import { writeMetadata } from "./metadata_writer.ts";
import { MESSAGE } from "./schema_writer.ts";

/** RecordBatch: length, nodes, buffers, compression, variadic buffer counts. */
const RECORD_BATCH = /* @__PURE__ */ tableLayout(8, 4, 4, 4, 4);
/** DictionaryBatch: id, data, is delta. */
const DICTIONARY_BATCH = /* @__PURE__ */ tableLayout(8, 4, 1);

/** BodyCompression: codec, method. */
const BODY_COMPRESSION = /* @__PURE__ */ tableLayout(1, 1);

/** Properties of a dictionary batch in addition to its values. */
interface DictionaryBatchInit {
  /** The id of the dictionary. */
  readonly id: number;
  /** True if the values are appended to those sent before. */
  readonly isDelta: boolean;
}

/** The columns of a message. */
interface AssembledColumns {
  /** Length and null count of every node. */
  readonly nodes: readonly number[];
  /** Offset and length of every buffer. */
  readonly regions: readonly number[];
  /** Number of data buffers of each view array. */
  readonly variadicCounts: readonly number[];
  /** The body in pieces. */
  readonly body: readonly Uint8Array[];
  /** The length of the body, in bytes. */
  readonly bodyLength: number;
}

/** Properties of a message in addition to its columns. */
interface BatchInit {
  /** Custom metadata of the message. */
  readonly metadata?: ReadonlyMap<string, string> | undefined;
  /** Set for a dictionary batch. */
  readonly dictionary?: DictionaryBatchInit | undefined;
  /** Codec of its buffers. */
  readonly codec?: BodyCodec | undefined;
}

/**
 * Writes the message of the assembled columns.
 *
 * @param rows Number of rows.
 * @param assembled The columns.
 * @param init Further properties of the message.
 */
export function writeBatch(
  rows: number,
  assembled: AssembledColumns,
  { metadata, dictionary, codec }: BatchInit,
): IpcMessage {
  const { nodes, regions, variadicCounts, body, bodyLength } = assembled;
  const writer = new FlatbufferWriter(
    160 + 8 * (nodes.length + regions.length + variadicCounts.length),
  );
  const hasMetadata = metadata !== undefined && metadata.size > 0;
  const message = writer.table(MESSAGE, hasMetadata ? 0 : 1 << 4);
  writer.int16(message + MESSAGE.at[0]!, METADATA_VERSION.v5);
  writer.int64(message + MESSAGE.at[3]!, bodyLength);
  let reference = message + MESSAGE.at[2]!;
  if (dictionary === undefined) {
    writer.uint8(message + MESSAGE.at[1]!, MESSAGE_HEADER.recordBatch);
  } else {
    writer.uint8(message + MESSAGE.at[1]!, MESSAGE_HEADER.dictionaryBatch);
    const table = writer.table(DICTIONARY_BATCH);
    writer.refer(reference, table);
    writer.int64(table + DICTIONARY_BATCH.at[0]!, dictionary.id);
    writer.uint8(table + DICTIONARY_BATCH.at[2]!, dictionary.isDelta ? 1 : 0);
    reference = table + DICTIONARY_BATCH.at[1]!;
  }
  const hasVariadic = variadicCounts.length > 0;
  const batch = writer.table(
    RECORD_BATCH,
    (codec === undefined ? 1 << 3 : 0) | (hasVariadic ? 0 : 1 << 4),
  );
  writer.refer(reference, batch);
  writer.int64(batch + RECORD_BATCH.at[0]!, rows);
  writeVector(writer, batch + RECORD_BATCH.at[1]!, nodes, 2);
  writeVector(writer, batch + RECORD_BATCH.at[2]!, regions, 2);
  if (codec !== undefined) {
    const compression = writer.table(BODY_COMPRESSION);
    writer.refer(batch + RECORD_BATCH.at[3]!, compression);
    writer.uint8(compression + BODY_COMPRESSION.at[0]!, codec.id);
    writer.uint8(compression + BODY_COMPRESSION.at[1]!, BUFFER_METHOD);
  }
  if (hasVariadic) {
    writeVector(writer, batch + RECORD_BATCH.at[4]!, variadicCounts, 1);
  }
  if (hasMetadata) writeMetadata(writer, message + MESSAGE.at[4]!, metadata);
  return {
    header: writer.finish(message),
    body,
    bodyLength,
    isDictionary: dictionary !== undefined,
  };
}

/** Writes a vector of structs of `per` 64-bit integers each. */
function writeVector(
  writer: FlatbufferWriter,
  position: number,
  numbers: readonly number[],
  per: number,
): void {
  const first = writer.vector(numbers.length / per, 8 * per);
  writer.refer(position, first - 4);
  for (let i = 0; i < numbers.length; i++) {
    writer.int64(first + 8 * i, numbers[i]!);
  }
}
