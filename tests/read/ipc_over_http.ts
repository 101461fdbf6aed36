/** IPC streams and files for the tests of `http://` locations. */

import type * as http from "node:http";
import { type RecordBatch, Table, tableToIPC } from "apache-arrow";
import { NUMBERS, numbers } from "../support/numbers.ts";

/** Several batches as IPC. */
export function ipc(
  format: "stream" | "file",
  ...batches: RecordBatch[]
): Uint8Array {
  return tableToIPC(new Table(NUMBERS, batches), format);
}

export const STREAM = ipc("stream", numbers(1, 2), numbers(), numbers(3));

/** Returns the bytes after the first message. */
export function withoutSchema(stream: Uint8Array): Uint8Array {
  const view = new DataView(stream.buffer, stream.byteOffset);
  return stream.subarray(8 + view.getInt32(4, true));
}

export const respond =
  (body: Uint8Array, headers: http.OutgoingHttpHeaders = {}) =>
  (
    _request: http.IncomingMessage,
    response: http.ServerResponse,
  ): unknown => response.writeHead(200, headers).end(body);
