import { test } from "node:test";

import { assertEquals, assertThrows } from "@std/assert";

import { type Options, parseOptions } from "./options.ts";

test("parseOptions: everything by default", () => {
  assertEquals(parseOptions([]), {
    parts: ["pyarrow", "h2spec", "tools", "vanishing"],
    runtimes: ["deno", "bun"],
    case: undefined,
    writeDocs: false,
  });
  assertEquals(parseOptions(["--write-docs"]).writeDocs, true);
});

test("parseOptions: one part, one runtime, some cases", () => {
  const options: Options = {
    parts: ["h2spec"],
    runtimes: ["bun"],
    case: "a=b",
    writeDocs: false,
  };
  assertEquals(
    parseOptions(["--only", "h2spec", "--runtime=bun", "--case", "a=b"]),
    options,
  );
  assertEquals(
    parseOptions(["--only=h2spec", "--runtime", "bun", "--case=a=b"]),
    options,
  );
});

for (
  const [args, problem] of [
    [
      ["--only", "go"],
      "--only must be pyarrow or h2spec or tools or vanishing: go",
    ],
    [["--runtime", "node"], "--runtime must be deno or bun: node"],
    [["--case"], "--case has no value"],
    [["--part", "h2spec"], "there is no option --part"],
    [["h2spec"], "there is no option h2spec"],
    [["--write-docs", "--only=h2spec"], "--write-docs needs every case"],
    [["--write-docs", "--case="], "--write-docs needs every case"],
  ] as const
) {
  test(`parseOptions refuses ${args.join(" ")}`, () => {
    assertThrows(() => parseOptions(args), TypeError, problem);
  });
}
