/** Run-end encoded columns and list views: plain in memory, encoded on the wire. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type Data,
  type DataType,
  Dictionary,
  Field,
  Int32,
  LargeList,
  List,
  makeData,
  type RecordBatch,
  RecordBatch as Batch,
  Schema,
  Struct,
  tableFromIPC,
  Utf8,
  Vector,
  vectorFromArray,
} from "apache-arrow";
import { test } from "node:test";
import {
  decodeSchema,
  encodeSchema,
  encodingOf,
  FlightError,
  listView,
  runEndEncoded,
  runsOf,
  withoutEncodings,
} from "@contrail/flight";
import {
  columnOf,
  encode,
  receive,
  roundTrip,
  streamOf,
  valuesOf,
} from "../support/ipc/ipc_streams.ts";
import { batchOf, ROWS, SAMPLES } from "../support/ipc/samples.ts";
import { rpcTest } from "../support/transports.ts";

/** The batch with `type` as the type of its only column. */
function typed(batch: RecordBatch, type: DataType): RecordBatch {
  const schema = new Schema([new Field("column", type, true)]);
  const [column] = batch.data.children as Data[];
  return new Batch(
    schema,
    makeData({
      type: new Struct(schema.fields),
      length: batch.numRows,
      nullCount: 0,
      children: [column!],
    }),
  );
}

/** The same rows several times, so that there are runs. */
function repeated(data: Data): RecordBatch {
  return batchOf({ column: data });
}

const SLICES: [number, number][] = [[0, ROWS], [0, 5], [3, 12], [9, 9], [
  13,
  20,
]];

for (const [name, make] of Object.entries(SAMPLES)) {
  for (const bits of [16, 32, 64] as const) {
    test(`run ends of ${bits} bits: ${name} survives a round trip, whole and in slices`, () => {
      const batch = repeated(make());
      const { type } = batch.schema.fields[0]!;
      const schema = new Schema([
        new Field("column", runEndEncoded(type, bits), true),
      ]);
      const slices = SLICES.map(([begin, end]) => batch.slice(begin, end));
      const decoded = roundTrip(slices, schema);
      assertEquals(decoded.map(valuesOf), slices.map(valuesOf));
      assertEquals(encodingOf(decoded[0]!.schema.fields[0]!.type), {
        kind: "run ends",
        runEndBits: bits,
      });
      // Once more, with the runs that arrived, and with those of a slice.
      const again = roundTrip(decoded, decoded[0]!.schema);
      assertEquals(again.map(valuesOf), slices.map(valuesOf));
      const part = decoded[0]!.slice(2, 17).slice(1, 12);
      const [sliced] = roundTrip([part], decoded[0]!.schema);
      assertEquals(valuesOf(sliced!), valuesOf(batch.slice(3, 14)));
    });
  }
}

for (const name of ["list", "largeList", "listOfDictionary"]) {
  test(`list views: ${name} survives a round trip, whole and in slices`, () => {
    const batch = repeated(SAMPLES[name]!());
    const { type } = batch.schema.fields[0]!;
    const schema = new Schema([
      new Field("column", listView(type), true),
      new Field("runs", runEndEncoded(listView(type)), true),
    ]);
    const [data] = batch.data.children as Data[];
    const both = batchOf({ column: data!, runs: data! });
    const slices = SLICES.map(([begin, end]) => both.slice(begin, end));
    const decoded = roundTrip(slices, schema);
    assertEquals(decoded.map(valuesOf), slices.map(valuesOf));
    const [views, runs] = decoded[0]!.schema.fields;
    assertEquals(encodingOf(views!.type), { kind: "list view" });
    assertEquals(encodingOf(runs!.type), {
      kind: "run ends",
      runEndBits: 32,
      values: { kind: "list view" },
    });
    const again = roundTrip(decoded, decoded[0]!.schema);
    assertEquals(again.map(valuesOf), slices.map(valuesOf));
  });
}

const runs = Int32Array.of(7, 7, 7, 9, 9, 7);

