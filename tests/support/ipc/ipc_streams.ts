/** IPC streams for tests: what a Flight stream is made of, with apache-arrow on the other side. */

import type { Data, RecordBatch, Schema } from "apache-arrow";
import { concatBytes } from "../../../internal/base/bytes.ts";
import type { IpcWriteOptions } from "../../../internal/core/ipc_options.ts";
import { IpcDecoder } from "../../../internal/ipc/decode/ipc_decoder.ts";
import type { IpcStreamDecoder } from "../../../internal/ipc/decode/ipc_stream_decoder.ts";
import { IpcEncoder } from "../../../internal/ipc/encode/ipc_encoder.ts";
import {
  encapsulate,
  type IpcMessage,
} from "../../../internal/ipc/encode/ipc_message.ts";
import { writeSettings } from "../../../internal/ipc/encode/ipc_settings.ts";
import { putCodecParts } from "../../../internal/stream/codec_parts.ts";

// As a client and a server do.
putCodecParts();

/** A message as it arrives: with its body in one piece. */
export interface ReceivedMessage {
  readonly header: Uint8Array;
  readonly body: Uint8Array;
}

/** Encodes a stream. */
export function encode(
  batches: readonly RecordBatch[],
  schema: Schema = batches[0]!.schema,
  options: IpcWriteOptions = {},
): IpcMessage[] {
  const encoder = new IpcEncoder(writeSettings(options));
  return [
    encoder.schema(schema),
    ...batches.flatMap((batch) => encodeBatch(encoder, batch)),
  ];
}

/** Encodes a batch that is going to be sent. */
export function encodeBatch(
  encoder: IpcEncoder,
  batch: RecordBatch,
): IpcMessage[] {
  const { messages, commit } = encoder.encode(batch);
  const encoded = [...messages];
  commit();
  return encoded;
}

/** Gathers the bodies. */
export function receive(messages: readonly IpcMessage[]): ReceivedMessage[] {
  return messages.map(({ header, body, bodyLength }) => ({
    header,
    body: concatBytes(body, bodyLength),
  }));
}

/** An IPC stream of `messages`, with its end. */
export function streamOf(messages: readonly IpcMessage[]): Uint8Array {
  return concatBytes([
    ...messages.flatMap(({ header, body }) => [encapsulate(header), ...body]),
    Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0),
  ]);
}

/** Takes an IPC stream apart. */
export function messagesOf(
  stream: Uint8Array,
  bodyLengthOf: (header: Uint8Array) => number,
): ReceivedMessage[] {
  const view = new DataView(stream.buffer, stream.byteOffset);
  const messages: ReceivedMessage[] = [];
  let position = 0;
  while (position < stream.byteLength) {
    const length = view.getInt32(position + 4, true);
    position += 8;
    if (length === 0) break;
    const header = stream.slice(position, position += length);
    const body = stream.slice(position, position += bodyLengthOf(header));
    messages.push({ header, body });
  }
  return messages;
}

/** Decodes a stream. */
export function decode(messages: readonly ReceivedMessage[]): RecordBatch[] {
  const decoder = new IpcDecoder();
  const batches: RecordBatch[] = [];
  for (const { header, body } of messages) {
    const decoded = decoder.decode(header, body);
    if (decoded.kind === "batch") batches.push(decoded.batch);
  }
  return batches;
}

/** Encodes and decodes. */
export function roundTrip(
  batches: readonly RecordBatch[],
  schema?: Schema,
  options?: IpcWriteOptions,
): RecordBatch[] {
  return decode(receive(encode(batches, schema, options)));
}

/** The values of a batch, column by column, as plain objects. */
export function valuesOf(batch: RecordBatch): unknown[] {
  return batch.schema.fields.map((_, index) =>
    Array.from(batch.getChildAt(index)!, plain)
  );
}

/** The values of a column, as plain objects. */
export function columnOf(batch: RecordBatch, name: string): unknown[] {
  return Array.from(batch.getChild(name)!, plain);
}

/** A value without the classes of apache-arrow. */
export function plain(value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value !== "object") return value;
  if (ArrayBuffer.isView(value)) return Array.from(value as Uint8Array);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Date) return value.getTime();
  if ("data" in value && Array.isArray((value as { data: Data[] }).data)) {
    return Array.from(value as unknown as Iterable<unknown>, plain);
  }
  return Array.from(
    value as Iterable<[unknown, unknown]>,
    ([key, entry]) => [plain(key), plain(entry)],
  );
}

/** Reads all batches of a stream or a file. */
export async function batchesOf(
  decoder: IpcStreamDecoder,
): Promise<RecordBatch[]> {
  const batches: RecordBatch[] = [];
  for (
    let message = await decoder.read();
    message !== undefined;
    message = await decoder.read()
  ) batches.push(message.batch!);
  return batches;
}
