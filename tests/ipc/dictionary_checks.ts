/** Columns with dictionaries, and checks of what is sent for them. */

import { assertEquals } from "@std/assert";
import {
  Dictionary,
  Int8,
  type RecordBatch,
  tableFromIPC,
  Utf8,
  Vector,
  vectorFromArray,
} from "apache-arrow";
import type { IpcWriteOptions } from "../../internal/core/ipc_options.ts";
import { IpcDecoder } from "../../internal/ipc/decode/ipc_decoder.ts";
import type { IpcMessage } from "../../internal/ipc/encode/ipc_message.ts";
import {
  decode,
  encode,
  receive,
  streamOf,
  valuesOf,
} from "../support/ipc/ipc_streams.ts";

export function words(...values: (string | null)[]): Vector<Utf8> {
  return new Vector([vectorFromArray(values, new Utf8()).data[0]!]);
}

export function wordType(id?: number): Dictionary<Utf8, Int8> {
  return new Dictionary(new Utf8(), new Int8(), id);
}

export const DELTA: IpcWriteOptions = { dictionaries: "delta" };

/** Lists the messages of a stream: `schema`, `batch`, and for dictionaries id and kind. */
export function outline(messages: readonly IpcMessage[]): string[] {
  const decoder = new IpcDecoder();
  return receive(messages).map(({ header, body }) => {
    const decoded = decoder.decode(header, body);
    return decoded.kind !== "dictionary"
      ? decoded.kind
      : `${decoded.isDelta ? "delta" : "dictionary"} ${decoded.id}`;
  });
}

export function check(
  batches: RecordBatch[],
  expected: string[],
  options?: IpcWriteOptions,
): void {
  const messages = encode(batches, undefined, options);
  assertEquals(outline(messages), ["schema", ...expected]);
  const values = batches.map(valuesOf);
  assertEquals(decode(receive(messages)).map(valuesOf), values);
}

/** The same, also read by apache-arrow. */
export function checkBoth(
  batches: RecordBatch[],
  expected: string[],
  options?: IpcWriteOptions,
): void {
  check(batches, expected, options);
  const messages = encode(batches, undefined, options);
  const table = tableFromIPC(streamOf(messages));
  assertEquals(table.batches.map(valuesOf), batches.map(valuesOf));
}
