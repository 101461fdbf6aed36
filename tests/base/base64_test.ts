import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { test } from "node:test";

import {
  decodeBase64,
  encodeBase64,
  isBase64,
} from "../../internal/base/base64.ts";

const bytes = Uint8Array.of(0, 255, 254, 63);

test("base64 is read in both alphabets, with padding and without", () => {
  for (const text of ["AP/+Pw==", "AP/+Pw=", "AP/+Pw", "AP_-Pw"]) {
    assertEquals(decodeBase64(text), bytes, text);
    assert(isBase64(text, 0, text.length), text);
  }
  assertEquals(encodeBase64(bytes), "AP/+Pw");
  assertEquals(encodeBase64(bytes, true), "AP/+Pw==");
  assertEquals(decodeBase64(""), new Uint8Array());
  assertEquals(decodeBase64("=="), new Uint8Array());
});

test("base64 that is malformed is refused", () => {
  for (const text of ["A", "AAAAA", "A=AA", "AA*A", "ÄAAA", "=A"]) {
    assertThrows(() => decodeBase64(text), SyntaxError);
    assertFalse(isBase64(text, 0, text.length), text);
  }
  assert(isBase64("*AAAA*", 1, 5));
  assertFalse(isBase64("AAAAA", 0, 5));
  // Padding before the part is none of it.
  assert(isBase64("AA==", 3, 3));
});

test("base64 with a million of padding characters in its middle is read in linear time", () => {
  // Quadratic, it would take minutes.
  const text = "=".repeat(1_000_000);
  assertThrows(() => decodeBase64(`${text}A`), SyntaxError);
  assertFalse(isBase64(`${text}A`, 0, text.length + 1));
  assertEquals(decodeBase64(text).length, 0);
});
