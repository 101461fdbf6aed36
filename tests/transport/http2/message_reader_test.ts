import process from "node:process";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

import {
  assert,
  assertEquals,
  assertLess,
  assertLessOrEqual,
} from "@std/assert";

import { concatBytes } from "../../../internal/base/bytes.ts";
import { http2ClientTransport } from "../../../internal/transport/http2/client.ts";
import { MessageReader } from "../../../internal/grpc/message_reader.ts";
import { flightError, request } from "../../support/transport/call_parts.ts";
import { rest } from "../../support/transport/test_source.ts";
import { tcp } from "../../support/transport/tested_transport.ts";
import {
  encodeFrame,
  FRAME,
  grpcMessage,
  RESPONSE,
  uint32,
} from "../../support/http2/raw_frames.ts";
import { rawServer } from "../../support/http2/raw_peer.ts";
import { seededRandom } from "../../support/seeded_random.ts";

function readAll(reader: MessageReader): Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let message; (message = reader.take());) messages.push(message.bytes);
  return messages;
}

test("MessageReader: messages may be split at every byte", () => {
  const wire = concatBytes([
    grpcMessage(0),
    grpcMessage(3, 1),
    grpcMessage(1, 2),
    grpcMessage(0),
    grpcMessage(20, 3),
  ]);
  for (let first = 0; first <= wire.length; first++) {
    for (let second = first; second <= wire.length; second++) {
      let credit = 0;
      const reader = new MessageReader(100, (bytes) => credit += bytes);
      reader.push(wire, 0, first);
      reader.push(wire.slice(first, second), 0, second - first);
      reader.push(wire, second, wire.length);
      const messages = readAll(reader);
      assertEquals(messages.map(({ length }) => length), [0, 3, 1, 0, 20]);
      assert(messages[4]!.every((byte) => byte === 3));
      assertEquals(credit, wire.length);
      reader.end();
      assertEquals(reader.problem, undefined);
    }
  }
});

test("MessageReader: the first byte of a large message takes little memory", () => {
  const wire = grpcMessage(1 << 20).subarray(0, 6);
  const readers: MessageReader[] = [];
  const before = process.memoryUsage().external;
  for (let i = 0; i < 4096; i++) {
    const reader = new MessageReader(1 << 20, () => {});
    reader.push(wire, 0, wire.length);
    readers.push(reader);
  }
  // With 64 KiB for each it would be 256 MiB.
  assertLess(process.memoryUsage().external - before, 32 << 20);
  for (const reader of readers) reader.clear();
});

test("MessageReader: a message lies in a buffer of its own, its body aligned", () => {
  for (const body of [undefined, 0, 3, 59, 64]) {
    const reader = new MessageReader(1 << 20, () => {}, () => body);
    for (const size of [0, 1, 100, 65_531, 65_536, 1 << 20]) {
      reader.push(grpcMessage(size, 7), 0, size + 5);
      const { bytes } = reader.take()!;
      assertEquals(bytes.length, size);
      if (body === undefined) assertEquals(bytes.byteOffset, 5);
      else if (size > 0) assertEquals((bytes.byteOffset + body) % 64, 0);
      assertEquals(bytes.constructor, Uint8Array);
      // A few bytes more make it fit other messages later, and memory of other tests fit it.
      assert(bytes.buffer.byteLength <= (size + 5 + 63) * 37 / 32);
      assert(bytes.every((byte) => byte === 7));
    }
  }
});

test("MessageReader: the body is found also when the head arrives in pieces", () => {
  // The body begins behind the first byte that is 9.
  const findBody = (head: Uint8Array) => {
    const at = head.indexOf(9);
    return at < 0 ? undefined : at + 1;
  };
  const wire = grpcMessage(200_000, 1);
  wire[5 + 100] = 9;
  for (const first of [6, 50, 105, 106, 4000]) {
    const reader = new MessageReader(1 << 20, () => {}, findBody);
    reader.push(wire, 0, first);
    reader.push(wire, first, 20_000);
    reader.push(wire, 20_000, wire.length);
    const { bytes } = reader.take()!;
    assertEquals((bytes.byteOffset + 101) % 64, 0);
    assertEquals(bytes, wire.subarray(5));
  }
});

