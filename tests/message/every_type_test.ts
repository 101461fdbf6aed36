/** Entries with every type of field, against protobufjs. */

import { test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { equalBytes } from "../../internal/base/bytes.ts";
import { FlightError } from "../../internal/core/flight_error.ts";
import {
  hex,
  isPlain,
  oracleDecode,
  oracleEncode,
  oracleRoot,
} from "../wire/oracle.ts";
import { assertEntry } from "./assert_entry.ts";
import * as types from "./every_type.ts";

const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);
const MAX_UINT64 = 2n ** 64n - 1n;

const SINGLES: types.Single[] = [
  types.createSingle(),
  {
    aInt32: -1,
    aInt64: MIN_INT64,
    aUint32: 2 ** 32 - 1,
    aUint64: MAX_UINT64,
    aSint32: -(2 ** 31),
    aSint64: MIN_INT64,
    aFixed32: 2 ** 32 - 1,
    aFixed64: MAX_UINT64,
    aSfixed32: -(2 ** 31),
    aSfixed64: MIN_INT64,
    aFloat: -1.5,
    aDouble: Number.MIN_VALUE,
    aBool: true,
    aString: "\u{feff}ä€\u{1f600}\0",
    aBytes: new Uint8Array(300).fill(7),
    aColour: "NEGATIVE",
    aMessage: { ...types.createSingle(), aInt32: 1 },
  },
  {
    ...types.createSingle(),
    aInt32: 2 ** 31 - 1,
    aInt64: MAX_INT64,
    aUint64: 2n ** 32n,
    aSint32: 2 ** 31 - 1,
    aSint64: MAX_INT64,
    aSfixed64: MAX_INT64,
    aFloat: -0,
    aDouble: -0,
    aString: "x".repeat(10_000),
    aColour: 12345,
    aMessage: types.createSingle(),
  },
  ...[1n, -1n, 127n, 128n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n + 1n].map(
    (value) => ({
      ...types.createSingle(),
      aInt64: value,
      aUint64: BigInt.asUintN(64, value),
      aSint64: value,
      aFixed64: BigInt.asUintN(64, value),
      aSfixed64: value,
    }),
  ),
];

/** As the oracle shows values: bytes as arrays, 64-bit integers as text. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Uint8Array) return [...value];
  if (typeof value === "string" && Object.hasOwn(types.COLORS, value)) {
    return types.COLORS[value as keyof typeof types.COLORS];
  }
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([key, field]) => [key, plain(field)]),
  );
}

/** Single without the fields that are not on the wire. */
function present(single: types.Single): Record<string, unknown> {
  const defaults = types.createSingle() as unknown as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(single)
      .filter(([key, value]) =>
        value instanceof Uint8Array
          ? value.byteLength > 0
          : !Object.is(value, defaults[key])
      )
      .map(([key, value]) => [
        key,
        key === "aMessage" ? present(value as types.Single) : plain(value),
      ]),
  );
}

test("protobuf: every type: each entry is that of the .proto file", () => {
  for (
    const message of [
      types.single,
      types.maybe,
      types.many,
      types.maps,
      types.choice,
    ]
  ) assertEntry(oracleRoot, message);
});

test("Single: protobufjs reads what is written", () => {
  for (const single of SINGLES) {
    assertEquals(
      oracleDecode("contrail.test.Single", types.single.encode(single)),
      present(single),
    );
  }
});

test("Single: what protobufjs writes is read", () => {
  for (const single of SINGLES) {
    const object = plain(single) as Record<string, unknown>;
    const bytes = oracleEncode("contrail.test.Single", object);
    assertEquals(types.single.decode(bytes), single);
  }
});

test("Single: contents have lengths of one to four bytes", () => {
  for (
    const length of [100, 2 ** 14 - 30, 2 ** 21 - 30].flatMap((start) =>
      Array.from({ length: 40 }, (_, index) => start + index)
    )
  ) {
    const single = {
      ...types.createSingle(),
      aMessage: {
        ...types.createSingle(),
        aInt32: 5,
        aMessage: {
          ...types.createSingle(),
          aBytes: new Uint8Array(length).fill(length),
          aColour: 7,
        },
        aColour: 7,
      },
      aColour: 7,
    };
    const encoded = types.single.encode(single);
    assertEquals(encoded.byteLength, encoded.buffer.byteLength);
    const { aMessage, ...rest } = types.single.decode(encoded);
    const { aMessage: inner, ...middle } = aMessage!;
    assertEquals([rest.aColour, middle.aInt32, middle.aColour], [7, 5, 7]);
    assertEquals(inner!.aColour, 7);
    assert(equalBytes(inner!.aBytes, single.aMessage.aMessage.aBytes));
  }
});

