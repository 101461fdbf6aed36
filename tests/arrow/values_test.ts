/** Columns of JavaScript's values, and values of columns. */

import { test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import * as arrow from "apache-arrow";
import { dateFromEpochNanoseconds, epochNanoseconds } from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { columnOf } from "../../internal/arrow/values/column_builder.ts";
import { inferType } from "../../internal/arrow/values/infer_type.ts";
import { RowBatches } from "../../internal/arrow/values/row_batches.ts";
import { valueReader } from "../../internal/arrow/values/value_reader.ts";

const { Field } = arrow;
const item = (type: arrow.DataType) => new Field("item", type, true);

/** A type, values that come back as they are, and values that come back as others. */
const CASES: readonly [arrow.DataType, unknown[], [unknown, unknown][]?][] = [
  [new arrow.Bool(), [true, false, null], [[1, true], [0n, false]]],
  [new arrow.Int8(), [-128, 127, null], [[5n, 5], ["7", 7]]],
  [new arrow.Uint32(), [0, 2 ** 32 - 1]],
  [new arrow.Int64(), [-(2n ** 63n), 2n ** 63n - 1n, null], [
    [5, 5n],
    [-1, -1n],
    [-0, 0n],
    [-(2 ** 32), -(2n ** 32n)],
    [2 ** 53 - 1, 2n ** 53n - 1n],
    [1 - 2 ** 53, 1n - 2n ** 53n],
    [-(2 ** 40) - 3, -(2n ** 40n) - 3n],
  ]],
  [new arrow.Uint64(), [2n ** 64n - 1n], [[2 ** 31, 2n ** 31n]]],
  [new arrow.Float16(), [1.5, null, -2]],
  [new arrow.Float32(), [0.5, NaN]],
  [new arrow.Float64(), [0.1, -0, Infinity, null], [[2n, 2], ["1e3", 1000]]],
  [new arrow.Utf8(), ["", "ä€😀", null, "x".repeat(50), "\ufeffa"], [
    [5, "5"],
    [true, "true"],
    [new Date(5), "1970-01-01T00:00:00.005Z"],
  ]],
  [new arrow.LargeUtf8(), ["a", null, "bc", "\ufeffé".repeat(20)]],
  [new arrow.Utf8View(), [
    "short",
    null,
    "longer than twelve bytes",
    "\ufeff",
    "",
  ]],
  [new arrow.Binary(), [Uint8Array.of(1, 2), null, Uint8Array.of()]],
  [new arrow.LargeBinary(), [Uint8Array.of(0)]],
  [new arrow.BinaryView(), [new Uint8Array(40).fill(7), Uint8Array.of(1)]],
  [new arrow.FixedSizeBinary(3), [Uint8Array.of(1, 2, 3), null]],
  [new arrow.Decimal(2, 10, 128), ["-12.50", "0.01", null], [
    [3n, "3.00"],
    [0.25, "0.25"],
    ["1e2", "100.00"],
  ]],
  [new arrow.Decimal(0, 76, 256), [`-${"9".repeat(76)}`]],
  [
    new arrow.DateDay(),
    [new Date("1969-12-31"), new Date("2024-02-29"), null],
    [
      ["2024-02-29", new Date("2024-02-29")],
      [new Date("1969-12-31T23:59:00Z"), new Date("1969-12-31")],
    ],
  ],
  [new arrow.DateMillisecond(), [new Date("2024-02-29")]],
  [new arrow.TimeSecond(), ["00:00:00", "23:59:59", null]],
  [
    new arrow.TimeNanosecond(),
    ["12:30:00.000000001", "12:30:00.5"].map((text) =>
      text.endsWith(".5") ? "12:30:00.500" : text
    ),
    [[60_000_000_000n, "00:01:00"]],
  ],
  [new arrow.TimestampSecond(), [new Date("2024-02-29T01:02:03Z"), null]],
  [new arrow.TimestampMillisecond("UTC"), [new Date(-1)], [
    ["2024-01-01T00:00:00+01:00", new Date("2023-12-31T23:00:00Z")],
    [5, new Date(5)],
  ]],
  [new arrow.DurationMillisecond(), [1_000_000n, -5_000_000n]],
  [new arrow.IntervalYearMonth(), [{ months: 14, days: 0, nanoseconds: 0n }]],
  [new arrow.IntervalDayTime(), [{
    months: 0,
    days: -3,
    nanoseconds: 5_000_000n,
  }]],
  [new arrow.IntervalMonthDayNano(), [
    { months: 1, days: -2, nanoseconds: -3n },
    null,
  ]],
  [new arrow.List(item(new arrow.Int32())), [[1, null, 3], null, []]],
  [new arrow.LargeList(item(new arrow.Utf8())), [["a"], []]],
  [new arrow.FixedSizeList(2, item(new arrow.Int8())), [[1, 2], null, [3, 4]]],
  [
    new arrow.Struct([
      new Field("a", new arrow.Int32(), true),
      new Field("__proto__", new arrow.Utf8(), true),
    ]),
    [JSON.parse('{"a":1,"__proto__":"x"}'), null],
    [[{ a: 2 }, JSON.parse('{"a":2,"__proto__":null}')]],
  ],
  [
    new arrow.Map_(
      new Field(
        "entries",
        new arrow.Struct([
          new Field("key", new arrow.Utf8(), false),
          new Field("value", new arrow.Int32(), true),
        ]),
        false,
      ) as never,
    ),
    [new Map([["a", 1], ["b", null]]), null, new Map()],
    [[{ a: 2 }, new Map([["a", 2]])]],
  ],
  [new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8()), [
    "a",
    "b",
    null,
    "a",
  ]],
  [
    new arrow.DenseUnion([0, 1, 2], [
      new Field("i", new arrow.Int64(), true),
      new Field("f", new arrow.Float64(), true),
      new Field("s", new arrow.Utf8(), true),
    ]),
    [1n, 1.5, "x", null],
    [[7, 7n]],
  ],
  [new arrow.Null(), [null, null]],
];