test("MessageReader: memory comes with the bytes, not with the promise", () => {
  const reader = new MessageReader(2 ** 31 - 1, () => {});
  const parts: Uint8Array[] = [];
  reader.push(Uint8Array.of(0, 0x7f, 0xff, 0xff, 0xff), 0, 5);
  for (let i = 0; i < 100; i++) {
    parts.push(new Uint8Array(1000).fill(i));
    reader.push(parts[i]!, 0, 1000);
  }
  assertEquals(reader.take(), undefined);
  // And it is all there in the end, however often it had to grow.
  const other = new MessageReader(1 << 24, () => {});
  const big = new Uint8Array(5 + (10 << 20));
  big.set([0, ...uint32(10 << 20)]);
  for (let i = 5; i < big.length; i++) big[i] = i % 251;
  for (let at = 0; at < big.length; at += 1000) {
    other.push(big, at, Math.min(big.length, at + 1000));
  }
  const { bytes } = other.take()!;
  assertEquals(bytes.length, 10 << 20);
  assert(bytes.every((byte, i) => byte === (i + 5) % 251));
});

test("MessageReader: a message of the size of the last one gets all its memory at once", () => {
  const size = 1 << 20;
  const wire = grpcMessage(size, 1);
  const reader = new MessageReader(2 * size, () => {});
  const first = 300;
  reader.push(wire, 0, first);
  assertLess(reader.place(wire.length)!.length, 16 * first);
  reader.push(wire, first, wire.length);
  assertEquals(reader.take()!.bytes.length, size);
  reader.push(wire, 0, first);
  assertEquals(reader.place(wire.length)!.length, wire.length - first);
  reader.push(wire, first, wire.length);
  // A larger one gets no more than has been sent before.
  const larger = grpcMessage(2 * size, 2);
  reader.push(larger, 0, first);
  assertEquals(reader.place(larger.length)!.length, wire.length - first);
  reader.push(larger, first, larger.length);
  assertEquals(readAll(reader), [wire.subarray(5), larger.subarray(5)]);
});

test("MessageReader: credit: at once for who waits, else with the message", () => {
  let credit = 0;
  const reader = new MessageReader(100_000, (bytes) => credit += bytes);
  const wire = grpcMessage(1000, 1);
  reader.push(wire, 0, 400);
  assertEquals(credit, 0);
  assertEquals(reader.take(), undefined);
  assertEquals(credit, 400);
  reader.push(wire, 400, 900);
  assertEquals(credit, 900);
  reader.push(wire, 900, 1005);
  assertEquals(reader.take()!.bytes.length, 1000);
  assertEquals(credit, 1005);
  reader.push(wire, 0, 1005);
  assertEquals(credit, 1005);
  reader.take();
  assertEquals(credit, 2010);
});

test("MessageReader: many small messages wait as bytes, and come in their order", () => {
  let credit = 0;
  const reader = new MessageReader(100, (bytes) => credit += bytes);
  const count = 50_000;
  let wire = 0;
  for (let i = 0; i < count; i++) {
    const message = grpcMessage(i % 7, i % 256);
    wire += message.length;
    reader.push(message, 0, message.length);
  }
  reader.end();
  assertEquals(credit, 0);
  const messages = readAll(reader);
  assertEquals(messages.length, count);
  messages.forEach((bytes, i) => {
    assertEquals(bytes.length, i % 7);
    assert(bytes.every((byte) => byte === i % 256));
  });
  assertEquals(credit, wire);
  assertEquals(reader.problem, undefined);
});

test("MessageReader: bytes may be read to their place", () => {
  const random = seededRandom(3);
  for (let round = 0; round < 200; round++) {
    let credit = 0;
    const reader = new MessageReader(
      1 << 20,
      (bytes) => credit += bytes,
      () => 24,
    );
    const sizes = Array.from(
      { length: 4 },
      () => Math.floor(random() * (random() < 0.5 ? 100 : 200_000)),
    );
    const wire = concatBytes(sizes.map((size, i) => grpcMessage(size, i + 1)));
    let [at, placed] = [0, 0];
    while (at < wire.length) {
      const bytes = Math.min(
        1 + Math.floor(random() * 40_000),
        wire.length - at,
      );
      const place = random() < 0.5 ? reader.place(bytes) : undefined;
      if (place === undefined) reader.push(wire, at, at + bytes);
      else {
        const got = Math.ceil(random() * place.length);
        assertLessOrEqual(place.length, bytes);
        place.set(wire.subarray(at, at + got));
        reader.placed(got);
        placed++;
        at += got - bytes;
      }
      at += bytes;
      if (random() < 0.1) assertEquals(reader.problem, undefined);
    }
    reader.end();
    const messages = readAll(reader);
    assertEquals(messages.map(({ length }) => length), sizes);
    messages.forEach((bytes, i) => {
      assert(bytes.every((byte) => byte === i + 1));
    });
    assertEquals(credit, wire.length);
    if (wire.length > 300_000) assert(placed > 0);
  }
});

