import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import { HpackError } from "../../../internal/http2/hpack/hpack_error.ts";
import {
  huffmanByteLength,
  huffmanDecode,
  huffmanEncode,
  maxDecodedBytes,
} from "../../../internal/http2/hpack/huffman.ts";
import {
  CODE_BITS,
  CODES,
  EOS,
} from "../../../internal/http2/hpack/huffman_code.ts";
import { hex, RandomHeaders } from "./hpack_test_vectors.ts";

/** All octets from 0 to 255 as golang.org/x/net/http2/hpack 0.62.0 codes them. */
const ALL_OCTETS = hex(`
  ffc7fffd8fffffe2fffffe3fffffe4fffffe5fffffe6fffffe7fffffe8ffffeafffffff3
  fffffa7fffffabffffffdfffffebfffffecfffffedfffffeefffffefffffff0ffffff1ff
  ffff2fffffffbfffffcffffffd3fffffd7fffffdbfffffdffffffe3fffffe7fffffebfff
  ffed4fe3f9ffaffcabf1febfafefe7fdfd2cbb00089969b71d79fb9f7fff20ffbff3ff50
  ddbd7f061c58f265cd9f469d5af66dddbf871e5f9cff7ff7fffc3ff9ffe45fff4719242c
  b34e6e9d68a6a3d7dac426defe3cfaf7fffbfe7ffbffdffffffcfffe6ffff4bfff9ffffa
  3fffd3ffff53fffd5ffffb3fffeb7fffdaffffb7ffff73fffeeffffdeffffebffffbffff
  fd9ffffdbfffebffffe0ffffeeffffc3ffff8bffff1ffffe4fffee7fffb1ffff97fffd9f
  fffcdffff9fffffbffffdafffeeffff4ffffb7fffee7fffe8ffffd3fffdeffffd5fffeef
  fffbdffffe1fffdfffff7fffff5ffffecffff07fff87fffe0ffff17fffedffff87ffff77
  fffeffffeaffff8bfffe3ffff93ffff87fffcbffff37ffff1fffff83ffffe1fffebfffe3
  ffff3fffff2ffffa3ffffd9fffff17ffffc7fffff27ffffdefffffbffffff2fffff8ffff
  fb7fff97fff8fffffe6fffffc1fffff87ffffe7fffffc5ffffe5fffe4ffff2fffffd1fff
  ff4ffffffefffffe3fffffc9fffff97fffb3ffffcffffb7fffcdffff4ffff9ffffd1ffff
  cffffeaffffafffffddffffeffffff4fffff5fffffabffffa7ffffd7fffff9bffffecfff
  ffb7fffff3fffffe8fffffd3fffffabfffff5fffffff7ffffecfffffdbfffffbbfffff7f
  fffff0fffffbbf`);

function encode(text: string): Uint8Array {
  const out = new Uint8Array(huffmanByteLength(text));
  assertEquals(huffmanEncode(text, out, 0), out.length);
  return out;
}

function decode(bytes: Uint8Array): string {
  const out = new Uint8Array(maxDecodedBytes(bytes.length));
  const length = huffmanDecode(bytes, 0, bytes.length, out, 0);
  return String.fromCharCode(...out.subarray(0, length));
}

const all = String.fromCharCode(...Array(256).keys());

test("HPACK Huffman code: every octet is coded as another implementation does", () => {
  assertEquals(encode(all), ALL_OCTETS);
  assertEquals(decode(ALL_OCTETS), all);
});

test("HPACK Huffman code: the code is complete and ends with EOS", () => {
  let sum = 0;
  for (const bits of CODE_BITS) sum += 2 ** -bits;
  assertEquals(sum, 1);
  assertEquals(CODE_BITS.length, 257);
  assertEquals(CODES[EOS], 2 ** 30 - 1);
});

test("HPACK Huffman code: each pair of octets survives", () => {
  for (const a of all) {
    let text = "";
    for (const b of all) text += a + b;
    assertEquals(decode(encode(text)), text);
  }
});

test("HPACK Huffman code: random strings survive in the midst of others", () => {
  const random = new RandomHeaders(7541);
  for (let i = 0; i < 500; i++) {
    const text = random.octets();
    const bytes = new Uint8Array(huffmanByteLength(text) + 20).fill(0x55);
    const end = huffmanEncode(text, bytes, 10);
    assertEquals(end, bytes.length - 10);
    const out = new Uint8Array(maxDecodedBytes(bytes.length) + 3);
    const used = huffmanDecode(bytes, 10, end, out, 3);
    assertEquals(used - 3, text.length);
    assertEquals(String.fromCharCode(...out.subarray(3, used)), text);
  }
});

test("HPACK Huffman code: the longest expansion is as promised", () => {
  const text = "0".repeat(800);
  assertEquals(huffmanByteLength(text), 500);
  assertEquals(maxDecodedBytes(500), 800);
  assertEquals(decode(encode(text)), text);
});

test("HPACK Huffman code: characters that are no octets have no length", () => {
  assertEquals(huffmanByteLength("a\u0100"), -1);
  assertEquals(huffmanByteLength("\ud83d\ude00"), -1);
});

test("HPACK Huffman code: padding of up to 7 ones is accepted", () => {
  assertEquals(decode(hex("")), "");
  assertEquals(decode(hex("07")), "0"); // 00000 111
  assertEquals(decode(hex("f8")), "&"); // 11111000
  assertEquals(decode(hex("fe3f")), "!"); // 1111111000 111111
});

test("HPACK Huffman code: padding that is not all ones is an error", () => {
  for (const digits of ["00", "04", "06", "fe3e", "fffe", "ffff80"]) {
    assertThrows(() => decode(hex(digits)), HpackError, "padding");
  }
});

test("HPACK Huffman code: padding of 8 ones or more is an error", () => {
  for (const digits of ["ff", "ffff", "ffffff", "07ff", "f8ff", "07ffffff"]) {
    assertThrows(() => decode(hex(digits)), HpackError, "padding");
  }
});

test("HPACK Huffman code: EOS within a string is an error", () => {
  for (const digits of ["ffffffff", "fffffffc", "07ffffffff", "fffffffffff8"]) {
    assertThrows(() => decode(hex(digits)), HpackError);
  }
  assertThrows(() => decode(hex("ffffffff")), HpackError, "EOS within");
});

test("HPACK Huffman code: a code that is cut off is an error or the end of padding", () => {
  const text = "a~\u00ff\u0001Z";
  const bytes = encode(text);
  for (let end = 0; end < bytes.length; end++) {
    let part: string;
    try {
      part = decode(bytes.subarray(0, end));
    } catch (error) {
      assert(error instanceof HpackError);
      continue;
    }
    assert(text.startsWith(part));
  }
});
