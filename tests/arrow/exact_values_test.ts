/** Values as they are, where apache-arrow has raw or wrong ones. */

import { assertEquals, assertThrows } from "@std/assert";
import {
  type DataType,
  Decimal,
  Dictionary,
  Field,
  Float16,
  Int16,
  Int32,
  Int64,
  Int8,
  IntervalMonthDayNano,
  List,
  Map_,
  Struct,
  TimestampNanosecond,
  Uint16,
  Uint32,
  Uint8,
  Utf8,
  Vector,
} from "apache-arrow";
import { test } from "node:test";
import {
  epochNanoseconds,
  exactValues,
  exactVector,
  runEndEncoded,
} from "@contrail/flight";
import { columnOf, roundTrip } from "../support/ipc/ipc_streams.ts";
import { batchOf, ROWS, SAMPLES } from "../support/ipc/samples.ts";

for (const [name, make] of Object.entries(SAMPLES)) {
  test(`exactValues() and exactVector() agree about ${name}, in slices and after a round trip`, () => {
    const data = make();
    const values = exactValues(new Vector([data]));
    assertEquals(values.length, ROWS);
    const slice = new Vector([data]).slice(3, 14);
    assertEquals(exactValues(slice), values.slice(3, 14));
    const chunked = new Vector([data, slice.data[0]!]);
    assertEquals(exactValues(chunked), [...values, ...values.slice(3, 14)]);
    const [decoded] = roundTrip([batchOf({ column: data })]);
    assertEquals(exactValues(decoded!.getChildAt(0)!), values);
    // Unions give each value to the first child that fits.
    if (/union/i.test(name)) return;
    const made = exactVector(data.type as DataType, values);
    assertEquals(exactValues(made), values);
  });
}

const DECIMALS: [bits: number, precision: number, scale: number][] = [
  [32, 9, 2],
  [64, 18, 3],
  [128, 38, 10],
  [256, 76, 0],
];

for (const [bits, precision, scale] of DECIMALS) {
  test(`exactValues() of decimals of ${bits} bits has all digits, a sign and a point`, () => {
    const digits = "9".repeat(precision);
    const most = scale === 0
      ? digits
      : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
    const one = scale === 0 ? "1" : `0.${"0".repeat(scale - 1)}1`;
    const values = [most, `-${most}`, one, `-${one}`, null];
    const type = new Decimal(scale, precision, bits);
    const vector = exactVector(type, values);
    assertEquals(exactValues(vector), values);
    const [decoded] = roundTrip([batchOf({ column: vector.data[0]! })]);
    assertEquals(exactValues(decoded!.getChildAt(0)!), values);
    assertThrows(() => exactVector(type, [most + "9".repeat(bits)]));
  });
}

for (
  const index of [
    new Int8(),
    new Int16(),
    new Int32(),
    new Int64(),
    new Uint8(),
    new Uint16(),
    new Uint32(),
  ]
) {
  test(`exactVector() makes dictionaries of texts and numbers with indexes of ${index}`, () => {
    for (
      const [type, values] of [
        [new Utf8(), ["a", "bcd", null, "a"]],
        [new Int64(), [1n, 2n ** 40n, null, 1n]],
      ] as const
    ) {
      const vector = exactVector(
        new Dictionary(type as DataType, index as Int32),
        values,
      );
      assertEquals(exactValues(vector), [...values]);
      const column = vector.data[0]!;
      assertEquals(column.dictionary!.length, 2);
      const [decoded] = roundTrip([batchOf({ column })]);
      assertEquals(exactValues(decoded!.getChildAt(0)!), [...values]);
    }
  });
}

test("exactVector() of decimals scales whole numbers, also by a negative scale", () => {
  const values = exactValues(
    exactVector(new Decimal(-2, 5, 64), ["-1234500", 100, 0n]),
  );
  assertEquals(values, ["-1234500", "100", "0"]);
});

test("exactVector() of half-precision numbers rounds to the nearest", () => {
  const numbers = [65504, 1e-8, 6e-8, 1e6, -1e6, 1 / 3, -0, NaN, Infinity];
  assertEquals(exactValues(exactVector(new Float16(), numbers)), [
    65504,
    0,
    2 ** -24,
    Infinity,
    -Infinity,
    0.333251953125,
    -0,
    NaN,
    Infinity,
  ]);
});

test("exactValues() keeps nanoseconds of timestamps and intervals", () => {
  const time = 1_767_323_045_123_456_789n;
  const [date] = exactValues(exactVector(new TimestampNanosecond(), [time]));
  assertEquals(epochNanoseconds(date as Date), time);
  const interval = { months: -3, days: 40, nanoseconds: -(2n ** 62n) };
  const type = new IntervalMonthDayNano();
  assertEquals(exactValues(exactVector(type, [interval, null])), [
    interval,
    null,
  ]);
});

test("exactValues() of nested columns are plain objects, arrays and Maps", () => {
  const price = new Field("price", new Decimal(1, 9, 32), true);
  const entries = new Struct([
    new Field("key", new Int32(), false),
    new Field("value", new List(price), true),
  ]);
  const type = new Map_(new Field("entries", entries as never, false));
  const values = [new Map([[1, ["0.5", null]], [2, []]]), null, new Map()];
  const column = exactVector(type, values);
  assertEquals(exactValues(column), values);
});

test("exactValues() of columns that arrived as runs has every row", () => {
  const type = runEndEncoded(new Decimal(2, 18, 64), 16);
  const values = ["-0.01", "-0.01", null, null, "7.00"];
  const column = exactVector(type, values);
  const batch = batchOf({ column: column.data[0]! });
  const [decoded] = roundTrip([batch]);
  assertEquals(exactValues(decoded!.getChildAt(0)!), values);
  assertEquals(columnOf(decoded!, "column").length, 5);
});

test("exactVector() of intervals refuses objects of other parts, and too much time", () => {
  const type = new IntervalMonthDayNano();
  const parts = { months: 1, days: -2, nanoseconds: 3n };
  assertEquals(exactValues(exactVector(type, [parts])), [parts]);
  for (
    const value of [{}, [], new Date(0), { hours: 5 }, { ...parts, ms: 1 }]
  ) {
    assertThrows(() => exactVector(type, [value]), TypeError, "is not");
  }
  const duration = {
    [Symbol.toStringTag]: "Temporal.Duration",
    seconds: 2 ** 53 - 1,
  };
  for (const value of [duration, { nanoseconds: 2n ** 63n }]) {
    assertThrows(
      () => exactVector(type, [value]),
      RangeError,
      "out of the range",
    );
  }
});

test("exactVector() takes no values in place of the type", () => {
  // The order of vectorFromArray() of apache-arrow.
  assertThrows(
    () => exactVector(["a"] as never, new Utf8() as never),
    TypeError,
    "the type comes before the values",
  );
});

test("exactVector() names the row of a value that does not fit", () => {
  assertThrows(
    () => exactVector(new Int32(), [1, "x"]),
    TypeError,
    "Cannot use the value in row 1: a string is not Int32",
  );
  assertThrows(
    () => exactVector(new Int32(), [2 ** 31]),
    RangeError,
    "Cannot use the value in row 0: the value is out of the range of Int32",
  );
});
