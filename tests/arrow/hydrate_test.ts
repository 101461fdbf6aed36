import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type Data,
  Dictionary,
  Field,
  FixedSizeList,
  Int32,
  Int8,
  LargeList,
  List,
  Map_,
  RecordBatch,
  Schema,
  SparseUnion,
  Struct,
  tableFromIPC,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { test } from "node:test";
import { FlightError } from "../../internal/core/flight_error.ts";
import { hydratedSchema, plainType } from "../../internal/arrow/hydrate.ts";
import { IpcDecoder } from "../../internal/ipc/decode/ipc_decoder.ts";
import { batchOf, everything, SAMPLES } from "../support/ipc/samples.ts";
import {
  columnOf,
  encode,
  receive,
  roundTrip,
  streamOf,
  valuesOf,
} from "../support/ipc/ipc_streams.ts";

const HYDRATE = { dictionaries: "hydrate" } as const;
const WORDS = new Dictionary(new Utf8(), new Int8());

test("hydrate: types are plain at any depth", () => {
  const item = new Field("item", WORDS, true);
  const pair = new Struct([new Field("key", WORDS, false), item]);
  const plain = "Utf8";
  assertEquals(String(plainType(WORDS)), plain);
  assertEquals(
    String(plainType(new Dictionary(pair, new Int8()))),
    String(plainType(pair)),
  );
  assertEquals(String(plainType(new List(item))), `List<${plain}>`);
  assertEquals(
    String(plainType(new LargeList(item))),
    String(new LargeList(new Field("item", new Utf8()))),
  );
  const fixed = plainType(new FixedSizeList(3, item)) as FixedSizeList;
  assertEquals([fixed.listSize, String(fixed.valueType)], [3, plain]);
  const map = plainType(
    new Map_(new Field("entries", pair as never, false), true),
  ) as Map_;
  assertEquals([map.keysSorted, String(map.keyType)], [true, plain]);
  const union = plainType(
    new SparseUnion([7, 3], [item, new Field("n", new Int32())]),
  ) as SparseUnion;
  assertEquals([...union.typeIds], [7, 3]);
  assertEquals(union.children.map(({ type }) => String(type)), [
    plain,
    "Int32",
  ]);
});

test("hydrate: names, nullability and metadata of a schema stay", () => {
  const schema = new Schema([
    new Field("a", WORDS, false, new Map([["k", "v"]])),
    new Field("b", new Struct([new Field("c", WORDS, true)]), true),
    new Field("d", new Int32(), true),
  ], new Map([["of", "schema"]]));
  const plain = hydratedSchema(schema);
  assertEquals(plain.metadata.get("of"), "schema");
  const [a, b, d] = plain.fields;
  assertEquals([a!.name, a!.nullable, a!.metadata.get("k")], ["a", false, "v"]);
  assertEquals(String(a!.type), "Utf8");
  assertEquals(String(b!.type), "Struct<{c:Utf8}>");
  assert(d === schema.fields[2]);
  assertEquals(plain.dictionaries.size, 0);
});

test("hydrate: a schema without dictionaries is the same", () => {
  const { schema } = batchOf({ s: SAMPLES.struct!(), l: SAMPLES.list!() });
  assert(hydratedSchema(schema) === schema);
});

for (const name of ["dictionary", "nestedDictionary", "listOfDictionary"]) {
  test(`hydrate: ${name} arrives as plain values`, () => {
    const batch = batchOf({ column: SAMPLES[name]!() });
    const batches = [batch, batch.slice(5, 13), batch.slice(2, 2)];
    for (const maxBatchBytes of [Infinity, 40]) {
      const options = { ...HYDRATE, maxBatchBytes };
      const messages = encode(batches, undefined, options);
      const decoder = new IpcDecoder();
      const received = receive(messages).map(({ header, body }) =>
        decoder.decode(header, body)
      );
      assertEquals(decoder.schema!.dictionaries.size, 0);
      assert(received.every(({ kind }) => kind !== "dictionary"));
      const values = received.flatMap((message) =>
        message.kind === "batch" ? valuesOf(message.batch)[0] as unknown[] : []
      );
      assertEquals(
        values,
        batches.flatMap((batch) => valuesOf(batch)[0] as unknown[]),
      );
    }
    const table = tableFromIPC(streamOf(encode(batches, undefined, HYDRATE)));
    assertEquals(table.batches.map(valuesOf), batches.map(valuesOf));
  });
}

test("hydrate: all types survive being hydrated", () => {
  const batch = everything();
  const decoded = roundTrip([batch, batch.slice(3, 12)], undefined, HYDRATE);
  assertEquals(
    decoded.map(valuesOf),
    [batch, batch.slice(3, 12)].map(valuesOf),
  );
});

test("hydrate: each batch has its own dictionary", () => {
  const type = new Dictionary(new Utf8(), new Int8(), 1);
  const batches = [["a", null, "b"], ["c", "c"]].map((values) =>
    batchOf({ d: vectorFromArray(values, type).data[0]! })
  );
  const decoded = roundTrip(batches, undefined, HYDRATE);
  assertEquals(decoded.map((batch) => columnOf(batch, "d")), [
    ["a", null, "b"],
    ["c", "c"],
  ]);
});

test("hydrate: columns that RecordBatch lengthened are filled up", () => {
  const columns: Record<string, Data> = {
    d: SAMPLES.dictionary!(),
    l: SAMPLES.listOfDictionary!(),
    long: vectorFromArray(Array.from({ length: 600 }, (_, i) => i), new Int32())
      .data[0]!,
  };
  const batch = new RecordBatch(columns);
  const [decoded] = roundTrip([batch], undefined, HYDRATE);
  const [d, l] = valuesOf(decoded!) as unknown[][];
  const [before, lists] = valuesOf(batchOf({
    d: SAMPLES.dictionary!(),
    l: SAMPLES.listOfDictionary!(),
  })) as unknown[][];
  assertEquals(d, [...before!, ...new Array(579).fill(null)]);
  assertEquals(l, [...lists!, ...new Array(579).fill(null)]);
});

test("hydrate: a batch whose dictionary has other values is refused", () => {
  const words = batchOf({ d: SAMPLES.dictionary!() });
  const numbers = batchOf({
    d: vectorFromArray([1, 2], new Dictionary(new Int32(), new Int8()))
      .data[0]!,
  });
  assertThrows(
    () => encode([words, numbers], undefined, HYDRATE),
    FlightError,
    'field 0 of the batch is "d: Dictionary<Int8, Int32>"',
  );
});