const place = (i: number) => `row ${i}`;

function values(data: arrow.Data): unknown[] {
  const read = valueReader(data, { temporal: false });
  return Array.from({ length: data.length }, (_, i) => read(i));
}

test("columnOf(): texts of every length, with or without characters beyond ASCII", () => {
  const lengths = [...Array(70).keys(), 1023, 1024, 1025, 20_000, 3];
  const texts = lengths.flatMap((length) => {
    const text = "abcdefg".repeat(length).slice(0, length);
    return [text, null, `€${text}`, `${text}😀`, undefined];
  });
  for (
    const type of [
      new arrow.Utf8(),
      new arrow.LargeUtf8(),
      new arrow.Utf8View(),
    ]
  ) {
    for (const from of [0, 1, texts.length - 5]) {
      const given = texts.slice(from);
      assertEquals(
        values(columnOf(type, given, place)),
        given.map((text) => text ?? null),
      );
    }
    assertEquals(values(columnOf(type, [], place)), []);
  }
});

for (const [type, same, others = []] of CASES) {
  test(`values of type ${type} come back`, () => {
    const given = [...same, ...others.map(([given]) => given)];
    const expected = [...same, ...others.map(([, expected]) => expected)];
    const data = columnOf(type, given, place);
    assertEquals(values(data), expected);
  });

  test(`values of type ${type} survive a call`, async () => {
    const batches = new RowBatches("parameter", [new Field("x", type, true)]);
    const batch = batches.batch([{ name: "x", values: same }], same.length);
    await using client = connectInMemory({ doGet: () => batch });
    for await (const copy of client.doGet("any")) {
      assertEquals(values(copy.data.children[0]!), same);
    }
  });
}

/** Values that a type refuses: its error, and a part of its message. */
const REFUSED: readonly [
  arrow.DataType,
  unknown,
  typeof TypeError | typeof RangeError,
  string,
][] = [
  [new arrow.Int8(), 128, RangeError, "out of the range of Int8"],
  [new arrow.Int32(), 1.5, TypeError, "with a fraction is not Int32"],
  [new arrow.Int32(), "x", TypeError, "a string is not Int32"],
  [new arrow.Int64(), 2 ** 60, RangeError, "use a bigint"],
  [new arrow.Uint64(), -1n, RangeError, "out of the range of Uint64"],
  [new arrow.Uint64(), -1, RangeError, "out of the range of Uint64"],
  [new arrow.Int32(), 2 ** 31, RangeError, "out of the range of Int32"],
  [new arrow.Float64(), 2n ** 53n + 1n, RangeError, "not exact"],
  [new arrow.Float64(), "x", TypeError, "a string is not Float64"],
  [new arrow.Bool(), "true", TypeError, "a string is not a Bool"],
  [new arrow.Utf8(), {}, TypeError, "an Object is not Utf8"],
  [new arrow.Utf8(), "\ud800", TypeError, "lone surrogates"],
  [new arrow.Binary(), "x", TypeError, "encode it"],
  [new arrow.FixedSizeBinary(2), Uint8Array.of(1), RangeError, "1 bytes"],
  [new arrow.Decimal(2, 4, 128), "0.001", TypeError, "2 digits after"],
  [new arrow.Decimal(2, 4, 128), "100.00", RangeError, "out of the range"],
  [new arrow.Decimal(2, 4, 128), NaN, TypeError, "a number is not"],
  [new arrow.DateDay(), "2024-02-30", TypeError, "ISO 8601"],
  [new arrow.DateDay(), new Date(NaN), TypeError, "invalid Date"],
  [new arrow.TimestampSecond(), new Date(1), RangeError, "more precise"],
  [new arrow.TimeSecond(), "24:00:00", TypeError, "12:30:00"],
  [
    new arrow.List(item(new arrow.Int8())),
    [1, "x"],
    TypeError,
    "item 1 of row 0",
  ],
  [new arrow.List(item(new arrow.Int8())), "x", TypeError, "give an array"],
  [
    new arrow.FixedSizeList(2, item(new arrow.Int8())),
    [1],
    RangeError,
    "1 items",
  ],
  [new arrow.Struct([]), { a: 1 }, TypeError, 'no field "a"'],
  [new arrow.Null(), 1, TypeError, "a number is not Null"],
  [new arrow.IntervalYearMonth(), { days: 1 }, TypeError, "days"],
];

