import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type Data,
  type DataType,
  Dictionary,
  Field,
  Int32,
  Int64,
  Int8,
  makeData,
  type RecordBatch,
  Schema,
  Struct,
  tableFromIPC,
  Utf8,
  Vector,
  vectorFromArray,
} from "apache-arrow";
import { test } from "node:test";
import { FlightError } from "../../internal/core/flight_error.ts";
import { IpcEncoder } from "../../internal/ipc/encode/ipc_encoder.ts";
import { batchOf, dictionaryData } from "../support/ipc/samples.ts";
import {
  columnOf,
  decode,
  encode,
  encodeBatch,
  receive,
  roundTrip,
  streamOf,
  valuesOf,
} from "../support/ipc/ipc_streams.ts";
import {
  check,
  checkBoth,
  DELTA,
  outline,
  words,
  wordType,
} from "./dictionary_checks.ts";

test("a dictionary is sent once", () => {
  const data = dictionaryData(wordType(3), words("a", "b"), [0, 1, 0]);
  const batch = batchOf({ c: data });
  checkBoth([batch, batch, batch.slice(1, 2)], [
    "dictionary 3",
    "batch",
    "batch",
    "batch",
  ]);
});

test("a dictionary of other objects with the same memory is not sent again", () => {
  const values = words("a", "b");
  const copy = new Vector(values.data.map((chunk) => chunk.clone()));
  const batches = [values, copy, copy.memoize()].map((vector) =>
    batchOf({ c: dictionaryData(wordType(3), vector, [0, 1]) })
  );
  checkBoth(batches, ["dictionary 3", "batch", "batch", "batch"]);
});

test("a dictionary that grows is sent in deltas", () => {
  const t = wordType(1);
  const [a, b, c] = [words("a", "b"), words("c"), words("d", null)];
  const batches = [
    batchOf({ c: dictionaryData(t, a, [0, 1]) }),
    batchOf({ c: dictionaryData(t, a.concat(b), [2, 0]) }),
    batchOf({ c: dictionaryData(t, a, [1, 1]) }),
    batchOf({ c: dictionaryData(t, a.concat(b, c), [3, 2, 1, 0, 4]) }),
  ];
  checkBoth(batches, [
    "dictionary 1",
    "batch",
    "delta 1",
    "batch",
    "batch",
    "delta 1",
    "batch",
  ], DELTA);
});

test("a dictionary in several chunks is sent with deltas", () => {
  const values = words("a").concat(words("b"), words("c"));
  checkBoth([batchOf({ c: dictionaryData(wordType(1), values, [2, 1, 0]) })], [
    "dictionary 1",
    "delta 1",
    "delta 1",
    "batch",
  ], DELTA);
});

test("another dictionary is a replacement", () => {
  const t = wordType(1);
  const batches = [words("a", "b"), words("b", "a"), words("c", "d", "e")].map(
    (values) => batchOf({ c: dictionaryData(t, values, [0, 1]) }),
  );
  checkBoth(batches, [
    "dictionary 1",
    "batch",
    "dictionary 1",
    "batch",
    "dictionary 1",
    "batch",
  ]);
});

test("a dictionary whose beginning changed is a replacement", () => {
  const t = wordType(1);
  const tail = words("z");
  const batches = [words("a"), words("b")].map((head) =>
    batchOf({ c: dictionaryData(t, head.concat(tail), [0, 1]) })
  );
  checkBoth(batches, [
    "dictionary 1",
    "delta 1",
    "batch",
    "dictionary 1",
    "delta 1",
    "batch",
  ], DELTA);
});

test("batches keep the dictionary they were decoded with", () => {
  const t = wordType(1);
  const [a, b] = [words("a", "b"), words("c")];
  const batches = [a, a.concat(b), words("x", "y", "z")].map((values) =>
    batchOf({ c: dictionaryData(t, values, [0, values.length - 1]) })
  );
  const decoded = roundTrip(batches);
  assertEquals(decoded.map((batch) => columnOf(batch, "c")), [
    ["a", "b"],
    ["a", "c"],
    ["x", "z"],
  ]);
});

