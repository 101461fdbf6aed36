/**
 * Every kind of layout, through every operation on layouts. A new kind without a sample does not
 * compile; a new module that works on layouts fails until an operation here walks through it.
 */

import {
  assert,
  assertEquals,
  assertGreater,
  assertInstanceOf,
  assertLess,
} from "@std/assert";
import {
  type Data,
  Dictionary,
  Field,
  Int32,
  Schema,
  tableFromIPC,
  Vector,
} from "apache-arrow";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { concat } from "../../internal/arrow/concat.ts";
import { emptyData } from "../../internal/arrow/empty_data.ts";
import {
  type FieldLayout,
  type LayoutKind,
  layoutOf,
} from "../../internal/arrow/field_layout.ts";
import { hydratedSchema, plainValues } from "../../internal/arrow/hydrate.ts";
import { padRows } from "../../internal/arrow/pad_rows.ts";
import { sameType } from "../../internal/arrow/types/same_type.ts";
import { NULL_ROW, take } from "../../internal/arrow/take.ts";
import { withSchema } from "../../internal/arrow/with_schema.ts";
import { FlightError } from "../../internal/core/flight_error.ts";
import type { IpcWriteOptions } from "../../internal/core/ipc_options.ts";
import {
  columnOf,
  decode,
  encode,
  plain,
  receive,
  roundTrip,
  streamOf,
} from "../support/ipc/ipc_streams.ts";
import {
  batchOf,
  dictionaryData,
  ROWS,
  SAMPLES,
} from "../support/ipc/samples.ts";

/** Samples of each kind of layout. */
const SAMPLES_OF: Readonly<Record<LayoutKind, readonly string[]>> = {
  null: ["null"],
  fixed: [
    ...["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"],
    ...["uint64", "float16", "float32", "float64", "decimal32", "decimal64"],
    ...["decimal128", "decimal256", "fixedSizeBinary", "dateDay"],
    ...["dateMillisecond", "timeSecond", "timeMillisecond", "timeMicrosecond"],
    ...["timeNanosecond", "timestampSecond", "timestampMillisecond"],
    ...["timestampMicrosecond", "timestampNanosecond", "durationSecond"],
    ...["durationMillisecond", "durationMicrosecond", "durationNanosecond"],
    ...["intervalYearMonth", "intervalDayTime", "intervalMonthDayNano"],
    ...["dictionary", "nestedDictionary"],
  ],
  bool: ["bool"],
  binary: ["utf8", "largeUtf8", "binary", "largeBinary"],
  view: ["utf8View", "binaryView"],
  list: ["list", "largeList", "map", "listOfDictionary"],
  "fixed list": ["fixedSizeList"],
  struct: ["struct"],
  sparse: ["sparseUnion"],
  dense: ["denseUnion"],
};

/** Samples with values that a peer can get wrong: offsets, indices, views and type ids. */
const CHECKED: Readonly<Record<LayoutKind, readonly string[]>> = {
  null: [],
  fixed: ["dictionary", "nestedDictionary"],
  bool: [],
  binary: SAMPLES_OF.binary,
  view: SAMPLES_OF.view,
  list: SAMPLES_OF.list,
  "fixed list": [],
  // It has texts.
  struct: SAMPLES_OF.struct,
  sparse: SAMPLES_OF.sparse,
  dense: SAMPLES_OF.dense,
};

/** An array, and what it holds. */
interface Sample {
  readonly name: string;
  readonly kind: LayoutKind;
  readonly data: Data;
  readonly layout: FieldLayout;
  /** Its values, as apache-arrow reads them. */
  readonly values: readonly unknown[];
}

function sampleOf(name: string, kind: LayoutKind): Sample {
  const data = SAMPLES[name]!();
  return { name, kind, data, layout: layoutIn(data), values: valuesIn(data) };
}

function layoutIn({ type }: Data): FieldLayout {
  return layoutOf([new Field("c", type, true)]).fields[0]!;
}

function valuesIn(data: Data): unknown[] {
  return Array.from(new Vector([data]), plain);
}

/** Sends and receives batches of one column; gives the values of each. */
function sent(
  columns: readonly Data[],
  options?: IpcWriteOptions,
): unknown[][] {
  const batches = columns.map((c) => batchOf({ c }));
  return roundTrip(batches, undefined, options).map((b) => columnOf(b, "c"));
}

/** Each row of `data` twice, encoded by a dictionary. */
function asDictionary(data: Data, type: Dictionary): Data {
  const indices = Array.from({ length: 2 * data.length }, (_, i) => i >> 1);
  return dictionaryData(type, new Vector([data]), Int32Array.from(indices));
}

function twice(values: readonly unknown[]): unknown[] {
  return values.flatMap((value) => [value, value]);
}

