import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import { HpackDecoder } from "../../../internal/http2/hpack/decoder.ts";
import { HpackEncoder } from "../../../internal/http2/hpack/encoder.ts";
import type { Header } from "../../../internal/http2/hpack/header.ts";
import { header, hex, RandomHeaders } from "./hpack_test_vectors.ts";

const REQUEST: readonly Header[] = [
  ":method: POST",
  ":scheme: http",
  ":path: /arrow.flight.protocol.FlightService/DoGet",
  ":authority: localhost:31337",
  "te: trailers",
  "content-type: application/grpc",
  "user-agent: contrail-flight/0.1.0",
  "grpc-accept-encoding: identity",
].map(header);

function newDecoder(): HpackDecoder {
  return new HpackDecoder({ maxHeaderListBytes: 1_000_000 });
}

test("HpackEncoder: a request that repeats is one byte for each header", () => {
  const encoder = new HpackEncoder();
  const decoder = newDecoder();
  assertEquals(decoder.decode(encoder.encode(REQUEST)), [...REQUEST]);
  const again = encoder.encode(REQUEST);
  assertEquals(again, hex("83 86 c3 c2 c1 c0 bf be"));
  assertEquals(decoder.decode(again), [...REQUEST]);
});

test("HpackEncoder: trailers that repeat are one byte for each header", () => {
  const encoder = new HpackEncoder();
  const trailers = [header("grpc-status: 0")];
  encoder.encode(trailers);
  assertEquals(encoder.encode(trailers), hex("be"));
});

test("HpackEncoder: secrets are never indexed", () => {
  const encoder = new HpackEncoder({ neverIndexed: ["x-api-key"] });
  for (
    const name of [
      "authorization",
      "auth-token-bin",
      "cookie",
      "proxy-authorization",
      "set-cookie",
      "x-api-key",
    ]
  ) {
    const first = encoder.encode([[name, "secret"]]);
    assertEquals(first[0]! & 0xf0, 0x10);
    assertEquals(encoder.encode([[name, "secret"]]), first);
    // Not even where the static table has an entry.
    assertEquals(encoder.encode([[name, ""]])[0]! & 0xf0, 0x10);
    assertEquals(newDecoder().decode(first), [[name, "secret"]]);
  }
  assertEquals(encoder.tableBytes, 0);
});

test("HpackEncoder: of volatile headers only the name is kept", () => {
  const encoder = new HpackEncoder();
  const decoder = newDecoder();
  for (let i = 0; i < 100; i++) {
    const headers: Header[] = [
      ["grpc-timeout", `${i}m`],
      ["date", `${i}`],
    ];
    assertEquals(decoder.decode(encoder.encode(headers)), headers);
  }
  assertEquals(encoder.tableBytes, "grpc-timeout".length + "0m".length + 32);
  // Its value is found if it does repeat.
  assertEquals(encoder.encode([["grpc-timeout", "0m"]]), hex("be"));
});

test("HpackEncoder: an entry larger than half of the table is not worth it", () => {
  const encoder = new HpackEncoder();
  encoder.encode([["x-large", "x".repeat(2048 - 32 - 6)]]);
  assertEquals(encoder.tableBytes, 0);
  encoder.encode([["x-large", "x".repeat(2048 - 32 - 7)]]);
  assertEquals(encoder.tableBytes, 2048);
});

test("HpackEncoder: Huffman code is used where it is shorter", () => {
  const encoder = new HpackEncoder();
  // "!" takes ten bits, "&" eight, "0" five.
  assertEquals(encoder.encode([["cookie", "!"]]), hex("1f11 01 21"));
  assertEquals(encoder.encode([["cookie", "&"]]), hex("1f11 01 26"));
  assertEquals(encoder.encode([["cookie", "00"]]), hex("1f11 02 3030"));
  assertEquals(encoder.encode([["cookie", "000"]]), hex("1f11 82 0001"));
});

test("HpackEncoder: a larger or equal setting says nothing", () => {
  const encoder = new HpackEncoder();
  encoder.setMaxTableBytes(4096);
  encoder.setMaxTableBytes(2 ** 32 - 1);
  assertEquals(encoder.encode([]), hex(""));
});

test("HpackEncoder: a smaller setting shrinks the table, and says so once", () => {
  const encoder = new HpackEncoder();
  encoder.encode(REQUEST);
  encoder.setMaxTableBytes(100);
  assert(encoder.tableBytes <= 100);
  assertEquals(encoder.encode([]), hex("3f45"));
  assertEquals(encoder.encode([]), hex(""));
});

test("HpackEncoder: settings that fall and rise again empty the table", () => {
  for (const smallest of [0, 10, 100]) {
    const encoder = new HpackEncoder();
    encoder.encode([header("x-a: 1")]);
    encoder.setMaxTableBytes(smallest);
    encoder.setMaxTableBytes(4096);
    assertEquals(encoder.encode([]), hex("20 3fe11f"));
    assertEquals(encoder.tableBytes, 0);
  }
});

test("HpackEncoder: of settings that only fall, the last one is said", () => {
  const encoder = new HpackEncoder();
  encoder.setMaxTableBytes(20);
  encoder.setMaxTableBytes(10);
  assertEquals(encoder.encode([]), hex("2a"));
});

test("HpackEncoder: the size of choice is said, and kept", () => {
  const none = new HpackEncoder({ maxTableBytes: 0 });
  assertEquals(none.encode([]), hex("20"));
  none.setMaxTableBytes(65536);
  assertEquals(none.encode([]), hex(""));
  const large = new HpackEncoder({ maxTableBytes: 65536 });
  assertEquals(large.encode([]), hex(""));
  large.setMaxTableBytes(2 ** 32 - 1);
  assertEquals(large.encode([]), hex("3fe1ff03"));
});