test("fields that share a dictionary send it once", () => {
  const t = wordType(5);
  const values = words("a", "b");
  const batch = batchOf({
    x: dictionaryData(t, values, [0, 1]),
    y: dictionaryData(t, values, [1, 1]),
  });
  checkBoth([batch, batch], ["dictionary 5", "batch", "batch"]);
});

test("fields that share a dictionary at different sizes send the larger", () => {
  const t = wordType(5);
  const values = words("a", "b");
  const batch = batchOf({
    x: dictionaryData(t, values, [0, 1]),
    y: dictionaryData(t, values.concat(words("c")), [2, 1]),
    z: dictionaryData(t, values, [1, 0]),
  });
  check([batch, batch], ["dictionary 5", "delta 5", "batch", "batch"], DELTA);
});

test("fields with one type and different dictionaries are kept apart", () => {
  // Two columns built with the same type object: apache-arrow cannot write them.
  const t = wordType(5);
  const [x, y] = [words("a", "b"), words("y", "a", "x")];
  const batch = batchOf({
    x: dictionaryData(t, x, [0, 1, 0]),
    y: dictionaryData(t, y, [2, 1, 0], Uint8Array.of(0b101)),
  });
  check([batch, batch, batch.slice(1, 3)], [
    "dictionary 5",
    "delta 5",
    "batch",
    "batch",
    "batch",
  ], DELTA);
  const table = tableFromIPC(streamOf(encode([batch])));
  assertEquals(columnOf(table.batches[0]!, "y"), ["x", null, "y"]);
});

test("different dictionaries of one id may grow and change", () => {
  const t = wordType(5);
  const [x, y] = [words("a", "b"), words("y", "a", "x")];
  const data = (vector: Vector, indices: number[]) =>
    dictionaryData(t, vector, indices);
  check([
    batchOf({ x: data(x, [0, 1]), y: data(y, [2, 1]) }),
    batchOf({ x: data(x, [0, 1]), y: data(y.concat(words("z")), [3, 0]) }),
    batchOf({ x: data(words("q"), [0, 0]), y: data(y, [2, 0]) }),
  ], [
    "dictionary 5",
    "delta 5",
    "batch",
    "delta 5",
    "batch",
    "dictionary 5",
    "delta 5",
    "batch",
  ], DELTA);
});

test("dictionaries: shared indices that no longer fit are refused", () => {
  const t = wordType(5);
  const many = words(...Array.from({ length: 100 }, (_, i) => `v${i}`));
  const batch = batchOf({
    x: dictionaryData(t, many, [0]),
    y: dictionaryData(t, words(...many), [99]),
  });
  assertThrows(
    () => encode([batch]),
    FlightError,
    'field "y" shares its dictionary with others, and index 199 does not fit into Int8',
  );
});

test("dictionaries: shared indices of 64 bits are shifted too", () => {
  const t = new Dictionary(new Utf8(), new Int64() as never, 5);
  const batch = batchOf({
    x: makeData({
      type: t,
      data: BigInt64Array.of(0n, 1n) as never,
      dictionary: words("a", "b"),
    }),
    y: makeData({
      type: t,
      data: BigInt64Array.of(1n, 0n) as never,
      dictionary: words("c", "d"),
    }),
  });
  const [decoded] = roundTrip([batch]);
  assertEquals(columnOf(decoded!, "x"), ["a", "b"]);
  assertEquals(columnOf(decoded!, "y"), ["d", "c"]);
});

test("dictionaries: types with one id and different values get different ids", () => {
  const numbers = new Vector([
    makeData({ type: new Int32(), data: Int32Array.of(7, 8) }),
  ]);
  const columns: [string, Data][] = [
    ["text", dictionaryData(wordType(0), words("a", "b"), [1, 0])],
    [
      "number",
      dictionaryData(new Dictionary(new Int32(), new Int8(), 0), numbers, [
        0,
        1,
      ]),
    ],
    ["more", dictionaryData(wordType(0), words("c", "d"), [1, 0])],
  ];
  const batch = clashing(columns);
  check([batch, batch], [
    "dictionary 0",
    "dictionary 1",
    "dictionary 2",
    "batch",
    "batch",
  ]);
});