function bodyBytes(data: Data): number {
  return encode([batchOf({ c: data })])
    .reduce((sum, { bodyLength }) => sum + bodyLength, 0);
}

/** A union has no nulls of its own. */
function isUnion({ kind }: Sample): boolean {
  return kind === "sparse" || kind === "dense";
}

/** Operations on each sample, and their modules. */
const OPERATIONS: Readonly<
  Record<string, {
    readonly modules: readonly string[];
    readonly run: (sample: Sample) => void;
  }>
> = {
  "is encoded, decoded, and read by apache-arrow": {
    modules: [
      "ipc/encode/ipc_encoder.ts",
      "ipc/encode/batch_assembler.ts",
      "ipc/encode/encoded_schema.ts",
      "ipc/encode/schema_writer.ts",
      "ipc/decode/ipc_decoder.ts",
      "ipc/decode/batch_loader.ts",
    ],
    run({ data, values }) {
      assertEquals(sent([data]), [[...values]]);
      const stream = streamOf(encode([batchOf({ c: data })]));
      assertEquals(columnOf(tableFromIPC(stream).batches[0]!, "c"), values);
    },
  },
  "is compressed": {
    modules: [],
    run({ data, values }) {
      for (const compression of ["lz4", "zstd"] as const) {
        assertEquals(sent([data], { compression }), [[...values]]);
      }
    },
  },
  "is encoded in slices": {
    modules: [],
    run({ data, values }) {
      for (const [begin, length] of [[0, 1], [3, 9], [8, 13], [20, 1]]) {
        assertEquals(sent([data.slice(begin!, length!)]), [
          values.slice(begin!, begin! + length!),
        ]);
      }
    },
  },
  "is sent without what is outside of a slice": {
    modules: [],
    run({ kind, data, layout }) {
      // The values of a dictionary are sent whole.
      if (kind === "null" || layout.hasDictionaries) return;
      const many = concat(layout, Array.from({ length: 40 }, () => data));
      assertLess(bodyBytes(many.slice(100, 2)), bodyBytes(many) / 4);
    },
  },
  "is split to the size of batches": {
    modules: ["ipc/encode/batch_splitter.ts"],
    run({ kind, data, values }) {
      const parts = sent([data], { maxBatchBytes: 1 });
      assertEquals(parts.flat(), values);
      if (kind !== "null") assertEquals(parts.length, ROWS);
    },
  },
  "is empty": {
    modules: ["arrow/empty_data.ts"],
    run({ data, layout }) {
      assertEquals(valuesIn(emptyData(layout)), []);
      assertEquals(sent([emptyData(layout)]), [[]]);
      assertEquals(sent([data.slice(0, 0)]), [[]]);
    },
  },
  "is taken by rows, in any order": {
    modules: ["arrow/take.ts"],
    run(sample) {
      const { data, layout, values } = sample;
      const rows = Array.from({ length: 2 * ROWS }, (_, i) => i * 8 % ROWS);
      if (!isUnion(sample)) rows.splice(3, 2, NULL_ROW, NULL_ROW);
      const taken = take(layout, [data], Int32Array.from(rows));
      const wanted = rows.map((row) => row < 0 ? null : values[row]);
      assertEquals(valuesIn(taken), wanted);
      assertEquals(sent([taken]), [wanted]);
    },
  },
  "is joined from chunks": {
    modules: ["arrow/concat.ts"],
    run({ data, layout, values }) {
      const chunks = [data.slice(2, 7), data.slice(0, 0), data.slice(9, 12)];
      const joined = concat(layout, chunks);
      const wanted = [...values.slice(2, 9), ...values.slice(9, 21)];
      assertEquals(valuesIn(joined), wanted);
      assertEquals(sent([joined]), [wanted]);
    },
  },
  "is padded": {
    modules: ["arrow/pad_rows.ts"],
    run(sample) {
      // The children of structs and of fixed lists are padded, and are no unions then.
      if (isUnion(sample)) return;
      const { data, layout, values } = sample;
      const padded = padRows(layout, data, ROWS + 10);
      assertEquals(padded.length, ROWS + 10);
      assertEquals(valuesIn(padded).slice(0, ROWS), values);
      assertEquals(sent([padded])[0]!.slice(0, ROWS), values);
    },
  },
  "is hydrated as the values of a dictionary": {
    modules: ["arrow/hydrate.ts"],
    run({ data, values }) {
      const type = new Dictionary(data.type, new Int32(), 77);
      const column = asDictionary(data, type);
      const fields = [new Field("c", type, true)];
      const [plainField] = hydratedSchema(new Schema(fields)).fields;
      const layout = layoutOf([plainField!]).fields[0]!;
      assertEquals(valuesIn(plainValues(layout, column)), twice(values));
      const sentAsRows = sent([column], { dictionaries: "hydrate" });
      assertEquals(sentAsRows, [twice(values)]);
    },
  },
  "is a dictionary that grows": {
    modules: [
      "ipc/encode/dictionary_tracker.ts",
      "ipc/encode/equal_data.ts",
      "ipc/decode/dictionary_store.ts",
      "ipc/decode/growing_dictionary.ts",
    ],
    run({ data, layout, values }) {
      // The values of a dictionary cannot be dictionary-encoded themselves.
      if (layout.dictionary) return;
      const type = new Dictionary(data.type, new Int32(), 78);
      const columns = [5, 5, ROWS].map((length) =>
        asDictionary(data.slice(0, length), type)
      );
      const wanted = [5, 5, ROWS].map((n) => twice(values.slice(0, n)));
      for (const dictionaries of ["delta", "replacement"] as const) {
        assertEquals(sent(columns, { dictionaries }), wanted);
      }
      const messages = (rows: number) =>
        encode(
          [batchOf({ c: columns[0]! }), batchOf({ c: columns[rows]! })],
          undefined,
          { dictionaries: "delta" },
        ).length;
      // The same values are recognized, other objects or not: only what is new is sent.
      assertGreater(messages(2), messages(1));
    },
  },
  "has a type that equals itself, and a schema that can be replaced": {
    modules: [],
    run({ name, data, values }) {
      assert(sameType(data.type, SAMPLES[name]!().type));
      for (const [other, make] of Object.entries(SAMPLES)) {
        if (other !== name) assert(!sameType(data.type, make().type), other);
      }
      const batch = batchOf({ c: data });
      const fields = [new Field("c", SAMPLES[name]!().type, true)];
      const schema = new Schema(fields, new Map([["k", "v"]]));
      const replaced = withSchema(batch, schema);
      assertEquals(replaced.schema, schema);
      assertEquals(columnOf(replaced, "c"), values);
    },
  },
  "is refused when its body is cut": {
    modules: [],
    run({ data }) {
      const [schema, ...rest] = receive(encode([batchOf({ c: data })]));
      for (const [i, { header, body }] of rest.entries()) {
        if (body.length === 0) continue;
        const cut = { header, body: body.slice(0, -8) };
        assertRefused([schema!, ...rest.with(i, cut)]);
      }
    },
  },
  "is refused when its values are wrong, or read as they are": {
    modules: [],
    run({ name, kind, data }) {
      let refused = 0;
      const messages = receive(encode([batchOf({ c: data })]));
      for (const [i, { header, body }] of messages.entries()) {
        for (let at = 0; at < body.length; at += 8) {
          const wrong = body.slice();
          wrong.fill(0xff, at, at + 8);
          try {
            decode(messages.with(i, { header, body: wrong }))
              .map((batch) => columnOf(batch, "c"));
          } catch (error) {
            assertInstanceOf(error, FlightError, `${name} at ${at}: ${error}`);
            assertEquals(error.code, "INVALID_ARGUMENT");
            refused++;
          }
        }
      }
      if (CHECKED[kind].includes(name)) assertGreater(refused, 0, name);
      else assertEquals(refused, 0, name);
    },
  },
};

