import { typeText } from "@contrail/flight/data";
import { assertEquals } from "@std/assert";
import {
  Decimal,
  DenseUnion,
  Dictionary,
  Field,
  FixedSizeList,
  Int32,
  List,
  Map_,
  SparseUnion,
  Struct,
  TimestampMicrosecond,
  Utf8,
} from "apache-arrow";
import { test } from "node:test";
import { sameType } from "../../internal/arrow/types/same_type.ts";
import { SAMPLES } from "../support/ipc/samples.ts";

const price = new Field("price", new Decimal(2, 10), true);
const label = new Field("label", new Utf8(), true);

test("typeText() tells apart all types that are not the same", () => {
  const types = [
    ...Object.values(SAMPLES).map((make) => make().type),
    ...[32, 64, 128, 256].map((bits) => new Decimal(2, 9, bits)),
    new List(new Field("item", new Decimal(2, 9, 64))),
    new SparseUnion([0, 1], [price, label]),
    new DenseUnion([0, 1], [price, label]),
    new DenseUnion([5, 7], [price, label]),
    mapOf(false),
    mapOf(true),
  ];
  for (const type of types) {
    for (const other of types) {
      assertEquals(
        typeText(type) === typeText(other),
        sameType(type, other),
        `${typeText(type)}, ${typeText(other)}`,
      );
    }
  }
});

test("typeText() writes what apache-arrow leaves out, at every depth", () => {
  for (
    const [type, text] of [
      [price.type, "Decimal128(10, 2)"],
      [new List(price), "List<Decimal128(10, 2)>"],
      [new FixedSizeList(3, price), "FixedSizeList[3]<Decimal128(10, 2)>"],
      [
        new Struct([label, price]),
        "Struct<{label:Utf8, price:Decimal128(10, 2)}>",
      ],
      [mapOf(true), "Map<{key:Utf8, value:Decimal128(10, 2)}, keysSorted>"],
      [
        new DenseUnion([5, 7], [price, label]),
        "DenseUnion<{price:Decimal128(10, 2)=5, label:Utf8=7}>",
      ],
      [
        new Dictionary(price.type, new Int32()),
        "Dictionary<Int32, Decimal128(10, 2)>",
      ],
    ] as const
  ) assertEquals(typeText(type), text);
});

test("typeText() is the text of apache-arrow where that says all", () => {
  for (
    const type of [
      new Int32(),
      new TimestampMicrosecond("UTC"),
      new List(new Field("item", new Struct([label]))),
    ]
  ) assertEquals(typeText(type), String(type));
});

function mapOf(keysSorted: boolean): Map_ {
  const key = new Field("key", new Utf8());
  const value = new Field("value", new Decimal(2, 10), true);
  const entries = new Struct<{ key: Utf8; value: Decimal }>([key, value]);
  return new Map_(new Field("entries", entries), keysSorted);
}
