import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { FlightError } from "../../../internal/core/flight_error.ts";
import { IpcDecoder } from "../../../internal/ipc/decode/ipc_decoder.ts";
import { decodeSchema } from "../../../internal/ipc/decode_schema.ts";
import { batchHeader, message } from "../../support/ipc/handmade_messages.ts";
import { MALFORMED_IPC } from "./malformed_messages.ts";

for (const [problem, messages, text, code] of MALFORMED_IPC) {
  test(`decoding rejects ${problem}`, () => {
    const decoder = new IpcDecoder();
    const parts = messages.map((received): [Uint8Array, Uint8Array] =>
      received instanceof Uint8Array ? [received, new Uint8Array(0)] : received
    );
    for (const [header, body] of parts.slice(0, -1)) {
      decoder.decode(header, body);
    }
    const { schema } = decoder;
    const error = thrownBy(() => decoder.decode(...parts.at(-1)!));
    assertStringIncludes(error.details, text);
    assertEquals(error.code, code ?? "INVALID_ARGUMENT");
    assertEquals(error.origin, "local");
    assertEquals(decoder.schema, schema);
  });
}

/** The FlightError that `call` throws. */
function thrownBy(call: () => unknown): FlightError {
  try {
    call();
  } catch (error) {
    assert(error instanceof FlightError, String(error));
    return error;
  }
  throw new Error("nothing was thrown");
}

const schemaCases: [problem: string, bytes: Uint8Array, text: string][] = [
  ["no bytes", new Uint8Array(0), "Cannot decode Schema: there are no bytes"],
  ["two bytes", new Uint8Array(2), "2 bytes are too few"],
  ["a lone continuation", new Uint8Array(4).fill(255), "4 bytes are too few"],
  [
    "the end of a stream",
    Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0),
    "ends",
  ],
  ["a length of zero", new Uint8Array(4), "ends before its first message"],
  [
    "a negative length",
    Uint8Array.of(255, 255, 255, 255, 254, 255, 255, 255),
    "the header claims to take -2 bytes",
  ],
  [
    "a length beyond the end",
    Uint8Array.of(255, 255, 255, 255, 9, 0, 0, 0, 1, 2),
    "the header claims to take 9 bytes, but 2 follow",
  ],
  [
    "a record batch",
    prefixed(batchHeader({ rows: 0 })),
    "the message does not carry one",
  ],
  [
    "a schema message without schema",
    prefixed(message({ headerType: 1 })),
    "the message does not carry one",
  ],
  ["text", new TextEncoder().encode("not a schema"), "Cannot decode Schema"],
];

function prefixed(header: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + header.length);
  new DataView(bytes.buffer).setInt32(0, header.length, true);
  bytes.set(header, 4);
  return bytes;
}

for (const [problem, bytes, text] of schemaCases) {
  test(`decodeSchema rejects ${problem}`, () => {
    const error = thrownBy(() => decodeSchema(bytes));
    assertEquals(error.code, "INVALID_ARGUMENT");
    assertStringIncludes(error.details, text);
  });
}