test("HpackEncoder: sizes that no setting can have are refused", () => {
  for (const bytes of [-1, 1.5, NaN, 2 ** 32]) {
    assertThrows(() => new HpackEncoder({ maxTableBytes: bytes }), RangeError);
    assertThrows(() => new HpackEncoder().setMaxTableBytes(bytes), RangeError);
  }
});

test("HpackEncoder: characters that are no octets are refused", () => {
  for (const bad of ["\u0100", "\u010a", "\ud83d\ude00", "a\ud800"]) {
    for (const pair of [[bad, ""], ["x", bad], ["cookie", bad]] as const) {
      assertThrows(() => new HpackEncoder().encode([pair]), TypeError);
    }
  }
});

test("HpackEncoder: a list that cannot be encoded does not spoil the next one", () => {
  const encoder = new HpackEncoder();
  const decoder = newDecoder();
  decoder.decode(encoder.encode(REQUEST));
  for (const table of [4096, 256, 4096]) {
    encoder.setMaxTableBytes(table);
    assertThrows(() => encoder.encode([["x-a", "1"], ["x-b", "\u0100"]]));
    for (let i = 0; i < 2; i++) {
      const headers: Header[] = [...REQUEST, ["x-a", "2"], ["x-a", "1"]];
      assertEquals(decoder.decode(encoder.encode(headers)), headers);
      assertEquals(decoder.tableBytes, encoder.tableBytes);
    }
  }
});

test("HpackEncoder: a list that fails on its way does not spoil the next one", () => {
  const encoder = new HpackEncoder();
  const decoder = newDecoder();
  function* failing(): Generator<Header> {
    yield ["x-a", "1"];
    throw new Error("no more");
  }
  assertThrows(() => encoder.encode(failing()), Error, "no more");
  const headers: Header[] = [["x-a", "1"]];
  assertEquals(decoder.decode(encoder.encode(headers)), headers);
});

test("HpackEncoder: blocks do not share memory", () => {
  const encoder = new HpackEncoder();
  const first = encoder.encode([["x-a", "1"]]);
  const copy = first.slice();
  encoder.encode([["x-b", "2"]]);
  assertEquals(first, copy);
  assertEquals(first.buffer.byteLength, first.byteLength);
});

test("HpackEncoder: large lists are encoded as well", () => {
  const headers = Array.from(
    { length: 1000 },
    (_, i): Header => [`x-${i}`, "\u00ff".repeat(i)],
  );
  const decoder = newDecoder();
  assertEquals(decoder.decode(new HpackEncoder().encode(headers)), headers);
});

test("HpackEncoder: random lists survive, with settings that change between them", () => {
  for (let seed = 0; seed < 40; seed++) {
    const random = new RandomHeaders(seed);
    const sizes = [0, 33, 64, 100, 500, 4096, 5000, 20_000];
    const size = (): number => sizes[random.below(sizes.length)]!;
    const encoder = new HpackEncoder({
      maxTableBytes: size(),
      neverIndexed: ["x-secret"],
    });
    const decoder = newDecoder();
    for (let block = 0; block < 50; block++) {
      while (random.below(4) === 0) {
        const bytes = size();
        encoder.setMaxTableBytes(bytes);
        decoder.setMaxTableBytes(bytes);
      }
      const headers = random.list();
      assertEquals(decoder.decode(encoder.encode(headers)), headers);
      assertEquals(decoder.tableBytes, encoder.tableBytes);
    }
  }
});

test("HpackEncoder: a frozen list is encoded anew when the table has changed", () => {
  const encoder = new HpackEncoder();
  const decoder = newDecoder();
  const frozen = Object.freeze([...REQUEST]);
  for (let i = 0; i < 3; i++) {
    assertEquals(decoder.decode(encoder.encode(frozen)), [...REQUEST]);
  }
  assertEquals(encoder.encode(frozen), encoder.encode([...REQUEST]));
  // Another entry moves all others.
  assertEquals(decoder.decode(encoder.encode([["x-a", "1"]])), [["x-a", "1"]]);
  assertEquals(encoder.encode(frozen), hex("83 86 c4 c3 c2 c1 c0 bf"));
  assertEquals(decoder.decode(encoder.encode(frozen)), [...REQUEST]);
  encoder.setMaxTableBytes(0);
  const literal = encoder.encode(frozen);
  assertEquals(literal[0], 0x20);
  assertEquals(decoder.decode(literal), [...REQUEST]);
  assertEquals(decoder.decode(encoder.encode(frozen)), [...REQUEST]);
});

test("HpackEncoder: frozen lists among others come through while the table changes (seed 7)", () => {
  let state = 7;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  const encoder = new HpackEncoder();
  const decoder = newDecoder();
  const lists = Array.from(
    { length: 8 },
    (_, i) =>
      Object.freeze(
        Array.from(
          { length: 1 + random(6) },
          (): Header => [`x-${random(9)}`, "v".repeat(random(200)) + i],
        ),
      ),
  );
  for (let i = 0; i < 5000; i++) {
    if (random(200) === 0) encoder.setMaxTableBytes(random(4097));
    const list = random(4) > 0
      ? lists[random(1 + (i >>> 7) % 8)]!
      : [[`x-${random(9)}`, String(random(40))] as const];
    assertEquals(decoder.decode(encoder.encode(list)), [...list], `list ${i}`);
  }
});