for (const [type, value, kind, message] of REFUSED) {
  test(`a column of ${type} refuses what it cannot hold: ${message}`, () => {
    assertThrows(() => columnOf(type, [value], place), kind, message);
  });
}

const INFERRED: readonly [unknown[], string][] = [
  [[null, undefined], "Null"],
  [[true, null], "Bool"],
  [[1, 2n], "Int64"],
  [[1, 2.5], "Float64"],
  [[2 ** 60], "Float64"],
  [[2n ** 63n], "Uint64"],
  [["x"], "Utf8"],
  [[Uint8Array.of(1)], "Binary"],
  [[new Date(0)], "Timestamp<MILLISECOND, UTC>"],
  [[dateFromEpochNanoseconds(1n)], "Timestamp<NANOSECOND, UTC>"],
  [[[1], [2.5], []], "List<Float64>"],
  [[Float32Array.of(1.5)], "List<Float64>"],
  [[{ a: 1 }, { b: "x" }], "Struct<{a:Int64, b:Utf8}>"],
  [[new Map([["a", 1]])], "Map<{key:Utf8, value:Int64}>"],
];

for (const [values, type] of INFERRED) {
  test(`values without a schema become ${type}`, () => {
    assertEquals(String(inferType(values, place)), type);
  });
}

test("values without a common type are refused by their row", () => {
  assertThrows(
    () => inferType([1, null, "x"], place),
    TypeError,
    "Cannot use row 2: it is of kind string, others are of kind integer",
  );
  assertThrows(() => inferType([() => {}], place), TypeError, "a function");
  assertThrows(() => inferType([new Set([1])], place), TypeError, "a Set");
});

test("a timestamp of nanoseconds keeps them, as a Date", () => {
  const type = new arrow.TimestampNanosecond();
  const nanos = -1n;
  const [date] = values(columnOf(type, [nanos], place)) as Date[];
  assertEquals(date!.getTime(), -1);
  assertEquals(epochNanoseconds(date!), nanos);
  const again = columnOf(type, [date], place);
  assertEquals(again.values[0], nanos);
});

test("a timestamp beyond what a Date can say keeps its value", () => {
  const type = new arrow.TimestampSecond();
  const data = columnOf(type, [0], place);
  data.values[0] = 2n ** 45n;
  const [date] = values(data) as Date[];
  assertEquals(epochNanoseconds(date!), 2n ** 45n * 1_000_000_000n);
});

const { Temporal } = globalThis as { Temporal?: unknown };

test("values of Temporal come back as such", { skip: !Temporal }, () => {
  // deno-lint-ignore no-explicit-any -- not every TypeScript knows the types of Temporal
  const T = Temporal as any;
  const duration = T.Duration.from({ months: 3, days: 2, seconds: 1 });
  for (
    const [type, value] of [
      [new arrow.DateDay(), T.PlainDate.from("2024-02-29")],
      [new arrow.DateDay(), T.PlainDate.from("-000044-03-15")],
      [new arrow.TimeNanosecond(), T.PlainTime.from("01:02:03.000000004")],
      [
        new arrow.TimestampNanosecond("UTC"),
        T.Instant.from("2024-02-29T01:02:03.000000004Z"),
      ],
      [
        new arrow.TimestampMicrosecond(),
        T.PlainDateTime.from("1950-02-28T01:02:03.000004"),
      ],
      [
        new arrow.TimestampMillisecond("Europe/Berlin"),
        T.ZonedDateTime.from("2024-07-01T12:00[Europe/Berlin]"),
      ],
      [new arrow.IntervalMonthDayNano(), duration],
    ]
  ) {
    const data = columnOf(type, [value], place);
    const read = valueReader(data, { temporal: true });
    assertEquals(String(read(0)), String(value));
    assertEquals(
      String(inferType([value], place)).slice(0, 4),
      `${type}`.slice(0, 4),
    );
  }
});