test("Single: a message keeps its bytes when others are encoded, or cannot be", () => {
  const text = { ...types.createSingle(), aString: "first" };
  const first = types.single.encode(text);
  assertThrows(() =>
    types.single.encode({
      ...types.createSingle(),
      aString: "second",
      aColour: {} as never,
    }), TypeError);
  types.single.encode({ ...types.createSingle(), aString: "third" });
  assertEquals(types.single.decode(first), text);
});

test("Maybe: absent and default are different", () => {
  const absent = {};
  assertEquals(types.maybe.encode(absent).byteLength, 0);
  assertEquals(types.maybe.decode(hex("")), absent);
  const zero: types.Maybe = {
    aInt32: 0,
    aSint64: 0n,
    aBool: false,
    aString: "",
    aBytes: new Uint8Array(0),
    aColour: "UNSPECIFIED",
    aMessage: types.createSingle(),
  };
  const bytes = types.maybe.encode(zero);
  assertEquals(bytes, hex("0800 1000 1800 2200 2a00 3000 3a00"));
  assertEquals(types.maybe.decode(bytes), zero);
  assertEquals(
    oracleEncode(
      "contrail.test.Maybe",
      oracleDecode("contrail.test.Maybe", bytes),
    ),
    bytes,
  );
});

const MANY: types.Many = {
  aInt32: [0, 1, -1, 300],
  aSint64: [0n, MIN_INT64, MAX_INT64],
  aFixed32: [0, 2 ** 32 - 1],
  aDouble: [0, -0, Infinity],
  aBool: [true, false],
  aString: ["", "ü"],
  aBytes: [new Uint8Array(0), hex("00ff")],
  aColour: ["UNSPECIFIED", "NEGATIVE", "RED", 77],
  aMessage: [types.createSingle(), SINGLES[1]!],
  unpacked: [0, 5, -5],
};

test("Many: round trip through protobufjs", () => {
  const bytes = types.many.encode(MANY);
  const object = oracleDecode("contrail.test.Many", bytes);
  assertEquals(object.aInt32, MANY.aInt32);
  assertEquals(object.aSint64, MANY.aSint64.map(String));
  assertEquals(object.aFixed32, MANY.aFixed32);
  assertEquals(object.aColour, [0, -1, 1, 77]);
  assertEquals(object.unpacked, MANY.unpacked);
  assertEquals(
    types.many.decode(oracleEncode("contrail.test.Many", object)),
    MANY,
  );
  assertEquals(types.many.decode(bytes), MANY);
  assertEquals(types.many.encode(types.many.decode(hex(""))).byteLength, 0);
});

test("Many: packed and unpacked elements mix", () => {
  const { aInt32, aFixed32, aDouble, unpacked } = types.many.decode(hex(
    "0801 0a020203 0804 1d05000000 1a0806000000 07000000 " +
      "21000000000000f03f 5003 520204 05 5006",
  ));
  assertEquals(aInt32, [1, 2, 3, 4]);
  assertEquals(aFixed32, [5, 6, 7]);
  assertEquals(aDouble, [1]);
  assertEquals(unpacked, [3, 4, 5, 6]);
});

test("Many: a packed field must end with an element", () => {
  const error = assertThrows(
    () => types.many.decode(hex("1a06 01000000 0200 0000")),
    FlightError,
  );
  assertEquals(
    error.details,
    "Cannot decode Many: truncated field: 4 bytes expected, 2 left at byte 6",
  );
});

test("Maps: round trip, defaults and repeated keys", () => {
  const maps: types.Maps = {
    texts: new Map([["", ""], ["__proto__", "x"], ["b", ""]]),
    blobs: new Map([[0n, new Uint8Array(0)], [MIN_INT64, hex("01")]]),
    colours: new Map([[false, "UNSPECIFIED"], [true, "RED"]]),
    messages: new Map([[0, types.createSingle()], [-1, SINGLES[1]!]]),
  };
  const bytes = types.maps.encode(maps);
  assertEquals(types.maps.decode(bytes), maps);
  const { texts, messages } = types.maps.decode(
    hex("0a06 0a0161 120162 0a06 120163 0a0161 0a00 2200 2202 0801"),
  );
  assertEquals(texts, new Map([["a", "c"], ["", ""]]));
  assertEquals(
    messages,
    new Map([[0, types.createSingle()], [-1, types.createSingle()]]),
  );
});

