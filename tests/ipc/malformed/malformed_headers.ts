import {
  batchHeader,
  dictionaryHeader,
  intField,
  message,
  schemaHeader,
} from "../../support/ipc/handmade_messages.ts";
import type { Case } from "./malformed.ts";

function patched(
  header: Uint8Array,
  position: number,
  value: number,
): Uint8Array {
  const copy = header.slice();
  new DataView(copy.buffer).setUint32(position, value, true);
  return copy;
}

const good = schemaHeader([intField()]);
const root = new DataView(good.buffer).getUint32(0, true);
const vtable = root - new DataView(good.buffer).getInt32(root, true);

/** Malformed messages: see {@linkcode Case}. */
export const MALFORMED_HEADERS: readonly Case[] = [
  ["one byte", [Uint8Array.of(1)], "too short"],
  ["seven bytes", [new Uint8Array(7)], "too short"],
  ["zeros", [new Uint8Array(64)], "Cannot decode Message: "],
  ["ones", [new Uint8Array(64).fill(255)], "leads outside the header"],
  [
    "a root outside of the header",
    [patched(good, 0, 1e6)],
    "Cannot decode Message: the reference at 0 leads outside the header",
  ],
  [
    "a root at the last byte",
    [patched(good, 0, good.length - 1)],
    "leads outside",
  ],
  ["a vtable before the header", [patched(good, root, 1e6)], "the vtable at"],
  [
    "a vtable after the header",
    [patched(good, root, 2 ** 32 - 1e6)],
    "the vtable at",
  ],
  [
    "a vtable that is longer than the header",
    [patched(good, vtable, 0xfffe)],
    `the vtable at ${vtable} of 65534 bytes lies outside the header`,
  ],
  [
    "a vtable that is too short",
    [patched(good, vtable, 3)],
    `the vtable at ${vtable} of 3 bytes lies outside the header`,
  ],
  [
    "a slot outside of the header",
    [patched(good, vtable + 4, 0xfff0fff0)],
    "lies outside the header",
  ],
  ["half a header", [good.subarray(0, good.length >> 1)], "outside the header"],
  [
    "metadata version V1",
    [message({ version: 0, headerType: 1 })],
    "metadata version V1 is not supported",
    "UNIMPLEMENTED",
  ],
  [
    "metadata version V3",
    [message({ version: 2, headerType: 1 })],
    "metadata version V3",
    "UNIMPLEMENTED",
  ],
  [
    "metadata version 5",
    [message({ version: 5, headerType: 1 })],
    "metadata version 5",
    "UNIMPLEMENTED",
  ],
  [
    "metadata version -1",
    [message({ version: -1, headerType: 1 })],
    "metadata version -1",
    "UNIMPLEMENTED",
  ],
  ["a tensor", [message({ headerType: 4 })], "tensors", "UNIMPLEMENTED"],
  ["a sparse tensor", [message({ headerType: 5 })], "tensors", "UNIMPLEMENTED"],
  ["an unknown header", [message({ headerType: 6 })], "something unknown (6)"],
  [
    "a schema message without schema",
    [message({ headerType: 1 })],
    "the message carries nothing",
  ],
  [
    "a batch message without batch",
    [good, message({ headerType: 3 })],
    "Cannot decode RecordBatch: the message carries nothing",
  ],
  [
    "a dictionary message without dictionary",
    [good, message({ headerType: 2 })],
    "Cannot decode DictionaryBatch: the message carries nothing",
  ],
  [
    "a negative body length",
    [good, batchHeader({ rows: 0, bodyLength: -1 })],
    "the body length -1 is negative",
  ],
  [
    "a body length beyond 2^53",
    [good, batchHeader({ rows: 0, bodyLength: 2 ** 60 })],
    "the number 1152921504606846976 is out of range",
  ],
  [
    "a batch before the schema",
    [batchHeader({ rows: 0 })],
    "Cannot decode FlightData: RecordBatch arrived before Schema",
  ],
  [
    "a dictionary before the schema",
    [dictionaryHeader(0, { rows: 0 })],
    "Cannot decode FlightData: DictionaryBatch arrived before Schema",
  ],
];