/** A batch of fields whose ids clash: apache-arrow would refuse to make its schema. */
function clashing(columns: [string, Data][]): RecordBatch {
  const fields = columns.map(([name, { type }]) =>
    new Field(name, type as DataType, true)
  );
  const batch = batchOf({ first: columns[0]![1] });
  Object.assign(batch, {
    schema: new Schema(fields, null, new Map()),
    data: makeData({
      type: new Struct(fields),
      length: columns[0]![1].length,
      children: columns.map(([, data]) => data),
    }),
  });
  return batch;
}

test("dictionaries: batches of independent builders need no common ids", () => {
  const batches = [["a", "b"], ["c"], ["d", "a"]].map((values) => {
    const t = new Dictionary(new Utf8(), new Int32());
    return batchOf({ c: vectorFromArray(values, t).data[0]! });
  });
  const ids = batches.map(({ schema }) => schema.fields[0]!.type.id);
  assertEquals(new Set(ids).size, 3);
  check(batches, [
    `dictionary ${ids[0]}`,
    "batch",
    `dictionary ${ids[0]}`,
    "batch",
    `dictionary ${ids[0]}`,
    "batch",
  ]);
});

test("a dictionary without values is sent: others wait for it", () => {
  const t = wordType(1);
  const batches = [words(), words("a")].map((values) =>
    batchOf({ c: dictionaryData(t, values, values.length ? [0] : []) })
  );
  check([batches[0]!, batches[0]!, batches[1]!], [
    "dictionary 1",
    "batch",
    "batch",
    "dictionary 1",
    "batch",
  ]);
});

test("a column without dictionary has an empty one", () => {
  const data = dictionaryData(
    wordType(1),
    words("a"),
    [0, 0],
    Uint8Array.of(0),
  );
  const bare = data.clone();
  delete bare.dictionary;
  const messages = encode([batchOf({ c: bare })]);
  assertEquals(outline(messages), ["schema", "dictionary 1", "batch"]);
  const [decoded] = decode(receive(messages));
  assertEquals(columnOf(decoded!, "c"), [null, null]);
});

test("a batch of nulls may come without its dictionary", () => {
  const nulls = dictionaryData(
    wordType(1),
    words("a"),
    [0, 0],
    Uint8Array.of(0),
  );
  for (
    const batch of [batchOf({ c: nulls }), batchOf({ c: nulls }).slice(0, 0)]
  ) {
    const messages = receive(encode([batch])).toSpliced(1, 1);
    const [decoded] = decode(messages);
    assertEquals(valuesOf(decoded!), valuesOf(batch));
    assertEquals(decoded!.getChild("c")!.data[0]!.dictionary!.length, 0);
  }
});

test("a new schema forgets dictionaries", () => {
  const batch = batchOf({ c: dictionaryData(wordType(1), words("a"), [0]) });
  const encoder = new IpcEncoder();
  const messages = [
    encoder.schema(batch.schema),
    ...encodeBatch(encoder, batch),
    encoder.schema(batch.schema),
    ...encodeBatch(encoder, batch),
  ];
  assertEquals(outline(messages), [
    "schema",
    "dictionary 1",
    "batch",
    "schema",
    "dictionary 1",
    "batch",
  ]);
});

test("dictionaries: indices of 64 bits can be read", () => {
  const t = new Dictionary(new Utf8(), new Int64() as never, 5);
  const data = makeData({
    type: t,
    data: BigInt64Array.of(1n, 0n, 2n) as never,
    dictionary: words("a", "b").concat(words("c")),
  });
  const [decoded] = roundTrip([batchOf({ c: data })]);
  assertEquals(columnOf(decoded!, "c"), ["b", "a", "c"]);
  const again = roundTrip([decoded!, decoded!.slice(1, 3)]);
  assertEquals(again.map((batch) => columnOf(batch, "c")), [
    ["b", "a", "c"],
    ["a", "c"],
  ]);
});

test("strings of a dictionary are decoded once", () => {
  const data = dictionaryData(wordType(1), words("a", "b"), [0, 1]);
  const [decoded] = roundTrip([batchOf({ c: data })]);
  assert(decoded!.getChild("c")!.isMemoized);
});
