/**
 * The data files of Arrow's integration tests: of each the fields, and the
 * rows of the batches.
 *
 * @module
 */
import type { JsonDocument, JsonMetadata } from "../json_document.ts";
import { binary, fixedSizeBinary, utf8, view } from "./binary_fields.ts";
import {
  type FieldGenerator,
  type FieldOptions,
  renamed,
} from "./field_generator.ts";
import {
  dictionary,
  dictionaryBatch,
  type DictionaryGenerator,
  fixedSizeList,
  INT8,
  largeList,
  list,
  listView,
  map,
  nulls,
  runEndEncoded,
  struct,
  union,
} from "./nested_fields.ts";
import {
  bool,
  date,
  decimal,
  duration,
  float,
  int,
  int32,
  interval,
  intType,
  time,
  timestamp,
} from "./number_fields.ts";
import { Random } from "./random.ts";

/** Parts of a file. */
interface Case {
  readonly fields: readonly FieldGenerator[];
  /** The rows of each batch; two batches by default. */
  readonly rows?: readonly number[];
  readonly dictionaries?: readonly DictionaryGenerator[];
  readonly metadata?: JsonMetadata;
}

/** Each kind of field twice: with nulls and without. */
function both(
  kinds: Readonly<
    Record<string, (name: string, options: FieldOptions) => FieldGenerator>
  >,
): FieldGenerator[] {
  return Object.entries(kinds).flatMap(([name, make]) => [
    make(`${name}_nullable`, { nullable: true }),
    make(`${name}_nonnullable`, { nullable: false }),
  ]);
}

const PRIMITIVE = both({
  bool,
  int8: (name, options) => int(name, true, 8, options),
  int16: (name, options) => int(name, true, 16, options),
  int32,
  int64: (name, options) => int(name, true, 64, options),
  uint8: (name, options) => int(name, false, 8, options),
  uint16: (name, options) => int(name, false, 16, options),
  uint32: (name, options) => int(name, false, 32, options),
  uint64: (name, options) => int(name, false, 64, options),
  float32: (name, options) => float(name, "SINGLE", options),
  float64: (name, options) => float(name, "DOUBLE", options),
  fixedsizebinary_19: (name, options) => fixedSizeBinary(name, 19, options),
  fixedsizebinary_120: (name, options) => fixedSizeBinary(name, 120, options),
});

const BINARY = both({
  binary: (name, options) => binary(name, "binary", options),
  utf8,
});

const LARGE_BINARY = both({
  largebinary: (name, options) => binary(name, "largebinary", options),
  largeutf8: (name, options) => binary(name, "largeutf8", options),
});

/** Decimals of every precision from `low` to `high`. */
function decimals(
  bitWidth: number,
  scale: number,
  [low, high]: readonly [number, number],
): FieldGenerator[] {
  return Array.from(
    { length: high - low + 1 },
    (_, index) => decimal(`f${index}`, bitWidth, low + index, scale),
  );
}

/** Dictionaries of text. */
function textDictionary(id: number, count: number): DictionaryGenerator {
  return { id, values: utf8(`dictionary${id}`), count };
}

/** Entries that say nothing. */
function meta(...keys: string[]): JsonMetadata {
  return keys.map((key) => ({ key, value: "{}" }));
}

function extension(name: string, serialized: string): JsonMetadata {
  return [
    { key: "ARROW:extension:name", value: name },
    { key: "ARROW:extension:metadata", value: serialized },
  ];
}

const TEXTS = textDictionary(0, 10);
const LISTS: DictionaryGenerator = {
  id: 1,
  values: list("list", dictionary("str_dict", INT8, TEXTS)),
  count: 30,
};
const STRUCTS: DictionaryGenerator = {
  id: 2,
  values: struct("struct", [
    dictionary("str_dict_a", INT8, TEXTS),
    dictionary("str_dict_b", INT8, TEXTS),
  ]),
  count: 30,
};

