/**
 * The form of `grpc-status-details-bin` that gRPC defines: a `google.rpc.Status`. Flight's C++ puts
 * the bare bytes of `extra_info` there, for which clients in Go, and proxies made of them, report
 * INTERNAL instead of the error.
 */

import { concatBytes, equalBytes, toBytes } from "../base/bytes.ts";

/** Type of the detail that has the bytes. */
const BYTES_VALUE = toBytes("type.googleapis.com/google.protobuf.BytesValue");

/** Tags of the fields: `code`, `message` and `details` of Status; both fields of Any; `value`. */
const TAGS = { code: 0x08, first: 0x0a, second: 0x12, details: 0x1a } as const;

/**
 * Encodes a Status whose only detail is `extraInfo`, as a `google.protobuf.BytesValue`.
 *
 * @param code The number of the code, 1 to 16.
 * @param message The text of the error.
 * @param extraInfo The bytes.
 */
export function encodeRpcStatus(
  code: number,
  message: string,
  extraInfo: Uint8Array,
): Uint8Array {
  const any = concatBytes([
    delimited(TAGS.first, BYTES_VALUE),
    delimited(TAGS.second, delimited(TAGS.first, extraInfo)),
  ]);
  return concatBytes([
    Uint8Array.of(TAGS.code, code),
    delimited(TAGS.second, toBytes(message)),
    delimited(TAGS.details, any),
  ]);
}

/**
 * Finds the bytes in what {@linkcode encodeRpcStatus} has made, here or in another implementation.
 *
 * @returns The bytes; `undefined` if it is anything else.
 */
export function extraInfoOfRpcStatus(
  status: Uint8Array,
  code: number,
): Uint8Array | undefined {
  if (status[0] !== TAGS.code || status[1] !== code) return undefined;
  const fields = new Fields(status.subarray(2));
  // An empty message is left out.
  fields.take(TAGS.second);
  const any = fields.take(TAGS.details);
  if (any === undefined || !fields.isAtEnd) return undefined;
  const parts = new Fields(any);
  const type = parts.take(TAGS.first);
  if (type === undefined || !equalBytes(type, BYTES_VALUE)) return undefined;
  // So are empty bytes.
  const value = parts.take(TAGS.second) ?? new Uint8Array();
  const inner = new Fields(value);
  const bytes = inner.take(TAGS.first) ?? new Uint8Array();
  return parts.isAtEnd && inner.isAtEnd ? bytes : undefined;
}

function delimited(tag: number, bytes: Uint8Array): Uint8Array {
  const head = [tag];
  let length = bytes.length;
  for (; length > 0x7f; length >>>= 7) head.push(length & 0x7f | 0x80);
  head.push(length);
  return concatBytes([Uint8Array.from(head), bytes]);
}

/** Reads fields with a length, in order. */
class Fields {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Takes the next field if it has this tag, and is complete. */
  take(tag: number): Uint8Array | undefined {
    if (this.#bytes[this.#at] !== tag) return undefined;
    let at = this.#at + 1;
    let length = 0;
    // Headers have far fewer than 2^28 bytes.
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#bytes[at++];
      if (byte === undefined) return undefined;
      length |= (byte & 0x7f) << shift;
      if (byte > 0x7f) continue;
      if (at + length > this.#bytes.length) return undefined;
      this.#at = at + length;
      return this.#bytes.subarray(at, this.#at);
    }
    return undefined;
  }
}
