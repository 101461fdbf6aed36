import { test } from "node:test";

import { assertEquals, assertThrows } from "@std/assert";

import { type Options, parseOptions } from "./options.ts";

test("parseOptions: everything by default", () => {
  assertEquals(parseOptions([]), {
    parts: [
      "pyarrow",
      "h2spec",
      "tools",
      "proxies",
      "web",
      "workerd",
      "vanishing",
      "browser",
      "sql",
      "redis",
      "adbc",
      "jdbc",
      "dbapi",
      "database-sql",
      "rust-client",
      "gateway",
      "ballista",
      "kubernetes",
      "go",
      "java",
      "rust",
      "cpp",
      "load",
    ],
    runtimes: ["deno", "bun"],
    transports: ["http2", "grpc-js"],
    scenario: undefined,
    seconds: undefined,
    case: undefined,
    writeDocs: false,
  });
  assertEquals(parseOptions(["--write-docs"]).writeDocs, true);
});

test("parseOptions: one part, one runtime, some cases", () => {
  const options: Options = {
    parts: ["h2spec"],
    runtimes: ["bun"],
    transports: ["http2", "grpc-js"],
    scenario: undefined,
    seconds: 120,
    case: "a=b",
    writeDocs: false,
  };
  assertEquals(
    parseOptions([
      "--only",
      "h2spec",
      "--runtime=bun",
      "--case",
      "a=b",
      "--seconds=120",
    ]),
    options,
  );
  assertEquals(
    parseOptions([
      "--only=h2spec",
      "--runtime",
      "bun",
      "--case=a=b",
      "--seconds",
      "120",
    ]),
    options,
  );
});

test("parseOptions: options of scenarios leave out what has none", () => {
  const chosen = (...args: string[]) => {
    const { parts, scenario, transports } = parseOptions(args);
    return { parts, scenario, transports };
  };
  assertEquals(
    chosen("--peer=go", "--scenario=ordered", "--transport=grpc-js"),
    { parts: ["go"], scenario: "ordered", transports: ["grpc-js"] },
  );
  assertEquals(
    chosen("--scenario=ordered"),
    {
      parts: ["go", "java", "rust", "cpp"],
      scenario: "ordered",
      transports: ["http2", "grpc-js"],
    },
  );
});

for (
  const [args, problem] of [
    [
      ["--only", "c"],
      "--only must be pyarrow or h2spec or tools or proxies or web or workerd or vanishing or " +
      "browser or sql or redis or adbc or jdbc or dbapi or database-sql or rust-client or " +
      "gateway or ballista or kubernetes or go or java or rust or cpp or load: c",
    ],
    [
      ["--peer", "pyarrow"],
      "--peer must be go or java or rust or cpp: pyarrow",
    ],
    [["--transport", "tcp"], "--transport must be http2 or grpc-js: tcp"],
    [["--scenario", "order"], "--scenario must be auth:basic_proto or"],
    [
      ["--only=go", "--scenario=ordered"],
      "--only and --scenario exclude each other",
    ],
    [["--runtime", "node"], "--runtime must be deno or bun: node"],
    [["--seconds", "0"], "--seconds must be a whole number: 0"],
    [["--seconds=2m"], "--seconds must be a whole number: 2m"],
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
