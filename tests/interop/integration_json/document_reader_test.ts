/** The reader returns the values in the text of the file. */
import { assertEquals, assertThrows } from "@std/assert";
import { describe, it, test } from "node:test";
import { batchText, type Json, schemaText } from "../pyarrow/value_text.ts";
import { readDocument } from "./document_reader.ts";
import {
  type JsonColumn,
  type JsonField,
  type JsonType,
  parseDocument,
} from "./json_document.ts";

type Sample = readonly [type: JsonType, column: object, values: Json[]];

/** A type, three rows of it of which the second is null, and what they are. */
const SAMPLES: Readonly<Record<string, Sample>> = {
  bool: [{ name: "bool" }, { DATA: [true, true, false] }, [true, null, false]],
  uint8: [int(false, 8), { DATA: [255, 7, 0] }, [255, null, 0]],
  int64: [
    int(true, 64),
    { DATA: ["-9223372036854775808", "1", "9223372036854775807"] },
    ["-9223372036854775808", null, "9223372036854775807"],
  ],
  uint64: [
    int(false, 64),
    { DATA: ["18446744073709551615", "1", "0"] },
    ["18446744073709551615", null, "0"],
  ],
  half: [
    { name: "floatingpoint", precision: "HALF" },
    { DATA: [-0.125, 1, 2.5] },
    [-0.125, null, 2.5],
  ],
  single: [
    { name: "floatingpoint", precision: "SINGLE" },
    { DATA: [-0.125, 1, 1000.5] },
    [-0.125, null, 1000.5],
  ],
  decimal256: [
    { name: "decimal", precision: 76, scale: 2, bitWidth: 256 },
    { DATA: [`-${"9".repeat(76)}`, "0", "1"] },
    [`-${"9".repeat(76)}`, null, "1"],
  ],
  "decimal without bitWidth": [
    { name: "decimal", precision: 38, scale: 2 },
    { DATA: ["-1", "0", "9".repeat(38)] },
    ["-1", null, "9".repeat(38)],
  ],
  timestamp: [
    { name: "timestamp", unit: "NANOSECOND", timezone: "UTC" },
    { DATA: ["-1", "0", "1700000000000000001"] },
    ["-1", null, "1700000000000000001"],
  ],
  day_time: [
    { name: "interval", unit: "DAY_TIME" },
    {
      DATA: [
        { days: 1, milliseconds: -2 },
        { days: 3, milliseconds: 4 },
        { days: -5, milliseconds: 6 },
      ],
    },
    [[1, -2], null, [-5, 6]],
  ],
  year_month: [
    { name: "interval", unit: "YEAR_MONTH" },
    { DATA: [-1, 0, 12] },
    [[-1], null, [12]],
  ],
  utf8: [
    { name: "utf8" },
    { OFFSET: [0, 3, 3, 4], DATA: ["€", "", "a"] },
    ["€", null, "a"],
  ],
  largebinary: [
    { name: "largebinary" },
    { OFFSET: ["0", "2", "2", "3"], DATA: ["00FF", "", "7F"] },
    ["00ff", null, "7f"],
  ],
  utf8view: [
    { name: "utf8view" },
    {
      VIEWS: [
        { SIZE: 3, INLINED: "€" },
        { SIZE: 0, INLINED: "" },
        { SIZE: 13, PREFIX_HEX: "62636465", BUFFER_INDEX: 1, OFFSET: 1 },
      ],
      VARIADIC_DATA_BUFFERS: ["00", "6162636465666768696A6B6C6D6E"],
    },
    ["€", null, "bcdefghijklmn"],
  ],
  fixedsizebinary: [
    { name: "fixedsizebinary", byteWidth: 2 },
    { DATA: ["0001", "FFFF", "0203"] },
    ["0001", null, "0203"],
  ],
};

function int(isSigned: boolean, bitWidth: 8 | 16 | 32 | 64): JsonType {
  return { name: "int", isSigned, bitWidth };
}

/** A file of one batch with one column, which has three rows. */
function documentOf(field: Partial<JsonField>, column: object) {
  return {
    schema: {
      fields: [{
        name: "f",
        nullable: true,
        children: [],
        type: int(true, 32),
        ...field,
      }],
    },
    batches: [{
      count: 3,
      columns: [{ name: "f", count: 3, VALIDITY: [1, 0, 1], ...column }],
    }],
  };
}

function valuesOf(document: Parameters<typeof readDocument>[0]): Json[] {
  return batchText(readDocument(document).batches[0]!)[0]!;
}

