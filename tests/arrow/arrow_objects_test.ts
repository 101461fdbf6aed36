import { assert, assertEquals } from "@std/assert";
import {
  Bool,
  Data,
  type DataType,
  Decimal,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Int32,
  Int64,
  IntervalMonthDayNano,
  List,
  makeData,
  Struct,
  Utf8,
  Vector,
} from "apache-arrow";
import { test } from "node:test";
import {
  type DataParts,
  newData,
  newPlainData,
} from "../../internal/arrow/arrow_objects.ts";

/** Makes Data as apache-arrow does. */
function byConstructor(
  type: DataType,
  length: number,
  nullCount: number,
  parts: DataParts,
): Data {
  const { offsets, values, validity, typeIds } = parts;
  return new (Data as unknown as new (...args: unknown[]) => Data)(
    type,
    0,
    length,
    nullCount,
    [offsets, values, validity, typeIds],
    parts.children,
    parts.dictionary,
    parts.variadic,
  );
}

const item = makeData({ type: new Int32(), data: new Int32Array(8) });
const validity = Uint8Array.of(0b101);
const CASES: [name: string, type: DataType, parts: DataParts][] = [
  ["integers", new Int64(), { validity, values: new BigInt64Array(3) }],
  ["decimals", new Decimal(2, 10, 128), { values: new Uint32Array(12) }],
  ["bytes", new FixedSizeBinary(5), { values: new Uint8Array(15) }],
  [
    "intervals",
    new IntervalMonthDayNano(),
    { values: new Int32Array(12), validity },
  ],
  [
    "fixed lists",
    new FixedSizeList(2, new Field("item", new Int32())),
    { children: [item] },
  ],
  [
    "texts",
    new Utf8(),
    { validity, offsets: new Int32Array(4), values: new Uint8Array() },
  ],
  [
    "lists",
    new List(new Field("item", new Int32())),
    { offsets: Int32Array.of(0, 1, 1, 4), children: [item] },
  ],
  [
    "structs",
    new Struct([new Field("a", new Int32())]),
    { validity, children: [item] },
  ],
  [
    "dictionary indices",
    new Int32(),
    { values: new Int32Array(3), dictionary: new Vector([item]) },
  ],
  [
    "views",
    new Utf8(),
    { values: new Uint8Array(48), variadic: [new Uint8Array(3)] },
  ],
  ["type ids", new Int32(), { typeIds: new Int8Array(3) }],
  ["nothing", new Int32(), {}],
];

for (const [name, type, parts] of CASES) {
  test(`arrow objects: data of ${name} have the fields that apache-arrow gives them`, () => {
    for (const nullCount of [0, 1, -1]) {
      const ours = newData(type, 3, nullCount, parts);
      const theirs = byConstructor(type, 3, nullCount, parts);
      assert(ours instanceof Data);
      assertEquals(Object.keys(ours), Object.keys(theirs));
      for (const key of Object.keys(ours)) {
        assertEquals(Reflect.get(ours, key), Reflect.get(theirs, key), key);
      }
      assertEquals(ours.nullCount, theirs.nullCount);
      assertEquals(ours.slice(1, 2).length, 2);
      assertEquals(ours.clone().stride, theirs.stride);
    }
  });
}

test("arrow objects: plain data are data with a bitmap and values", () => {
  for (const type of [new Bool(), new Int64(), new Decimal(2, 10, 128)]) {
    const values = new Uint8Array(48);
    const plain = newPlainData(type, 3, 1, validity, values);
    const other = byConstructor(type, 3, 1, { validity, values });
    assertEquals(Object.entries(plain), Object.entries(other));
  }
});

test("arrow objects: data share no array that a program could change", () => {
  const [a, b] = [1, 2].map((length) => newData(new Int32(), length, 0, {}));
  assert(Object.isFrozen(a!.children) || a!.children !== b!.children);
  assert(
    Object.isFrozen(a!.variadicBuffers) ||
      a!.variadicBuffers !== b!.variadicBuffers,
  );
});
