/** Messages of one size, whose frames are read to their final place with their headers. */

import { Buffer } from "node:buffer";
import { test } from "node:test";
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { MessageReader } from "../../../internal/grpc/message_reader.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import {
  encodeFrame,
  FLAG,
  FRAME,
  grpcMessage,
  REQUEST,
} from "../../support/http2/raw_frames.ts";
import { rawClient } from "../../support/http2/raw_peer.ts";
import { HTTP2 } from "../../support/transport/http2_transport.ts";
import { answer } from "../../support/transport/call_parts.ts";
import { message } from "../../support/transport/messages.ts";
import { TestSource } from "../../support/transport/test_source.ts";

const { pair } = HTTP2;
const KIB = 1024;
/** Size of the header of a frame. */
const BEFORE = 9;

/** Makes a reader that has read two messages of one size, with the body at `body`. */
function regularReader(size: number, body?: number): {
  reader: MessageReader;
  credited: () => number;
} {
  let credit = 0;
  const reader = new MessageReader(
    10_000 * KIB,
    (bytes) => credit += bytes,
    () => body,
  );
  for (let i = 0; i < 2; i++) {
    assertEquals(reader.isRegular, false);
    reader.push(grpcMessage(size, 1), 0, size + 5);
    reader.take();
  }
  return { reader, credited: () => credit };
}

/** Fails unless both have the same bytes; element by element would take long. */
function assertSame(a: Uint8Array, b: Uint8Array): void {
  assertEquals(a.length, b.length);
  assertEquals(Buffer.compare(a, b), 0);
}

/** Lets `bytes` of a message come to the memory that a reader has made for the next one. */
function come(memory: Uint8Array, wire: Uint8Array, bytes: number): void {
  memory.fill(0xee);
  memory.set(wire.subarray(0, bytes), BEFORE);
}

test("MessageReader: a message like the last ones is taken without a copy", () => {
  for (const body of [undefined, 0, 3, 24, 59, 60]) {
    const { reader, credited } = regularReader(100 * KIB, body);
    for (let fill = 2; fill < 5; fill++) {
      const memory = reader.placeNext(BEFORE, undefined)!;
      const wire = grpcMessage(100 * KIB, fill);
      assertEquals(memory.length, BEFORE + wire.length);
      come(memory, wire, wire.length);
      assert(reader.takeNext(memory, BEFORE, memory.length));
      const { bytes } = reader.take()!;
      assertStrictEquals(bytes.buffer, memory.buffer);
      assertSame(bytes, wire.subarray(5));
      if (body !== undefined) assertEquals((bytes.byteOffset + body) % 64, 0);
      assertEquals(credited(), (fill + 1) * wire.length);
    }
  }
});

test("MessageReader: the rest of a message that was taken in part may come in any way", () => {
  const random = seededRandom(7);
  const size = 100 * KIB;
  for (let round = 0; round < 20; round++) {
    const { reader } = regularReader(size, 24);
    const wire = grpcMessage(size, 2 + round);
    let at = 5 + Math.floor(random() * size);
    const memory = reader.placeNext(BEFORE, undefined)!;
    come(memory, wire, at);
    assert(reader.takeNext(memory, BEFORE, BEFORE + at));
    assertEquals(reader.isRegular, true);
    assertEquals(reader.placeNext(BEFORE, undefined), undefined);
    while (at < wire.length) {
      const bytes = 1 + Math.floor(random() * (wire.length - at));
      const place = random() < 0.5 ? reader.place(bytes) : undefined;
      if (place === undefined) reader.push(wire, at, at + bytes);
      else {
        place.set(wire.subarray(at, at + bytes));
        reader.placed(bytes);
      }
      at += bytes;
    }
    assertSame(reader.take()!.bytes, wire.subarray(5));
  }
});

test("MessageReader: the rest may be further on in the same memory", () => {
  const size = 100 * KIB;
  const { reader } = regularReader(size);
  const wire = grpcMessage(size, 9);
  const memory = reader.placeNext(BEFORE, undefined)!;
  const first = 40 * KIB;
  come(memory, wire, first);
  // The header of another frame is in between.
  const second = BEFORE + first + BEFORE;
  memory.set(wire.subarray(first, wire.length - BEFORE), second);
  assert(reader.takeNext(memory, BEFORE, BEFORE + first));
  reader.push(memory, second, memory.length);
  reader.push(wire, wire.length - BEFORE, wire.length);
  assertSame(reader.take()!.bytes, wire.subarray(5));
});

