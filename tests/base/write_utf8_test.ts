import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { writeUtf8 } from "../../internal/base/bytes.ts";

const encoder = new TextEncoder();

/** Compares with the encoder of the runtime. */
function assertEncoded(text: string): void {
  const target = new Uint8Array(3 * text.length + 2).fill(0xff);
  const end = writeUtf8(text, target, 1);
  const expected = encoder.encode(text);
  if (
    end !== 1 + expected.length || expected.some((b, i) => b !== target[1 + i])
  ) {
    assertEquals(target.subarray(1, end), expected, JSON.stringify(text));
  }
}

test("writeUtf8(): encodes each character, alone and in short and long texts", () => {
  for (let code = 0; code < 0x10000; code++) {
    const character = String.fromCharCode(code);
    assertEncoded(character);
    if (code % 61 === 0 || (code & 0xff) === 0xff || (code & 0xff) === 0) {
      assertEncoded(`a${character}é${character}`);
      assertEncoded(`${"a".repeat(63)}${character}`);
      assertEncoded(`${"a".repeat(64)}${character}`);
    }
  }
});

test("writeUtf8(): encodes pairs of surrogates, and halves as U+FFFD", () => {
  const halves = [
    "\ud83d",
    "\ude00",
    "\ud800",
    "\udfff",
    "\udbff",
    "a",
    "é",
    "語",
    "",
  ];
  for (const first of halves) {
    for (const second of halves) {
      for (const third of halves) {
        assertEncoded(first + second + third);
        assertEncoded("ü".repeat(62) + first + second + third);
      }
    }
  }
});