test("run ends are as few as there are runs", () => {
  const batch = batchOf({ column: vectorFromArray(runs).data[0]! });
  const schema = new Schema([
    new Field("column", runEndEncoded(new Int32()), false),
  ]);
  const [, message] = receive(encode([batch], schema));
  assertEquals(
    [...new Int32Array(message!.body.buffer, message!.body.byteOffset)],
    [3, 5, 6, 0, 7, 9, 7, 0],
  );
  const [decoded] = roundTrip([batch], schema);
  const [found] = runsOf(decoded!.getChildAt(0)!);
  assertEquals([...found!.ends], [3, 5, 6]);
  assertEquals([...found!.values], [7, 9, 7]);
});

test("runsOf() finds the runs of any column, chunk by chunk", () => {
  const zeros = vectorFromArray(Float64Array.of(0, -0, NaN, NaN));
  assertEquals([...runsOf(zeros)[0]!.ends], [1, 2, 4]);
  const texts = vectorFromArray(["a", "a", null, null, "b"], new Utf8());
  const chunked = new Vector([texts.data[0]!, texts.slice(1, 4).data[0]!]);
  const found = runsOf(chunked);
  assertEquals(found.map(({ ends }) => [...ends]), [[2, 4, 5], [1, 3]]);
  assertEquals(found.map(({ values }) => [...values]), [
    ["a", null, "b"],
    ["a", null],
  ]);
  assertEquals(
    [...runsOf(texts.slice(0, 0)).flatMap(({ ends }) => [...ends])],
    [],
  );
});

test("runEndEncoded() with ends of 16 bits refuses more rows than they count", () => {
  const schema = new Schema([
    new Field("column", runEndEncoded(new Int32(), 16), false),
  ]);
  const rows = (length: number) =>
    batchOf({ column: vectorFromArray(new Int32Array(length)).data[0]! });
  const [most] = roundTrip([rows(32_767)], schema);
  assertEquals(most!.numRows, 32_767);
  const error = assertThrows(
    () => roundTrip([rows(32_768)], schema),
    FlightError,
  );
  assertEquals(
    error.details,
    'Cannot encode RecordBatch: field "column" has 32768 rows, but ends of runs of 16 bits count up to 32767',
  );
});

test("runEndEncoded() and listView() do not change the type that they are given", () => {
  const int = new Int32();
  const list = new List(new Field("item", int, true));
  runEndEncoded(int);
  listView(list);
  assertEquals([encodingOf(int), encodingOf(list)], [undefined, undefined]);
  assertEquals(String(runEndEncoded(list)), String(list));
  assertThrows(
    () => runEndEncoded(int, 8 as 16),
    RangeError,
    "Cannot use runEndBits: 8 is not 16, 32 or 64",
  );
  assertThrows(
    () => listView(int),
    TypeError,
    "Cannot make a list view of Int32: it is no list",
  );
});

test("withoutEncodings() makes a schema that any reader knows", () => {
  const colour = new Dictionary(runEndEncoded(new Utf8()), new Int32());
  const list = listView(
    new LargeList(new Field("item", runEndEncoded(new Int32()), true)),
  );
  const schema = new Schema([
    new Field("a", runEndEncoded(new Int32()), true, new Map([["k", "v"]])),
    new Field("b", new Struct([new Field("c", list, true)]), true),
    new Field("d", colour, true),
    new Field("e", new Int32(), true),
  ], new Map([["x", "y"]]));
  const plain = withoutEncodings(schema);
  assertEquals(String(plain), String(schema));
  assertEquals(plain.fields[0]!.metadata.get("k"), "v");
  assertEquals(plain.metadata.get("x"), "y");
  assertEquals(plain.fields[3], schema.fields[3]);
  // apache-arrow refuses a schema with these types.
  const read = (schema: Schema) => tableFromIPC(streamOf(encode([], schema)));
  assertEquals(String(read(plain).schema), String(schema));
  assertThrows(() => read(schema));
  assert(withoutEncodings(plain) === plain);
});