test("MessageReader: bytes that were placed for a dropped message are lost", () => {
  const reader = new MessageReader(1 << 20, () => {});
  reader.push(grpcMessage(100_000), 0, 1000);
  const place = reader.place(50_000)!;
  reader.clear();
  place.fill(1);
  reader.placed(place.length);
  assertEquals(reader.take(), undefined);
  // It is still being written to, so no other message may get it.
  const other = new MessageReader(1 << 20, () => {});
  other.push(grpcMessage(100_000, 2), 0, 100_005);
  assert(other.take()!.bytes.buffer !== place.buffer);
});

test("MessageReader: problems come behind the messages before them", () => {
  const cases: [Uint8Array, unknown][] = [
    [Uint8Array.of(0, 0, 0, 0, 101), { kind: "too large", byteLength: 101 }],
    [Uint8Array.of(3, 0, 0, 0, 1), { kind: "bad flag", flag: 3 }],
    [Uint8Array.of(0, 0, 0, 0, 2, 1), { kind: "cut short" }],
    [Uint8Array.of(0, 0), { kind: "cut short" }],
  ];
  for (const [wire, problem] of cases) {
    for (const before of [1, 1000]) {
      let credit = 0;
      const reader = new MessageReader(100, (bytes) => credit += bytes);
      for (let i = 0; i < before; i++) reader.push(grpcMessage(2), 0, 7);
      reader.push(wire, 0, wire.length);
      reader.end();
      assertEquals(readAll(reader).length, before);
      assertEquals(reader.problem as unknown, problem);
      // Later data is of no interest, but its credit is.
      credit = 0;
      if (wire.length === 5) {
        reader.push(new Uint8Array(50), 0, 50);
        assertEquals(credit, 50);
      }
    }
  }
});

test("MessageReader: compressed messages are read, within the limit", async () => {
  await using server = await rawServer();
  const client = http2ClientTransport(tcp(server.port), {
    maxReceiveMessageBytes: 10_000,
  });
  const compressed = (size: number): Uint8Array => {
    const bytes = gzipSync(new Uint8Array(size).fill(5));
    return Uint8Array.of(1, ...uint32(bytes.length), ...bytes);
  };
  let peer;
  let id = -1;
  const call = async (encoding: string, data: Uint8Array) => {
    const { messages } = client.call(request());
    peer ??= await server.accept();
    const { headers } = await peer.next("HEADERS");
    assertEquals(headers!["grpc-accept-encoding"], "identity,gzip,deflate");
    id += 2;
    await peer.send(
      peer.headers(id, [...RESPONSE, ["grpc-encoding", encoding]]),
      encodeFrame(FRAME.DATA, 0, id, data),
      peer.headers(id, [["grpc-status", "0"]], true),
    );
    return rest(messages);
  };
  const both = concatBytes([
    compressed(9000),
    grpcMessage(3, 1),
    compressed(0),
  ]);
  const got = await call("gzip", both);
  assertEquals(got.map(({ length }) => length), [9000, 3, 0]);
  assert(got[0]!.every((byte) => byte === 5));
  const large = await flightError(call("gzip", compressed(5_000_000)));
  assertEquals([large.code, large.details], [
    "RESOURCE_EXHAUSTED",
    "the message exceeds the limit of 10000 bytes after decompression " +
    "(option maxReceiveMessageBytes)",
  ]);
  const garbage = Uint8Array.of(1, 0, 0, 0, 2, 7, 7);
  assertEquals((await flightError(call("gzip", garbage))).code, "INTERNAL");
  const unnamed = await flightError(call("identity", compressed(5)));
  assertEquals(unnamed.code, "INTERNAL");
  assertLess(0, unnamed.details.length);
  await client.close();
});