function assertRefused(messages: Parameters<typeof decode>[0]): void {
  let error: unknown;
  try {
    decode(messages);
  } catch (thrown) {
    error = thrown;
  }
  assertInstanceOf(error, FlightError, String(error));
  assertEquals(error.code, "INVALID_ARGUMENT");
}

for (const [kind, names] of Object.entries(SAMPLES_OF)) {
  for (const [operation, { run }] of Object.entries(OPERATIONS)) {
    test(`layout ${kind}: an array ${operation}`, () => {
      for (const name of names) run(sampleOf(name, kind as LayoutKind));
    });
  }
}

test("layouts: every sample is walked, as the kind that it has", () => {
  const walked: string[] = [];
  for (const [kind, names] of Object.entries(SAMPLES_OF)) {
    assertGreater(names.length, 0, kind);
    for (const name of names) {
      assertEquals(layoutIn(SAMPLES[name]!()).kind, kind, name);
      walked.push(name);
    }
  }
  assertEquals(walked.sort(), Object.keys(SAMPLES).sort());
});

test("layouts: every module that works on them is walked through", () => {
  const root = new URL("../../internal/", import.meta.url);
  const modules = ["arrow/", "ipc/encode/", "ipc/decode/"].flatMap((folder) =>
    readdirSync(new URL(folder, root), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => `${folder}${name}`)
      .filter((path) =>
        readFileSync(new URL(path, root), "utf8").includes('field_layout.ts"')
      )
  );
  const walked = Object.values(OPERATIONS).flatMap(({ modules }) => modules);
  assertEquals([...new Set(walked)].sort(), modules.sort());
});
