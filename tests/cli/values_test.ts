/** Values of every type of Arrow, as `flight` writes them. */

import { assertEquals } from "@std/assert";
import * as arrow from "apache-arrow";
import { test } from "node:test";
import { columnText, valueJson, valueText } from "../../cli/output/values.ts";

/** A column of one type, made of values that apache-arrow takes. */
function column(type: arrow.DataType, values: unknown[]): arrow.Vector {
  return arrow.vectorFromArray(values, type);
}

/** A column over raw values. */
function raw(
  type: arrow.DataType,
  values: BigInt64Array | Int32Array | Uint32Array,
  length: number,
): arrow.Vector {
  const data = { type, data: values, length, nullCount: 0 } as unknown;
  return new arrow.Vector([arrow.makeData(data as never)]);
}

const { TimeUnit } = arrow;
const decimal = new arrow.Decimal(3, 38, 128);
const item = new arrow.Field("item", new arrow.Int64(), true);
const words = Uint32Array.of(12345, 0, 0, 0, -5, -1, -1, -1);

/** Type, column, and the JSON of its first rows. */
const cases: [string, () => arrow.Vector, string[]][] = [
  ["Bool", () => column(new arrow.Bool(), [true, null]), ["true", "null"]],
  ["Uint64", () => column(new arrow.Uint64(), [2n ** 64n - 1n]), [
    "18446744073709551615",
  ]],
  ["Float64", () => column(new arrow.Float64(), [1.5, NaN, -0, -Infinity]), [
    "1.5",
    '"NaN"',
    "-0",
    '"-Infinity"',
  ]],
  [
    "Float32",
    () => column(new arrow.Float32(), [0.1, -405.75, 16777217, 3.4e38, -0]),
    ["0.1", "-405.75", "16777216", "3.4e+38", "-0"],
  ],
  ["Decimal", () => raw(decimal, words, 2), ["12.345", "-0.005"]],
  ["Utf8", () => column(new arrow.Utf8(), ['a"\n', ""]), ['"a\\"\\n"', '""']],
  ["LargeUtf8", () => column(new arrow.LargeUtf8(), ["ü"]), ['"ü"']],
  ["Binary", () => column(new arrow.Binary(), [Uint8Array.of(0, 255)]), [
    '"00ff"',
  ]],
  ["DateDay", () => raw(new arrow.DateDay(), Int32Array.of(-1, 19_000), 2), [
    '"1969-12-31"',
    '"2022-01-08"',
  ]],
  [
    "DateDay beyond all Dates",
    () =>
      raw(
        new arrow.DateDay(),
        Int32Array.of(2 ** 31 - 1, -719_529, 2_932_897, -(2 ** 31)),
        4,
      ),
    [
      '"+5881580-07-11"',
      '"-000001-12-31"',
      '"+010000-01-01"',
      '"-5877641-06-23"',
    ],
  ],
  [
    "DateMillisecond",
    () =>
      raw(
        new arrow.DateMillisecond(),
        BigInt64Array.of(-1n, 2n ** 62n),
        2,
      ),
    ['"1969-12-31"', '"+146140482-04-24"'],
  ],
  [
    "Timestamp beyond all Dates",
    () =>
      raw(
        new arrow.TimestampMicrosecond(),
        BigInt64Array.of(
          2n ** 63n - 1n,
          1n - 2n ** 63n,
          -62_167_219_200_000_001n,
        ),
        3,
      ),
    [
      '"+294247-01-10T04:00:54.775807"',
      '"-290308-12-21T19:59:05.224193"',
      '"-000001-12-31T23:59:59.999999"',
    ],
  ],
  [
    "Timestamp in ns",
    () =>
      raw(
        new arrow.Timestamp(TimeUnit.NANOSECOND, "Europe/Berlin"),
        BigInt64Array.of(1_700_000_000_123_456_789n, -1n),
        2,
      ),
    ['"2023-11-14T22:13:20.123456789Z"', '"1969-12-31T23:59:59.999999999Z"'],
  ],
  [
    "Timestamp in s without zone",
    () => raw(new arrow.Timestamp(TimeUnit.SECOND), BigInt64Array.of(0n), 1),
    ['"1970-01-01T00:00:00"'],
  ],
  [
    "TimeMicrosecond",
    () => raw(new arrow.TimeMicrosecond(), BigInt64Array.of(3_661_000_001n), 1),
    ['"01:01:01.000001"'],
  ],
  [
    "Duration",
    () => raw(new arrow.DurationMillisecond(), BigInt64Array.of(-1500n), 1),
    ['"-1.5s"'],
  ],
  [
    "Interval in months",
    () => raw(new arrow.IntervalYearMonth(), Int32Array.of(14), 1),
    ['"P14M"'],
  ],
  [
    "Interval in days",
    () => raw(new arrow.IntervalDayTime(), Int32Array.of(2, 1500), 1),
    ['"P2DT1.5S"'],
  ],
  [
    "List",
    () => column(new arrow.List(item), [[1n, null], [], null]),
    ["[1,null]", "[]", "null"],
  ],
  [
    "FixedSizeList",
    () =>
      column(new arrow.FixedSizeList(2, item), [[1n, 2n], [3n, 4n]]).slice(1),
    ["[3,4]"],
  ],
  [
    "Struct",
    () =>
      column(
        new arrow.Struct([
          new arrow.Field("a", new arrow.Utf8(), true),
          new arrow.Field("l", new arrow.List(item), true),
        ]),
        [{ a: "x", l: [1n] }, { a: null, l: null }],
      ).slice(1),
    ['{"a":null,"l":null}'],
  ],
  [
    "Map",
    () => {
      const entries = new arrow.Field(
        "entries",
        new arrow.Struct<{ key: arrow.Utf8; value: arrow.Int32 }>([
          new arrow.Field("key", new arrow.Utf8(), false),
          new arrow.Field("value", new arrow.Int32(), true),
        ]),
        false,
      );
      return column(new arrow.Map_(entries), [{ a: 1, b: null }, { c: 3 }])
        .slice(1);
    },
    ['{"c":3}'],
  ],
  [
    "Dictionary",
    () =>
      column(
        new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8()),
        ["a", null, "b"],
      ),
    ['"a"', "null", '"b"'],
  ],
  ["Null", () => column(new arrow.Null(), [null]), ["null"]],
];

