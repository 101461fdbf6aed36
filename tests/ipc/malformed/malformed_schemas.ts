import { tableLayout } from "../../../internal/ipc/encode/flatbuffer_writer.ts";
import {
  type FieldInit,
  int,
  intField,
  message,
  numbers,
  schemaHeader,
} from "../../support/ipc/handmade_messages.ts";
import type { Case } from "./malformed.ts";

/** A case of a schema with one field. */
function badField(
  problem: string,
  field: FieldInit,
  text: string,
  code?: "UNIMPLEMENTED",
): Case {
  return [problem, [schemaHeader([field])], text, code];
}

const item = intField("item");

function nested(depth: number): FieldInit {
  let field = item;
  for (let i = 0; i < depth; i++) {
    field = { name: "s", typeId: 13, children: [field] };
  }
  return field;
}

/** Malformed messages: see {@linkcode Case}. */
export const MALFORMED_SCHEMAS: readonly Case[] = [
  [
    "a big-endian schema",
    [schemaHeader([intField()], { endianness: 1 })],
    "big-endian",
    "UNIMPLEMENTED",
  ],
  badField(
    "a type of the future",
    { name: "a", typeId: 27 },
    "unknown type 27",
    "UNIMPLEMENTED",
  ),
  badField("no type", { name: "a", typeId: 0 }, "NONE", "UNIMPLEMENTED"),
  badField(
    "a type without table",
    { name: "a", typeId: 2, type: "none" },
    'field "a" has no type (Int)',
  ),
  ...[0, 1, 7, 24, 128, -8].map((bits) =>
    badField(
      `an Int of ${bits} bits`,
      intField("a", bits),
      `field "a" is an Int of ${bits} bits`,
    )
  ),
  badField(
    "an unknown precision",
    { name: "a", typeId: 3, type: numbers([2, 3]) },
    "has the precision 3",
  ),
  badField(
    "a negative precision",
    { name: "a", typeId: 3, type: numbers([2, -1]) },
    "has the precision -1",
  ),
  ...[0, 16, 127, 512].map((bits) =>
    badField(
      `a Decimal of ${bits} bits`,
      { name: "a", typeId: 7, type: numbers([4, 9], [4, 2], [4, bits]) },
      `is a Decimal of ${bits} bits`,
    )
  ),
  badField(
    "an unknown unit of Date",
    { name: "a", typeId: 8, type: numbers([2, 2]) },
    "has the unit 2",
  ),
  badField(
    "seconds in 64 bits",
    { name: "a", typeId: 9, type: numbers([2, 0], [4, 64]) },
    "is a Time of unit 0 in 64 bits",
  ),
  badField(
    "nanoseconds in 32 bits",
    { name: "a", typeId: 9, type: numbers([2, 3], [4, 32]) },
    "is a Time of unit 3 in 32 bits",
  ),
  badField(
    "an unknown unit of Timestamp",
    { name: "a", typeId: 10, type: numbers([2, 4]) },
    "has the unit 4",
  ),
  badField(
    "an unknown unit of Interval",
    { name: "a", typeId: 11, type: numbers([2, 3]) },
    "has the unit 3",
  ),
  badField(
    "an unknown unit of Duration",
    { name: "a", typeId: 18, type: numbers([2, 9]) },
    "has the unit 9",
  ),
  badField(
    "a negative width",
    { name: "a", typeId: 15, type: numbers([4, -1]) },
    "has the width -1",
  ),
  badField(
    "a negative list size",
    { name: "a", typeId: 16, type: numbers([4, -3]), children: [item] },
    "has the list size -3",
  ),
  ...([[12, "List"], [21, "LargeList"], [16, "FixedSizeList"], [17, "Map"]] as [
    number,
    string,
  ][]).flatMap(([typeId, name]) => [
    badField(
      `a ${name} without child`,
      { name: "a", typeId, type: numbers([4, 0]) },
      `of type ${name} has 0 children, not 1`,
    ),
    badField(
      `a ${name} with two children`,
      { name: "a", typeId, type: numbers([4, 0]), children: [item, item] },
      `of type ${name} has 2 children, not 1`,
    ),
  ]),
  badField(
    "an Int with a child",
    { name: "a", typeId: 2, type: int(), children: [item] },
    "of type Int has 1 children, not 0",
  ),
  badField(
    "a Map of Int",
    { name: "a", typeId: 17, children: [item] },
    "is a Map whose child is not a struct",
  ),
  badField(
    "a Map with one column",
    {
      name: "a",
      typeId: 17,
      children: [{ name: "e", typeId: 13, children: [item] }],
    },
    "is a Map whose child is not a struct",
  ),
  badField(
    "an unknown mode of Union",
    { name: "a", typeId: 14, type: numbers([2, 2]) },
    "has the mode 2",
  ),
  ...([[], [1], [1, 2, 3]] as number[][]).map((ids) =>
    badField(
      `${ids.length} type ids of two children`,
      { name: "a", typeId: 14, type: union(ids), children: [item, item] },
      `is a Union of 2 children, with ${ids.length} ids`,
    )
  ),
  ...([[1, 1], [1, 128], [-1, 2]] as number[][]).map((ids) =>
    badField(
      `the type ids ${ids}`,
      { name: "a", typeId: 14, type: union(ids), children: [item, item] },
      "is a Union with the type id",
    )
  ),
  badField("fields nested 65 deep", nested(64), "nested more than 64 deep"),
  badField("fields nested 2000 deep", nested(2000), "nested more than 64 deep"),
  [
    "fields that are shared",
    [shared()],
    "it refers to more tables than it could hold",
  ],
  ["metadata that is shared", [sharedMetadata()], "the strings take more"],
  ["names that are shared", [sharedNames()], "the strings take more"],
  [
    "a vector of fields that is too long",
    [longVector()],
    "a vector of 4294967295 elements does not fit into the header",
  ],
  [
    "two meanings of one dictionary",
    [schemaHeader([
      { ...intField("a"), dictionary: { id: 3 } },
      { name: "b", typeId: 5, dictionary: { id: 3 } },
    ])],
    'field "b" uses dictionary 3 with values Utf8, which has values Int32 elsewhere',
  ],
  [
    "a dictionary inside itself",
    [schemaHeader([{
      name: "a",
      typeId: 13,
      dictionary: { id: 3 },
      children: [{ ...intField("b"), dictionary: { id: 3 } }],
    }])],
    'field "a.b" uses dictionary 3 inside itself',
  ],
  badField(
    "indices of 5 bits",
    { ...intField(), dictionary: { id: 0, bits: 5 } },
    "is an Int of 5 bits",
  ),
  badField(
    "a dictionary id beyond 2^53",
    { ...intField(), dictionary: { id: 2 ** 62 } },
    "is out of range",
  ),
];

