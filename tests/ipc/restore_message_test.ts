import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import { FlightError } from "../../internal/core/flight_error.ts";
import type { Compression } from "../../internal/core/ipc_options.ts";
import { restoreMessage } from "../../internal/ipc/restore_message.ts";
import { everything } from "../support/ipc/samples.ts";
import { encode, receive } from "../support/ipc/ipc_streams.ts";
import { seededRandom } from "../support/seeded_random.ts";

const COMPRESSIONS: readonly Compression[] = ["lz4", "zstd"];
const LIMIT = 2 ** 28;

const batch = everything();
batch.metadata.set("key", "value");

/** The messages of a stream of every type, with metadata. */
function messages(compression?: Compression) {
  return receive(
    encode([batch, batch.slice(3, 12), batch.slice(0, 0)], undefined, {
      compression,
    }),
  );
}

for (const compression of COMPRESSIONS) {
  test(`restoreMessage: all types from ${compression}`, () => {
    const plain = messages();
    const restored = messages(compression).map(({ header, body }) =>
      restoreMessage(header, body, LIMIT) ?? { header, body }
    );
    assertEquals(restored.length, plain.length);
    for (const [i, { header, body }] of restored.entries()) {
      assertEquals(header, plain[i]!.header, `header ${i}`);
      assertEquals(body, plain[i]!.body, `body ${i}`);
    }
  });

  test(`restoreMessage: ${compression} of too many bytes`, () => {
    const largest = messages(compression).toSorted((a, b) =>
      b.body.byteLength - a.body.byteLength
    )[0]!;
    const error = assertThrows(
      () => restoreMessage(largest.header, largest.body, 64),
      FlightError,
      "maxDecompressedMessageBytes is 64",
    );
    assertEquals(error.code, "RESOURCE_EXHAUSTED");
  });

  test(`restoreMessage: mutated ${compression} fails with a FlightError, or restores something`, () => {
    const random = seededRandom(8);
    let failures = 0;
    for (const { header, body } of messages(compression)) {
      for (let i = 0; i < 60; i++) {
        const bytes = [new Uint8Array(header), new Uint8Array(body)] as const;
        const target = bytes[Math.floor(random() * 2)]!;
        if (target.byteLength === 0) continue;
        target[Math.floor(random() * target.byteLength)] = Math.floor(
          random() * 256,
        );
        try {
          restoreMessage(...bytes, LIMIT);
        } catch (error) {
          failures++;
          assert(error instanceof FlightError, String(error));
        }
      }
    }
    assert(failures > 0);
  });
}

test("restoreMessage leaves messages that are not compressed", () => {
  for (const { header, body } of messages()) {
    assertEquals(restoreMessage(header, body, 0), undefined);
  }
  assertEquals(
    restoreMessage(new Uint8Array(), new Uint8Array(8), 0),
    undefined,
  );
});