for (const [name, make, expected] of cases) {
  test(`values: ${name} becomes JSON`, () => {
    const vector = make();
    assertEquals(
      expected.map((_, index) => valueJson(vector, index)),
      expected,
    );
  });
}

test("values: text has no quotation marks", () => {
  assertEquals(valueText(column(new arrow.Utf8(), ['a"b']), 0), 'a"b');
  assertEquals(valueText(column(new arrow.Utf8(), [null]), 0), null);
});

test("values: a row behind the first chunk is found", () => {
  const vector = column(new arrow.Int32(), [1, 2])
    .concat(column(new arrow.Int32(), [3]));
  assertEquals(valueText(vector, 2), "3");
});

test("dates of the years 0 to 9999 are those of a Date", () => {
  const days: number[] = [];
  for (let day = -719_528; day <= 2_932_896; day += 97) days.push(day);
  // Around the ends of years and of February.
  for (const year of ["0000", "1900", "2000", "2023", "2024", "9999"]) {
    for (const date of ["01-01", "02-28", "03-01", "12-31"]) {
      const day = Date.parse(`${year}-${date}`) / 86_400_000;
      days.push(day, day === -719_528 ? day : day - 1);
    }
  }
  const dates = raw(new arrow.DateDay(), Int32Array.from(days), days.length);
  const times = raw(
    new arrow.TimestampMillisecond(),
    BigInt64Array.from(days, (day) => BigInt(day) * 86_400_000n + 3_723_004n),
    days.length,
  );
  days.forEach((day, row) => {
    const text = new Date(day * 86_400_000 + 3_723_004).toISOString();
    assertEquals(valueText(dates, row), text.slice(0, 10));
    assertEquals(valueText(times, row), text.slice(0, -1));
  });
});

test("columnText: gives what valueText does, also where no character is whole", () => {
  const texts = (...values: (string | null)[]) =>
    column(new arrow.Utf8(), values);
  const bytes = Uint8Array.of(0x61, 0xe2, 0x82, 0xac, 0xff, 0x62);
  const cut = (...valueOffsets: number[]): arrow.Vector => {
    const length = valueOffsets.length - 1;
    const type = new arrow.Utf8();
    const offsets = Int32Array.from(valueOffsets);
    return new arrow.Vector([
      arrow.makeData({
        type,
        length,
        nullCount: 0,
        valueOffsets: offsets,
        data: bytes,
      }),
    ]);
  };
  const columns = [
    texts("one", "", null, "four"),
    texts("one", "", null, "four", "five").slice(1, 4),
    texts("ü", "b"),
    texts("\ufeffa", "b"),
    texts(),
    cut(0, 1),
    cut(0, 2, 4),
    cut(4, 5, 6),
    column(new arrow.Int32(), [1, null]),
    texts("a").concat(texts("b")),
  ];
  for (const vector of columns) {
    const text = columnText(vector);
    for (let row = 0; row < vector.length; row++) {
      assertEquals(text(row), valueText(vector, row));
    }
  }
});