function union(ids: number[]): NonNullable<FieldInit["type"]> {
  return (writer) => {
    const table = numbers([2, 0], [4, 0])(writer);
    const first = writer.vector(ids.length, 4);
    writer.refer(table + 4, first - 4);
    ids.forEach((id, index) => writer.int32(first + 4 * index, id));
    return table;
  };
}

/** Each struct twice has the next as its child: 2^40 fields. */
function shared(): Uint8Array {
  const layout = tableLayout(4, 1, 1, 4, 4, 4);
  return message({
    headerType: 1,
    header(writer) {
      const table = numbers([2, 0], [4, 0])(writer);
      let reference = table + 4;
      for (let i = 0; i < 40; i++) {
        const first = writer.vector(2, 4);
        writer.refer(reference, first - 4);
        const field = writer.table(layout, 1 << 4);
        writer.refer(first, field);
        writer.refer(first + 4, field);
        writer.refer(field + layout.at[0]!, writer.string("x"));
        writer.uint8(field + layout.at[2]!, 13);
        writer.refer(field + layout.at[3]!, numbers()(writer));
        reference = field + layout.at[5]!;
      }
      writer.refer(reference, writer.vector(0, 4) - 4);
      return table;
    },
  });
}

/** 20,000 fields with the same 20,000 entries of metadata, which are one. */
function sharedMetadata(): Uint8Array {
  const count = 20_000;
  const layout = tableLayout(4, 1, 1, 4, 4, 4, 4);
  return message({
    headerType: 1,
    header(writer) {
      const table = numbers([2, 0], [4, 0])(writer);
      const first = writer.vector(count, 4);
      writer.refer(table + 4, first - 4);
      const fields = Array.from({ length: count }, (_, index) => {
        const field = writer.table(layout, 1 << 0 | 1 << 4 | 1 << 5);
        writer.refer(first + 4 * index, field);
        writer.uint8(field + layout.at[2]!, 1);
        return field;
      });
      const type = numbers()(writer);
      const entries = writer.vector(count, 4);
      for (const field of fields) {
        writer.refer(field + layout.at[3]!, type);
        writer.refer(field + layout.at[6]!, entries - 4);
      }
      const entry = numbers([4, 0], [4, 0])(writer);
      const text = writer.string("");
      writer.refer(entry + 4, text);
      writer.refer(entry + 8, text);
      for (let i = 0; i < count; i++) writer.refer(entries + 4 * i, entry);
      return table;
    },
  });
}

/** 40,000 fields with the same name of 1 MB. */
function sharedNames(): Uint8Array {
  return message({
    headerType: 1,
    header(writer) {
      const table = numbers([2, 0], [4, 0])(writer);
      const first = writer.vector(40_000, 4);
      writer.refer(table + 4, first - 4);
      const field = numbers([4, 0], [1, 0], [1, 1], [4, 0])(writer);
      const type = numbers()(writer);
      const name = writer.string("x".repeat(1_000_000));
      writer.refer(field + 4, name);
      writer.refer(field + 8, type);
      for (let i = 0; i < 40_000; i++) writer.refer(first + 4 * i, field);
      return table;
    },
  });
}

function longVector(): Uint8Array {
  return message({
    headerType: 1,
    header(writer) {
      const table = numbers([2, 0], [4, 0])(writer);
      const first = writer.vector(1, 4);
      writer.int32(first - 4, -1);
      writer.refer(table + 4, first - 4);
      return table;
    },
  });
}
