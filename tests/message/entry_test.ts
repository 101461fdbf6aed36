/** The form of entries: what the compiler refuses, and what a message of every kind of field does. */

import { test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { enumeration } from "../../internal/message/enumeration.ts";
import {
  field,
  map,
  oneof,
  optional,
  repeated,
} from "../../internal/message/fields.ts";
import {
  converted,
  message,
  type MessageType,
} from "../../internal/message/message.ts";
import {
  bool,
  bytes,
  double,
  int64,
  string,
  uint32,
} from "../../internal/message/scalars.ts";
import { defaulted } from "../../internal/message/value.ts";
import { hex } from "../wire/oracle.ts";

interface Pair {
  readonly a: string;
  readonly b?: Uint8Array | undefined;
}

const pair: MessageType<Pair> = message("test.Pair", {
  a: field(1, string),
  b: optional(2, bytes),
});

// The compiler is the test of these: each must be an error.
// @ts-expect-error A field is forgotten.
message<Pair>("test.Pair", { a: field(1, string) });
// @ts-expect-error A field has another type.
message<Pair>("test.Pair", { a: field(1, bytes), b: optional(2, bytes) });
// @ts-expect-error A field may be absent, and its key may not.
message<Pair>("test.Pair", { a: optional(1, string), b: optional(2, bytes) });
// @ts-expect-error A key may be absent, and its field may not.
message<Pair>("test.Pair", { a: field(1, string), b: field(2, bytes) });
message<Pair>("test.Pair", {
  a: field(1, string),
  b: optional(2, bytes),
  // @ts-expect-error The type has no such key.
  c: field(3, string),
});

interface Tree {
  readonly name: string;
  readonly children: readonly Pair[];
  readonly named: ReadonlyMap<string, Pair>;
  readonly choice?:
    | { readonly case: "text"; readonly value: string }
    | { readonly case: "pair"; readonly value: Pair }
    | undefined;
  readonly color: "NONE" | "RED";
}

const tree: MessageType<Tree> = message("test.Tree", {
  name: field(1, string),
  children: repeated(2, pair),
  named: map(3, string, pair),
  choice: oneof({ text: [4, string], pair: [5, pair] }),
  color: field(6, enumeration({ NONE: 0, RED: 1 })),
});

test("entry: an absent field is an absent key, a default is a value", () => {
  assertEquals(Object.keys(pair.decode(hex(""))), ["a"]);
  assertEquals(tree.decode(hex("")), {
    name: "",
    children: [],
    named: new Map(),
    color: "NONE",
  });
  assertEquals(tree.encode(tree.decode(hex(""))), hex(""));
  const [one, other] = [tree.decode(hex("")), tree.decode(hex(""))];
  assert(one.children !== other.children && one.named !== other.named);
});

test("entry: messages in messages, in lists, in maps and in choices", () => {
  const value: Tree = {
    name: "n",
    children: [{ a: "1" }, { a: "", b: hex("") }],
    named: new Map([["k", { a: "2", b: hex("07") }], ["", { a: "" }]]),
    choice: { case: "pair", value: { a: "3" } },
    color: "RED",
  };
  const encoded = tree.encode(value);
  assertEquals(
    encoded,
    hex(
      "0a016e 12030a0131 12021200 1a0b 0a016b 1206 0a0132 120107" +
        "1a04 0a00 1200 2a03 0a0133 3001",
    ),
  );
  assertEquals(tree.decode(encoded), value);
});

test("entry: a message that comes twice is one, the last choice wins", () => {
  const merged = tree.decode(hex("2a03 0a0131 2a03 120107"));
  assertEquals(merged.choice, {
    case: "pair",
    value: { a: "1", b: hex("07") },
  });
  const last = tree.decode(hex("2a03 0a0131 220178 2a03 120107"));
  assertEquals(last.choice, { case: "pair", value: { a: "", b: hex("07") } });
  assertEquals(tree.decode(hex("2a00 220178")).choice, {
    case: "text",
    value: "x",
  });
});

test("entry: unknown fields and numbers are kept where they were", () => {
  const unknown = "fa3f020102";
  const encoded = hex(
    `1205 ${unknown} 1a0a 0a0161 1205 ${unknown} 2a05 ${unknown} 3007 ${unknown}`,
  );
  const decoded = tree.decode(encoded);
  assertEquals(decoded.color, "NONE");
  assertEquals(tree.encode(decoded), encoded);
});

test("entry: wrong values are named by the whole way to them", () => {
  const base: Tree = {
    name: "",
    children: [],
    named: new Map(),
    color: "NONE",
  };
  const cases: [Partial<Record<keyof Tree, unknown>>, string][] = [
    [{ name: 1 }, "Tree.name must be a string, not number"],
    [{ children: {} }, "Tree.children must be an array, not Object"],
    [{ children: [{ a: "" }, 1] }, "Tree.children[1] must be an object, not"],
    [{ children: [{ a: "" }, {}] }, "Tree.children[1].a must be a string, not"],
    [{ children: [{ a: "", b: "" }] }, "Tree.children[0].b must be a Uint8Arr"],
    [{ named: {} }, "Tree.named must be a Map, not Object"],
    [{ named: new Map([[1, {}]]) }, "a key of Tree.named must be a string"],
    [{ named: new Map([["k", {}]]) }, 'Tree.named.get("k").a must be a string'],
    [{ choice: 1 }, "Tree.choice must be an object, not number"],
    [{ choice: { case: "x" } }, "Tree.choice.case must be one of text, pair"],
    [
      { choice: { case: "pair", value: { a: 1 } } },
      "Tree.choice.pair.a must be a string, not number",
    ],
    [{ color: "BLUE" }, "Tree.color must be one of NONE, RED"],
    [{ color: "toString" }, "Tree.color must be one of NONE, RED"],
    [{ color: undefined }, "Tree.color must be one of NONE, RED"],
  ];
  for (const [part, message] of cases) {
    const value = { ...base, ...part } as Tree;
    assertThrows(() => tree.encode(value), TypeError, message);
  }
});

test("entry: numbers are checked against the width of their field", () => {
  interface Numbers {
    readonly small: number;
    readonly large: bigint;
    readonly real: number;
  }
  const numbers = message<
    Numbers,
    { small: number; large: bigint | number; real: number }
  >(
    "test.Numbers",
    { small: field(1, uint32), large: field(2, int64), real: field(3, double) },
  );
  const good = { small: 1, large: 1, real: -0 };
  assertEquals(numbers.encode(good), hex("0801 1001 19 0000000000000080"));
  for (const small of [1.5, NaN, "1", 1n, null]) {
    assertThrows(
      () => numbers.encode({ ...good, small: small as never }),
      TypeError,
      "Numbers.small must be an integer, not",
    );
  }
  for (const small of [-1, 2 ** 32]) {
    assertThrows(
      () => numbers.encode({ ...good, small }),
      RangeError,
      "Numbers.small must be between 0 and 4294967295",
    );
  }
  assertThrows(
    () => numbers.encode({ ...good, large: 2 ** 53 }),
    TypeError,
    "Numbers.large must be a bigint or a safe integer",
  );
  assertThrows(
    () => numbers.encode({ ...good, real: 1n as never }),
    TypeError,
    "Numbers.real must be a number, not bigint",
  );
});

test("entry: another form of a message keeps its unknown fields", () => {
  interface Flag {
    readonly on: boolean;
  }
  const flag = message<Flag, { readonly on?: boolean | undefined }>(
    "test.Flag",
    { on: field(1, defaulted(bool)) },
  );
  const form = converted<
    { readonly state: string },
    { state: string } | string,
    Flag,
    { on?: boolean }
  >(
    flag,
    {
      decode: ({ on }) => ({ state: on ? "on" : "off" }),
      encode: (init) => ({
        on: (typeof init === "string" ? init : init.state) === "on",
      }),
    },
  );
  assertEquals(flag.encode({}), hex(""));
  assertEquals(form.encode("on"), hex("0801"));
  const encoded = hex("0801 fa3f020102");
  const decoded = form.decode(encoded);
  assertEquals(decoded.state, "on");
  assertEquals(form.encode(decoded), encoded);
  assertEquals(form.encode({ ...decoded, state: "off" }), hex("fa3f020102"));
});