describe("readDocument", () => {
  for (const [name, [type, column, values]] of Object.entries(SAMPLES)) {
    it(`reads ${name}`, () => {
      assertEquals(valuesOf(documentOf({ type }, column)), values);
    });
  }

  const child: JsonField = {
    name: "item",
    type: int(true, 8),
    nullable: true,
    children: [],
  };
  const items = (...DATA: number[]): JsonColumn => ({
    name: "item",
    count: DATA.length,
    VALIDITY: DATA.map(() => 1),
    DATA,
  });

  it("reads lists", () => {
    const document = documentOf({ type: { name: "list" }, children: [child] }, {
      OFFSET: [0, 2, 2, 3],
      children: [items(1, 2, 3)],
    });
    assertEquals(valuesOf(document), [[1, 2], null, [3]]);
  });

  it("reads unions", () => {
    const type = { name: "union", mode: "DENSE", typeIds: [5, 9] } as const;
    const document = documentOf({ type, children: [child, child] }, {
      VALIDITY: undefined,
      TYPE_ID: [9, 5, 9],
      OFFSET: [0, 0, 1],
      children: [items(1), items(2, 3)],
    });
    assertEquals(valuesOf(document), [2, 1, 3]);
  });

  it("reads dictionaries that use others", () => {
    const inner = { id: 1, indexType: int(false, 8), isOrdered: false };
    const outer = { id: 0, indexType: int(true, 16), isOrdered: true };
    const document = {
      ...documentOf({
        type: { name: "list" },
        children: [{ ...child, dictionary: inner }],
        dictionary: outer,
      }, { DATA: [1, 0, 0] }),
      dictionaries: [
        {
          id: 0,
          data: {
            count: 2,
            columns: [{
              name: "",
              count: 2,
              VALIDITY: [1, 1],
              OFFSET: [0, 1, 3],
              children: [items(0, 1, 0)],
            }],
          },
        },
        { id: 1, data: { count: 2, columns: [items(40, 50)] } },
      ],
    };
    assertEquals(valuesOf(document), [[50, 40], null, [40]]);
    assertEquals(
      schemaText(readDocument(document).schema).fields[0]!.type,
      "dictionary<values=list<item: dictionary<values=int8, indices=uint8, " +
        "ordered=0>>, indices=int16, ordered=1>",
    );
  });

  it("keeps the names of the fields of maps", () => {
    const key = { ...child, name: "k", nullable: false };
    const entries = {
      ...child,
      name: "e",
      type: { name: "struct" },
      children: [key, { ...child, name: "v" }],
    } as JsonField;
    const type = { name: "map", keysSorted: true } as const;
    const { schema } = readDocument({
      schema: documentOf({ type, children: [entries] }, {}).schema,
      batches: [],
    });
    const [field] = schema.fields[0]!.type.children!;
    assertEquals(field!.name, "e");
    assertEquals(
      field!.type.children!.map(({ name }: JsonField) => name),
      ["k", "v"],
    );
  });

  it("keeps metadata", () => {
    const metadata = [{ key: "b", value: "1" }, { key: "a", value: "" }];
    const { schema } = readDocument({
      schema: { ...documentOf({ metadata }, {}).schema, metadata },
      batches: [],
    });
    assertEquals([...schema.metadata], [["b", "1"], ["a", ""]]);
    assertEquals([...schema.fields[0]!.metadata], [["b", "1"], ["a", ""]]);
  });
});

test("parseDocument: integers that a number cannot hold", () => {
  const text = `{
    "schema": { "fields": [{ "name": "f", "nullable": true, "children": [],
      "type": { "name": "interval", "unit": "MONTH_DAY_NANO" } }] },
    "batches": [{ "count": 2, "columns": [{ "name": "f", "count": 2,
      "VALIDITY": [1, 1], "DATA": [
        { "months": -1, "days": 2, "nanoseconds": 9223372036854775807 },
        { "months": 0, "days": 0, "nanoseconds": -3 } ] }] }]
  }`;
  assertEquals(valuesOf(parseDocument(text)), [
    [-1, 2, "9223372036854775807"],
    [0, 0, "-3"],
  ]);
});

const WRONG: Readonly<Record<string, readonly [object, RegExp]>> = {
  "too few values": [{ DATA: [1] }, /f: 1 values in 3 rows/],
  "another name": [
    { name: "g", DATA: [1, 2, 3] },
    /column 0 is "g" of 3 rows, not "f" of 3/,
  ],
  "another number of rows": [
    { count: 2, DATA: [1, 2] },
    /column 0 is "f" of 2 rows, not "f" of 3/,
  ],
};

describe("readDocument refuses", () => {
  for (const [name, [column, problem]] of Object.entries(WRONG)) {
    it(name, () => {
      assertRangeError(documentOf({}, column), problem);
    });
  }

  it("offsets that belong to other values", () => {
    const type = { name: "utf8" } as const;
    const column = { OFFSET: [0, 1, 1, 2], DATA: ["€", "", "a"] };
    assertRangeError(
      documentOf({ type }, column),
      /f: row 0 ends at 3, its offset is 1/,
    );
  });

  it("a view of another size than its text", () => {
    const VIEWS = Array.from({ length: 3 }, () => ({ SIZE: 2, INLINED: "a" }));
    assertRangeError(
      documentOf({ type: { name: "utf8view" } }, { VIEWS }),
      /view 0 has 1 bytes inlined/,
    );
  });

  it("an id that no dictionary has", () => {
    const dictionary = { id: 3, indexType: int(true, 8), isOrdered: false };
    assertRangeError(
      documentOf({ dictionary }, { DATA: [0, 0, 0] }),
      /no dictionary 3/,
    );
  });

  it("a batch with a column too many", () => {
    const document = documentOf({}, { DATA: [1, 2, 3] });
    assertRangeError(
      { ...document, schema: { fields: [] } },
      /1 columns, 0 fields/,
    );
  });
});

function assertRangeError(
  document: Parameters<typeof readDocument>[0],
  problem: RegExp,
): void {
  const error = assertThrows(() => readDocument(document), RangeError);
  assertEquals(problem.test(error.message), true, error.message);
}
