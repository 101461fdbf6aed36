import { assertEquals, assertThrows } from "@std/assert";
import {
  type Data,
  Dictionary,
  Field,
  Int32,
  Int8,
  makeData,
  Struct,
  Utf8,
  Vector,
  vectorFromArray,
} from "apache-arrow";
import { test } from "node:test";
import { FlightError } from "../../internal/core/flight_error.ts";
import { concat } from "../../internal/arrow/concat.ts";
import { layoutOf } from "../../internal/arrow/field_layout.ts";
import { allRows, NULL_ROW, take } from "../../internal/arrow/take.ts";
import {
  batchOf,
  dictionaryData,
  ROWS,
  SAMPLES,
} from "../support/ipc/samples.ts";
import { roundTrip, valuesOf } from "../support/ipc/ipc_streams.ts";
import { seededRandom } from "../support/seeded_random.ts";

/** The values of data, as the codec sends and reads it. */
function valuesIn(data: Data): unknown[] {
  const [decoded] = roundTrip([batchOf({ column: data })]);
  return valuesOf(decoded!)[0] as unknown[];
}

function layout(data: Data) {
  return layoutOf([new Field("column", data.type, true)]).fields[0]!;
}

for (const [name, make] of Object.entries(SAMPLES)) {
  const data = make();
  const values = valuesIn(data);
  const isNullable = !name.endsWith("Union");

  test(`take(): rows of ${name} are picked in any order`, () => {
    const next = seededRandom(1);
    const rows = Int32Array.from({ length: 100 }, () => next() * ROWS);
    if (isNullable) rows.fill(NULL_ROW, 10, 13);
    assertEquals(
      valuesIn(take(layout(data), [data], rows)),
      Array.from(rows, (row) => row < 0 ? null : values[row]),
    );
  });

  test(`take(): slices of ${name} are put together`, () => {
    const chunks = [
      data.slice(3, 9),
      data.slice(0, 0),
      data.slice(11, 8),
      data,
    ];
    const wanted = [
      ...values.slice(3, 12),
      ...values.slice(11, 19),
      ...values,
    ];
    assertEquals(
      valuesIn(take(layout(data), chunks, allRows(chunks))),
      wanted,
    );
    assertEquals(valuesIn(concat(layout(data), chunks)), wanted);
    const few = [data.slice(1, 1), data.slice(9, 2), data.slice(2, 3)];
    assertEquals(valuesIn(concat(layout(data), few)), [
      values[1],
      ...values.slice(9, 11),
      ...values.slice(2, 5),
    ]);
  });

  test(`take(): ${name} of no rows`, () => {
    const rows = new Int32Array(0);
    assertEquals(valuesIn(take(layout(data), [], rows)), []);
    assertEquals(valuesIn(take(layout(data), [data], rows)), []);
  });
}

test("take(): rows of nothing are null", () => {
  const data = SAMPLES.utf8!();
  const rows = Int32Array.of(NULL_ROW, NULL_ROW);
  assertEquals(valuesIn(take(layout(data), [], rows)), [null, null]);
});

test("take(): a null row of a union is a null of its first child", () => {
  for (const name of ["denseUnion", "sparseUnion"]) {
    const data = SAMPLES[name]!();
    const rows = Int32Array.of(2, NULL_ROW, 0);
    const values = valuesIn(data);
    assertEquals(valuesIn(take(layout(data), [data], rows)), [
      values[2],
      null,
      values[0],
    ]);
  }
});

function words(...values: (string | null)[]): Vector<Utf8> {
  return new Vector([vectorFromArray(values, new Utf8()).data[0]!]);
}

const WORDS = layout(words("a").data[0]!);

test("take(): dictionary-encoded arrays are decoded where the layout is plain", () => {
  const type = new Dictionary(new Utf8(), new Int8());
  // Two chunks with dictionaries of their own, one of which has two chunks.
  const first = dictionaryData(
    type,
    words("a", "b").concat(words("c", null)),
    [3, 0, 2, 1],
    Uint8Array.of(0b1101),
  );
  const second = dictionaryData(type, words("x", "y"), [1, 0]);
  const chunks = [first, second];
  assertEquals(valuesIn(take(WORDS, chunks, allRows(chunks))), [
    null,
    null,
    "c",
    "b",
    "y",
    "x",
  ]);
  assertEquals(
    valuesIn(take(WORDS, [first.slice(2, 2)], Int32Array.of(1, 0))),
    [
      "b",
      "c",
    ],
  );
});

test("take(): a dictionary inside a dictionary is decoded too", () => {
  const data = SAMPLES.nestedDictionary!();
  const plain = layout(
    makeData({
      type: new Struct([
        new Field("colour", new Utf8(), true),
        new Field("number", new Int32(), true),
      ]),
    }),
  );
  const taken = take(plain, [data], allRows([data]));
  assertEquals(valuesIn(taken), valuesIn(data));
});

test("take(): an index that leads nowhere is refused", () => {
  for (const index of [2, -1]) {
    const data = dictionaryData(
      new Dictionary(new Utf8(), new Int8()),
      words("a", "b"),
      [0, index],
    );
    assertThrows(
      () => take(WORDS, [data], allRows([data])),
      FlightError,
      `Cannot encode RecordBatch: field "column" refers to value ${index} of 2`,
    );
  }
});
