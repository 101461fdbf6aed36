import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import {
  compareTexts,
  likeFilter,
  nameFilter,
} from "../../internal/sql/metadata/filters.ts";

describe("the patterns of metadata commands", () => {
  const cases: readonly [pattern: string, yes: string[], no: string[]][] = [
    ["", [""], ["a"]],
    ["%", ["", "a", "a\nb", "👍"], []],
    ["%%", ["", "abc"], []],
    ["_", ["a", "👍", "\n"], ["", "ab"]],
    ["a%", ["a", "abc"], ["", "ba", "A"]],
    ["%a", ["a", "bba"], ["ab"]],
    ["%a%b%", ["ab", "xaxbx", "aab"], ["ba", "b"]],
    ["a_c", ["abc", "a👍c"], ["ac", "abbc"]],
    ["a\\_c", ["a_c"], ["abc", "a\\_c"]],
    ["a\\%", ["a%"], ["ab", "a"]],
    ["a\\\\%", ["a\\", "a\\b"], ["a%"]],
    ["a\\b", ["a\\b"], ["ab"]],
    ["a\\", ["a\\"], ["a"]],
    ["a.c", ["a.c"], ["abc"]],
    ["[a]", ["[a]"], ["a"]],
    ["%_b", ["ab", "aab"], ["b"]],
  ];
  for (const [pattern, yes, no] of cases) {
    it(`match by ${JSON.stringify(pattern)}`, () => {
      const matches = likeFilter(pattern);
      for (const text of yes) assertEquals([text, matches(text)], [text, true]);
      for (const text of no) assertEquals([text, matches(text)], [text, false]);
    });
  }

  it("match a text of 20,000 characters by a hostile pattern", () => {
    const text = "a".repeat(20_000);
    assertEquals(likeFilter(`${"%a".repeat(1_000)}%b`)(text), false);
  });

  it("let everything pass where there is none", () => {
    assertEquals(likeFilter(undefined)(undefined), true);
    assertEquals(nameFilter(undefined)(undefined), true);
  });

  it("take no name for an empty one", () => {
    assertEquals(likeFilter("")(undefined), true);
    assertEquals(nameFilter("")(undefined), true);
    assertEquals(nameFilter("a")(undefined), false);
    assertEquals(nameFilter("A")("a"), false);
  });
});

describe("the order of metadata rows", () => {
  it("is that of UTF-8, and what is absent comes first", () => {
    const texts = ["b", "a", "\u{10000}", "\uffff", undefined, "", "ab", "B"];
    const bytes = (text: string): string =>
      [...new TextEncoder().encode(text)].map((byte) =>
        byte.toString(16).padStart(2, "0")
      ).join("");
    // sort() moves undefined to the end by itself.
    const sorted = texts.map((text) => ({ text })).sort((a, b) =>
      compareTexts(a.text, b.text)
    ).map(({ text }) => text);
    const expected = texts.filter((text) => text !== undefined)
      .sort((a, b) => bytes(a) < bytes(b) ? -1 : 1);
    assertEquals(sorted, [undefined, ...expected]);
  });
});