test("Maps: byte for byte what protobufjs writes", () => {
  assertEquals(
    types.maps.encode({
      texts: new Map([["k", "v"]]),
      blobs: new Map([[-2n, hex("0102")]]),
      colours: new Map([[true, "NEGATIVE"]]),
      messages: new Map([[-3, { ...types.createSingle(), aInt32: 9 }]]),
    }),
    hex(
      "0a06 0a016b 120176  120f 08feffffffffffffffff01 12020102" +
        "1a0d 0801 10ffffffffffffffffff01  2206 0805 1202 0809",
    ),
  );
});

test("Choice: every case, and the last one wins", () => {
  const cases: types.Choice["choice"][] = [
    undefined,
    { case: "aInt32", value: 0 },
    { case: "aUint64", value: MAX_UINT64 },
    { case: "aBytes", value: new Uint8Array(0) },
    { case: "aColour", value: "NEGATIVE" },
    { case: "aMessage", value: SINGLES[1]! },
  ];
  for (const choice of cases) {
    const bytes = types.choice.encode({ choice, name: "n" });
    assertEquals(
      types.choice.decode(bytes),
      choice ? { choice, name: "n" } : { name: "n" },
    );
    const object = oracleDecode("contrail.test.Choice", bytes);
    assertEquals(Object.keys(object), [...choice ? [choice.case] : [], "name"]);
  }
  assertEquals(types.choice.decode(hex("0801 1a0101 1002")).choice, {
    case: "aUint64",
    value: 2n,
  });
});

test("protobuf: messages merge: scalars are replaced, lists grow, choices merge", () => {
  // aMessage twice: { aInt32: 1, aString: "a" } and { aInt32: 2, aBool: true }
  const single = types.single.decode(
    hex("faffffff0f 05 0801 720161  faffffff0f 04 0802 6801"),
  );
  assertEquals(single.aMessage, {
    ...types.createSingle(),
    aInt32: 2,
    aString: "a",
    aBool: true,
  });
  assertEquals(types.choice.decode(hex("2a02 0801 2a02 6801")).choice, {
    case: "aMessage",
    value: { ...types.createSingle(), aInt32: 1, aBool: true },
  });
  assertEquals(types.choice.decode(hex("2a02 0801 0800 2a02 6801")).choice, {
    case: "aMessage",
    value: { ...types.createSingle(), aBool: true },
  });
});

test("protobuf: integers are cut to the width of their field, as protobuf does", () => {
  const { aInt32, aUint32, aBool, aColour } = types.single.decode(
    hex(
      "08ffffffffffffffffff01 18ffffffffffffffff7f 688080808010 8001818080808010",
    ),
  );
  assertEquals([aInt32, aUint32, aBool, aColour], [
    -1,
    2 ** 32 - 1,
    true,
    "RED",
  ]);
});

test("protobuf: varints may be longer than needed", () => {
  assertEquals(types.single.decode(hex("8800 8100")).aInt32, 1);
  assertEquals(
    types.single.decode(hex("08 81808080808080808000")).aInt32,
    1,
  );
});

test("protobuf: nesting is bounded", () => {
  const nested = (depth: number): Uint8Array => {
    let single: types.Single = types.createSingle();
    for (let i = 0; i < depth; i++) {
      single = { ...types.createSingle(), aMessage: single };
    }
    return types.single.encode(single);
  };
  types.single.decode(nested(100));
  assertThrows(
    () => types.single.decode(nested(101)),
    FlightError,
    "nested deeper than 100 at byte",
  );
});

test("protobuf: the number of elements is bounded", () => {
  const bytes = new Uint8Array(2 * (2 ** 20 + 1));
  for (let i = 0; i < bytes.length; i += 2) bytes[i] = 0x32;
  assertEquals(types.many.decode(bytes.subarray(2)).aString.length, 2 ** 20);
  assertThrows(
    () => types.many.decode(bytes),
    FlightError,
    "more than 1048576 elements at byte",
  );
});

test("protobuf: encode() gives an array of its own, never a Buffer or a slice of a pool", () => {
  for (const length of [0, 1, 100, 4096, 5000, 100_000]) {
    const bytes = types.maybe.encode({
      aBytes: new Uint8Array(length),
    });
    assertEquals(isPlain(bytes), true);
    assertEquals(bytes.buffer.byteLength, bytes.byteLength);
  }
});
