/** Cases of malformed messages, and how they are run. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "node:test";
import { FlightError } from "../../internal/core/flight_error.ts";
import { IpcDecoder } from "../../internal/ipc/ipc_decoder.ts";

/** A problem, the messages that show it, and a part of the error. */
export type Case = [
  problem: string,
  messages: Received[],
  text: string,
  code?: "UNIMPLEMENTED" | "RESOURCE_EXHAUSTED",
];
/** A message as it arrives: a header, and a body where there is one. */
export type Received = Uint8Array | [header: Uint8Array, body: Uint8Array];

/** The last message of each case is the malformed one. */
export function run(cases: readonly Case[]): void {
  for (const [problem, messages, text, code] of cases) {
    test(`decoding rejects ${problem}`, () => {
      const decoder = new IpcDecoder();
      const parts = messages.map((received): [Uint8Array, Uint8Array] =>
        received instanceof Uint8Array
          ? [received, new Uint8Array(0)]
          : received
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
}

/** The FlightError that `call` throws. */
export function thrownBy(call: () => unknown): FlightError {
  try {
    call();
  } catch (error) {
    assert(error instanceof FlightError, String(error));
    return error;
  }
  throw new Error("nothing was thrown");
}
