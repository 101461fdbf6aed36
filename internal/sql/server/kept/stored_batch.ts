/** Record batches as bytes, for a store: Arrow's IPC streaming format. */

import type { RecordBatch } from "apache-arrow";
import { concatBytes } from "../../../base/bytes.ts";
import { singleSource } from "../../../base/source.ts";
import { IpcStreamDecoder } from "../../../ipc/decode/ipc_stream_decoder.ts";
import { IpcLimits } from "../../../ipc/decode/ipc_stream_reader.ts";
import { IpcEncoder } from "../../../ipc/encode/ipc_encoder.ts";
import { encapsulate } from "../../../ipc/encode/ipc_message.ts";
import { joined } from "./joined.ts";

/** Encodes a batch and its schema. */
export function storedBatch(batch: RecordBatch): Uint8Array {
  const encoder = new IpcEncoder();
  const chunks: Uint8Array[] = [
    encapsulate(encoder.schema(batch.schema).header),
  ];
  for (const { header, body } of encoder.encode(batch).messages) {
    chunks.push(encapsulate(header), ...body);
  }
  return concatBytes(chunks);
}

/** Decodes what {@linkcode storedBatch} has encoded. */
export async function loadedBatch(bytes: Uint8Array): Promise<RecordBatch> {
  const decoder = new IpcStreamDecoder(singleSource(bytes), {
    limits: new IpcLimits(bytes.byteLength, bytes.byteLength),
  });
  const batches: RecordBatch[] = [];
  for (let next = await decoder.read(); next; next = await decoder.read()) {
    batches.push(next.batch);
  }
  return joined((await decoder.schema())!, batches);
}