const DICTIONARY = [textDictionary(0, 10), textDictionary(1, 5), {
  id: 2,
  values: int("dictionary2", true, 64),
  count: 50,
}] as const;

const UNSIGNED = [
  textDictionary(0, 5),
  textDictionary(1, 5),
  textDictionary(2, 5),
] as const;

const CASES: Readonly<Record<string, Case>> = {
  primitive_no_batches: { fields: PRIMITIVE, rows: [] },
  primitive: { fields: PRIMITIVE, rows: [17, 20] },
  primitive_zerolength: { fields: PRIMITIVE, rows: [0, 0, 0] },
  binary_no_batches: { fields: BINARY, rows: [] },
  binary: { fields: BINARY, rows: [17, 20] },
  binary_zerolength: { fields: BINARY, rows: [0, 0, 0] },
  large_binary: { fields: LARGE_BINARY, rows: [17, 20] },
  null: {
    fields: [
      nulls("f0"),
      int32("f1"),
      nulls("f2"),
      float("f3", "DOUBLE"),
      nulls("f4"),
    ],
    rows: [10, 0],
  },
  null_trivial: { fields: [nulls("f0")], rows: [0, 0] },
  decimal32: { fields: decimals(32, 2, [3, 9]) },
  decimal64: { fields: decimals(64, 2, [3, 18]) },
  decimal128: { fields: decimals(128, 2, [3, 38]) },
  decimal256: { fields: decimals(256, 5, [37, 69]) },
  datetime: {
    fields: [
      date("f0", "DAY"),
      date("f1", "MILLISECOND"),
      time("f2", "SECOND"),
      time("f3", "MILLISECOND"),
      time("f4", "MICROSECOND"),
      time("f5", "NANOSECOND"),
      timestamp("f6", "SECOND"),
      timestamp("f7", "MILLISECOND"),
      timestamp("f8", "MICROSECOND"),
      timestamp("f9", "NANOSECOND"),
      timestamp("f10", "SECOND", "UTC"),
      timestamp("f11", "MILLISECOND", "US/Eastern"),
      timestamp("f12", "MICROSECOND", "Europe/Paris"),
      timestamp("f13", "NANOSECOND", "US/Pacific"),
    ],
  },
  duration: {
    fields: [
      duration("f1", "SECOND"),
      duration("f2", "MILLISECOND"),
      duration("f3", "MICROSECOND"),
      duration("f4", "NANOSECOND"),
    ],
  },
  interval: {
    fields: [interval("f5", "YEAR_MONTH"), interval("f6", "DAY_TIME")],
  },
  interval_mdn: { fields: [interval("f1", "MONTH_DAY_NANO")] },
  map: {
    fields: [
      map("map_nullable", utf8("key", { nullable: false }), int32("value")),
    ],
  },
  map_non_canonical: {
    fields: [
      map(
        "map_other_names",
        utf8("some_key", { nullable: false }),
        int32("some_value"),
        "some_entries",
      ),
    ],
    rows: [7],
  },
  nested: {
    fields: [
      list("list_nullable", int32("item")),
      fixedSizeList("fixedsizelist_nullable", int32("item"), 4),
      struct("struct_nullable", [int32("f1"), utf8("f2")]),
    ],
  },
  recursive_nested: {
    fields: [
      list("lists_list", list("inner_list", int("item", true, 16))),
      list("structs_list", struct("inner_struct", [int32("f1"), utf8("f2")])),
    ],
  },
  nested_large_offsets: {
    fields: [
      largeList("large_list_nullable", int32("item")),
      largeList("large_list_nonnullable", int32("item"), { nullable: false }),
      largeList("large_list_nested", list("inner_list", int("item", true, 16))),
    ],
    rows: [0, 13],
  },
  union: {
    fields: [
      union("sparse_1", "SPARSE", { 5: int32("f1"), 7: utf8("f2") }),
      union("dense_1", "DENSE", {
        10: int("f1", true, 16),
        20: binary("f2", "binary"),
      }),
      union("sparse_2", "SPARSE", {
        5: float("f1", "SINGLE", { nullable: false }),
        7: bool("f2"),
      }, { nullable: false }),
      union("dense_2", "DENSE", {
        42: int("f1", false, 8, { nullable: false }),
        43: int("f2", false, 16),
        44: nulls("f3"),
      }, { nullable: false }),
    ],
    rows: [0, 11],
  },
  custom_metadata: {
    fields: [
      int("sort_of_pandas", true, 8, { metadata: meta("pandas") }),
      int("lots_of_meta", true, 8, {
        metadata: meta("a", "b", "c", "d", "..", "w", "x", "y", "z"),
      }),
      int("unregistered_extension", true, 8, {
        metadata: [
          ...extension("!nonexistent", ""),
          {
            key: "ARROW:integration:allow_unregistered_extension",
            value: "true",
          },
        ],
      }),
      list(
        "list_with_odd_values",
        int32("item", { metadata: meta("odd_values") }),
      ),
    ],
    rows: [1],
    metadata: meta("schema_custom_0", "schema_custom_1"),
  },
  duplicate_fieldnames: {
    fields: [
      int("ints", true, 8),
      int32("ints"),
      struct("struct", [int32(""), utf8("")]),
    ],
    rows: [1],
  },
  dictionary: {
    fields: [
      dictionary("dict0", INT8, DICTIONARY[0]),
      dictionary("dict1", intType(true, 32), DICTIONARY[1]),
      dictionary("dict2", intType(true, 16), DICTIONARY[2]),
    ],
    dictionaries: DICTIONARY,
  },
  dictionary_unsigned: {
    fields: [
      dictionary("f0", intType(false, 8), UNSIGNED[0]),
      dictionary("f1", intType(false, 16), UNSIGNED[1]),
      dictionary("f2", intType(false, 32), UNSIGNED[2]),
    ],
    dictionaries: UNSIGNED,
  },
  nested_dictionary: {
    fields: [
      dictionary("list_dict", INT8, LISTS),
      dictionary("struct_dict", INT8, STRUCTS),
    ],
    rows: [10, 13],
    dictionaries: [TEXTS, LISTS, STRUCTS],
  },
  run_end_encoded: {
    fields: [
      runEndEncoded("ree16", 16, int32("values")),
      runEndEncoded("ree32", 32, utf8("values")),
      runEndEncoded("ree64", 64, float("values", "SINGLE")),
    ],
    rows: [0, 7, 10],
  },
  binary_view: {
    fields: [view("bv", "binaryview"), view("sv", "utf8view")],
    rows: [0, 7, 256],
  },
  list_view: {
    fields: [
      listView("lv", "listview", float("item", "SINGLE")),
      listView("llv", "largelistview", float("item", "SINGLE")),
    ],
    rows: [0, 7, 256],
  },
  extension: {
    fields: [
      renamed(fixedSizeBinary("uuids", 16), {
        metadata: extension("arrow.uuid", ""),
      }),
      renamed(dictionary("dict_exts", INT8, UNSIGNED[0]), {
        metadata: extension("dict-extension", "dict-extension-serialized"),
      }),
    ],
    rows: [0, 13],
    dictionaries: [UNSIGNED[0]],
  },
};

/** The names of all cases. */
export const CASE_NAMES: readonly string[] = Object.keys(CASES);

/**
 * Makes the file of a case: always the same one.
 *
 * @throws {RangeError} When there is no case of that name.
 */
export function generateCase(name: string): JsonDocument {
  const found = CASES[name];
  if (found === undefined) throw new RangeError(`there is no case ${name}`);
  const { fields, rows = [7, 10], dictionaries, metadata } = found;
  const random = new Random(name);
  return {
    schema: {
      fields: fields.map(({ field }) => field),
      ...(metadata ? { metadata } : {}),
    },
    ...(dictionaries
      ? { dictionaries: dictionaries.map(dictionaryBatch) }
      : {}),
    batches: rows.map((count) => ({
      count,
      columns: fields.map((field) => field.column(random, count)),
    })),
  };
}
