import { test } from "node:test";

import { assertEquals } from "@std/assert";

import { quoted, quotedBytes } from "../../internal/base/quoted.ts";

test("quoted: text stays on one line, and acts on nothing", () => {
  assertEquals(quoted('a "b" \\ c'), '"a \\"b\\" \\\\ c"');
  assertEquals(quoted("a\r\n\tb\u0000"), '"a\\r\\n\\tb\\u0000"');
  assertEquals(quoted("\u001b[2J\u007f\u009b"), '"\\u001b[2J\\u{7f}\\u{9b}"');
  // Right-to-left override, line separator, half a surrogate pair.
  assertEquals(quoted("\u202e\u2028\ud800"), '"\\u{202e}\\u{2028}\ufffd"');
  assertEquals(quoted("größer 🚀"), '"größer 🚀"');
});

test("quoted: long text is cut", () => {
  assertEquals(quoted("x".repeat(201)), `"${"x".repeat(200)}…"`);
  assertEquals(quoted("abc", 3), '"abc"');
  assertEquals(quoted("abcd", 3), '"abc…"');
});

test("quotedBytes: bytes that are not UTF-8 are shown all the same", () => {
  assertEquals(
    quotedBytes(Uint8Array.of(0x61, 0xff, 0x15)),
    '"a\ufffd\\u0015"',
  );
  assertEquals(quotedBytes(new Uint8Array(1e6).fill(0x78), 3), '"xxx…"');
});