test("decodeSchema() and encodeSchema() keep encodings, names and metadata", () => {
  const list = listView(new List(new Field("item", new Utf8(), true)));
  const colour = new Dictionary(runEndEncoded(new Utf8(), 16), new Int32());
  const schema = new Schema([
    new Field("a", runEndEncoded(runEndEncoded(list, 64), 16), true),
    new Field("b", colour, true),
    new Field("c", runEndEncoded(colour), false),
  ]);
  const bytes = encodeSchema(schema);
  const decoded = decodeSchema(bytes);
  assertEquals(String(decoded), String(schema));
  assertEquals(encodingOf(decoded.fields[0]!.type), {
    kind: "run ends",
    runEndBits: 16,
    values: {
      kind: "run ends",
      runEndBits: 64,
      values: { kind: "list view" },
    },
  });
  assertEquals(decoded.fields.map(({ nullable }) => nullable), [
    true,
    true,
    false,
  ]);
  assertEquals(encodeSchema(decoded), bytes);
});

test("run ends: a dictionary inside runs, and runs inside a dictionary", () => {
  const texts = vectorFromArray(["x", "x", "y"], new Utf8());
  const type = new Dictionary(runEndEncoded(new Utf8()), new Int32());
  const data = makeData({
    type,
    length: 6,
    data: Int32Array.of(2, 2, 0, 0, 0, 1),
    dictionary: texts,
  });
  const batch = batchOf({ column: data });
  const expected = ["y", "y", "x", "x", "x", "x"];
  for (const form of [type, runEndEncoded(type)]) {
    const sent = typed(batch, form);
    const decoded = roundTrip([sent, sent.slice(1, 4)], sent.schema);
    assertEquals(columnOf(decoded[0]!, "column"), expected);
    assertEquals(columnOf(decoded[1]!, "column"), expected.slice(1, 4));
    const [plain] = roundTrip([decoded[0]!], decoded[0]!.schema, {
      dictionaries: "hydrate",
    });
    assertEquals(columnOf(plain!, "column"), expected);
    assertEquals(String(plain!.schema.fields[0]!.type), "Utf8");
  }
});

test("run ends: a batch of few runs is not split for the size of its rows", () => {
  const column = vectorFromArray(new Int32Array(1_000_000)).data[0]!;
  const schema = new Schema([
    new Field("column", runEndEncoded(new Int32()), false),
  ]);
  const [first] = roundTrip([batchOf({ column })], schema, {
    maxBatchBytes: Infinity,
  });
  assertEquals(roundTrip([first!], schema).length, 1);
});

rpcTest(
  "doGet() of runs and list views decodes them, and sends them on as they came",
  async (connectTo) => {
    const list = new List(new Field("item", new Utf8(), true));
    const schema = new Schema([
      new Field("runs", runEndEncoded(new Int32()), true),
      new Field("lists", listView(list), true),
    ]);
    const columns = {
      runs: vectorFromArray([1, 1, null, null, 2], new Int32()).data[0]!,
      lists: vectorFromArray([["a"], null, [], ["b", "c"], ["d"]], list)
        .data[0]!,
    };
    const sent = batchOf(columns);
    await using upstream = await connectTo({
      doGet: () => [{ schema, batch: sent }],
    });
    const bodies = async (client: typeof upstream.client) =>
      (await Array.fromAsync(client.doGet("t").flightData()))
        .map(({ dataBody }) => [...dataBody]);
    const first = await bodies(upstream.client);
    // A service that decodes, and one that sends plain columns to readers that know no others.
    await using gateway = await connectTo({
      doGet: ({ ticket }) => upstream.client.doGet(ticket),
    });
    await using plain = await connectTo({
      async *doGet({ ticket }) {
        const stream = upstream.client.doGet(ticket);
        yield { schema: withoutEncodings(await stream.schema) };
        yield* stream;
      },
    });
    assertEquals(await bodies(gateway.client), first);
    for (const { client } of [upstream, gateway, plain]) {
      const stream = client.doGet("t");
      const [runs, lists] = (await stream.schema).fields;
      const isPlain = client === plain.client;
      assertEquals(
        encodingOf(runs!.type)?.kind,
        isPlain ? undefined : "run ends",
      );
      assertEquals(
        encodingOf(lists!.type)?.kind,
        isPlain ? undefined : "list view",
      );
      const [batch] = await Array.fromAsync(stream);
      assertEquals(columnOf(batch!, "runs"), [1, 1, null, null, 2]);
      assertEquals(columnOf(batch!, "lists"), [
        ["a"],
        null,
        [],
        ["b", "c"],
        ["d"],
      ]);
    }
  },
);
