import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { TextLines } from "../../tools/text_lines.ts";

for (
  const [name, chunks, lines] of [
    ["chunks of any size", ["a", "b\nc", "\n", "d"], ["ab", "c", "d"]],
    ["an end that is cut", ["a\r", "\nb\r\n"], ["a", "b"]],
    ["empty lines", ["\n\na\n"], ["", "", "a"]],
    ["no text", [], []],
  ] as const
) {
  test(`TextLines splits ${name}`, async () => {
    const stream = ReadableStream.from(chunks).pipeThrough(new TextLines());
    assertEquals(await Array.fromAsync(stream), [...lines]);
  });
}