test("MessageReader: another message than expected is not taken", () => {
  const size = 100 * KIB;
  const refused: [Uint8Array, number][] = [
    [grpcMessage(size - 1), size + 4],
    [grpcMessage(size + 1), size + 5],
    [grpcMessage(0), 5],
    [grpcMessage(size), 4],
    [Uint8Array.of(2, 0, 1, 144, 0), 5],
  ];
  for (const [wire, bytes] of refused) {
    const { reader } = regularReader(size);
    const memory = reader.placeNext(BEFORE, undefined)!;
    come(memory, wire, bytes);
    assertEquals(reader.takeNext(memory, BEFORE, BEFORE + bytes), false);
    // Nor one that begins elsewhere.
    assertEquals(reader.takeNext(memory, BEFORE + 1, BEFORE + bytes), false);
    assertEquals(reader.take(), undefined);
    // Memory that was not taken serves again.
    assertStrictEquals(reader.placeNext(BEFORE, memory), memory);
    reader.push(wire, 0, wire.length);
    assertEquals(
      reader.problem === undefined,
      wire[0] === 0,
    );
  }
});

test("MessageReader: no message is expected that is small, large, or behind many", () => {
  for (const size of [0, 100, 40 * KIB, 300 * KIB, 5000 * KIB]) {
    const { reader } = regularReader(size);
    assertEquals(reader.isRegular, false);
    assertEquals(reader.placeNext(BEFORE, undefined), undefined);
  }
  const { reader } = regularReader(100 * KIB);
  reader.push(grpcMessage(99 * KIB), 0, 99 * KIB + 5);
  assertEquals(reader.isRegular, false);
  const many = regularReader(50 * KIB).reader;
  let count = 0;
  for (; many.isRegular; count++) {
    many.push(grpcMessage(50 * KIB), 0, 50 * KIB + 5);
  }
  assert(count > 100 && count <= 256, `${count}`);
  many.clear();
});

test("alike messages, and others between them, arrive unchanged", async () => {
  for (let seed = 1; seed <= 2; seed++) {
    const random = seededRandom(seed);
    const below = (limit: number) => Math.floor(random() * limit);
    const received = new Map<string, [number, number][]>();
    await using t = await pair((request) => {
      const own: [number, number][] = [];
      received.set(request.headers.get("x-call")!, own);
      return answer(
        new TestSource(async (i) => {
          if (i > 0) return undefined;
          let bytes: Uint8Array | undefined;
          while ((bytes = await request.messages.read())) {
            const fill = bytes[0]!;
            const expected = new Uint8Array(bytes.length).fill(fill);
            const isSame = Buffer.compare(bytes, expected) === 0;
            own.push([bytes.length, isSame ? fill : -1]);
            request.messages.recycle?.(bytes);
          }
          return message("done");
        }),
      );
    });
    await using peer = await rawClient(t.server.port);
    const sent = new Map<number, [number, number][]>();
    for (const id of [1, 3]) {
      sent.set(id, []);
      await peer.send(
        peer.headers(id, [...REQUEST, ["x-call", String(id)]]),
        encodeFrame(FRAME.DATA, 0, id, grpcMessage(8192, id)),
      );
      sent.get(id)!.push([8192, id]);
      await peer.next("WINDOW_UPDATE", ({ streamId }) => streamId === id);
    }
    let id = 1;
    let size = 60 * KIB;
    for (let i = 0; i < 40; i++) {
      // Runs of one stream and one size, with anything in between.
      if (random() < 0.15) id = 4 - id;
      if (random() < 0.15) size = below(130 * KIB) + 1;
      if (random() < 0.2) await peer.ping();
      const fill = 1 + below(255);
      const wire = grpcMessage(size, fill);
      sent.get(id)!.push([size, fill]);
      const cut = random() < 0.3 ? below(wire.length) : wire.length;
      for (const part of [wire.subarray(0, cut), wire.subarray(cut)]) {
        if (part.length === 0) continue;
        const frame = encodeFrame(FRAME.DATA, 0, id, part);
        const stop = random() < 0.5 ? below(frame.length) : frame.length;
        await peer.send(frame.subarray(0, stop));
        await peer.send(frame.subarray(stop));
      }
    }
    for (const id of [1, 3]) {
      await peer.send(
        encodeFrame(FRAME.DATA, FLAG.END_STREAM, id, grpcMessage(1, 7)),
      );
      sent.get(id)!.push([1, 7]);
      await peer.next(
        "HEADERS",
        ({ streamId, headers }) =>
          streamId === id && headers?.["grpc-status"] === "0",
      );
    }
    for (const id of [1, 3]) {
      assertEquals(received.get(String(id)), sent.get(id));
    }
  }
});
