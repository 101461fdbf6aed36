import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type Data,
  DataType,
  Field,
  Int32,
  Int64,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { createRequire } from "node:module";
import { test } from "node:test";
import { FlightError } from "../../internal/core/flight_error.ts";
import { IpcDecoder } from "../../internal/ipc/decode/ipc_decoder.ts";
import { IpcEncoder } from "../../internal/ipc/encode/ipc_encoder.ts";
import { batchOf, ROWS, SAMPLES } from "../support/ipc/samples.ts";
import {
  decode,
  encode,
  encodeBatch,
  receive,
  roundTrip,
  streamOf,
  valuesOf,
} from "../support/ipc/ipc_streams.ts";

type Arrow = typeof import("apache-arrow");

/** The CommonJS copy: other classes, of which no `instanceof` is true here. */
const other = createRequire(import.meta.url)("apache-arrow") as Arrow;

function int64s(rows: number): Data<Int64> {
  return makeData({
    type: new Int64(),
    data: BigInt64Array.from({ length: rows }, (_, row) => BigInt(row)),
  });
}

test("IpcEncoder: headers and bodies are multiples of 8 bytes", () => {
  for (const make of Object.values(SAMPLES)) {
    for (const message of encode([batchOf({ column: make() }).slice(2, 15)])) {
      const { header, body, bodyLength } = message;
      assertEquals(header.byteLength % 8, 0);
      assertEquals(bodyLength % 8, 0);
      assertEquals(
        body.reduce((sum, chunk) => sum + chunk.byteLength, 0),
        bodyLength,
      );
    }
  }
});

test("IpcEncoder: bodies are views of the batch's memory", () => {
  const data = int64s(1000);
  const { values } = data;
  const batch = batchOf({ a: data });
  const [, whole, slice] = encode([batch, batch.slice(10, 20)]);
  assertEquals(whole!.body.length, 1);
  assert(whole!.body[0]!.buffer === values.buffer);
  assert(slice!.body[0]!.buffer === values.buffer);
  assertEquals(slice!.body[0]!.byteOffset, values.byteOffset + 80);
  assertEquals(slice!.bodyLength, 80);
});

test("IpcEncoder: strings of a slice are views of their memory", () => {
  const data = vectorFromArray(["one", "two", "three"], new Utf8()).data[0]!;
  const [, message] = encode([batchOf({ text: data }).slice(1, 3)]);
  assert(message!.body.some(({ buffer }) => buffer === data.values.buffer));
  assertEquals(message!.bodyLength, 16 + 8);
});

test("IpcEncoder: bits of a slice at a byte are views of their memory", () => {
  const data = SAMPLES.bool!();
  const [, message] = encode([batchOf({ flag: data }).slice(8, 16)]);
  assert(message!.body[0]!.buffer === data.nullBitmap.buffer);
});

test("IpcEncoder: encode before schema is a mistake of the caller", () => {
  const batch = batchOf({ a: int64s(1) });
  assertThrows(() => new IpcEncoder().encode(batch), TypeError);
});

const schema = batchOf({ a: int64s(ROWS), b: SAMPLES.utf8!() }).schema;
const differences: [problem: string, batch: RecordBatch, details: string][] = [
  [
    "another type",
    batchOf({ a: int64s(ROWS), b: SAMPLES.int32!() }),
    'Cannot encode RecordBatch: field 1 of the batch is "b: Int32", but the schema of the stream has "b: Utf8"',
  ],
  [
    "another name",
    batchOf({ x: int64s(ROWS), b: SAMPLES.utf8!() }),
    'Cannot encode RecordBatch: field 0 of the batch is "x: Int64", but the schema of the stream has "a: Int64"',
  ],
  [
    "a field too few",
    batchOf({ a: int64s(ROWS) }),
    'Cannot encode RecordBatch: the batch ends before field 1, but the schema of the stream has "b: Utf8"',
  ],
  [
    "a field too many",
    batchOf({ a: int64s(ROWS), b: SAMPLES.utf8!(), c: int64s(ROWS) }),
    'Cannot encode RecordBatch: field 2 of the batch is "c: Int64", but the schema of the stream ends before it',
  ],
];

for (const [problem, batch, details] of differences) {
  test(`IpcEncoder: a batch with ${problem} is refused`, () => {
    const encoder = new IpcEncoder();
    encoder.schema(schema);
    const error = assertThrows(() => encoder.encode(batch), FlightError);
    assertEquals(error.details, details);
    assertEquals(error.code, "INVALID_ARGUMENT");
  });
}

for (const [name, make] of Object.entries(SAMPLES)) {
  test(`IpcEncoder: a stream of ${name} takes no other type`, () => {
    const encoder = new IpcEncoder();
    const column = make();
    encoder.schema(batchOf({ column }).schema);
    for (const [otherName, makeOther] of Object.entries(SAMPLES)) {
      if (name === otherName) continue;
      const batch = batchOf({ column: makeOther() });
      assertThrows(() => encoder.encode(batch), FlightError, "column");
    }
  });
}

test("IpcEncoder: nullability and metadata of a batch may differ from the stream", () => {
  const data = int64s(3);
  const batch = batchOf({ a: data });
  const stream = new Schema(
    [new Field("a", new Int64(), false, new Map([["k", "v"]]))],
  );
  const [decoded] = roundTrip([batch], stream);
  assertEquals(valuesOf(decoded!), valuesOf(batch));
  assertEquals(decoded!.schema.fields[0]!.metadata.get("k"), "v");
});

test("IpcEncoder: data that is not what its schema says is refused", () => {
  const fields = [new Field("a", new Int32())];
  const batch = new RecordBatch(
    new Schema(fields),
    makeData({
      type: new Struct(fields),
      length: 2,
      children: [int64s(2) as unknown as Data<Int32>],
    }),
  );
  assertThrows(
    () => encode([batch]),
    FlightError,
    'Cannot encode RecordBatch: field 0 of the batch is "a: Int64", but the ' +
      'schema of the stream has "a: Int32"',
  );
});

test("IpcEncoder: the batch after one that was refused is encoded", () => {
  const good = batchOf({ a: SAMPLES.dictionary!(), b: SAMPLES.utf8!() });
  // Its dictionary would be a replacement, but its strings are broken.
  const broken = SAMPLES.utf8!().clone();
  Object.assign(broken, { values: new Uint8Array(1) });
  const bad = batchOf({ a: SAMPLES.dictionary!(), b: broken });
  const encoder = new IpcEncoder();
  const messages = [encoder.schema(good.schema)];
  assertThrows(() => encoder.encode(bad), FlightError);
  messages.push(...encodeBatch(encoder, good));
  assertThrows(() => encoder.encode(bad), FlightError);
  messages.push(...encodeBatch(encoder, good));
  assertEquals(messages.length, 4);
  const values = valuesOf(good);
  assertEquals(decode(receive(messages)).map(valuesOf), [values, values]);
});

test("IpcEncoder: offsets that lead nowhere are refused", () => {
  const strings = makeData({
    type: new Utf8(),
    length: 1,
    valueOffsets: Int32Array.of(0, 9),
    data: new Uint8Array(4),
  });
  assertThrows(
    () => encode([batchOf({ a: strings })]),
    FlightError,
    'field "a" has offsets from 0 to 9 into 4 bytes',
  );
  const lists = makeData({
    type: new List(new Field("item", new Int64())),
    length: 1,
    valueOffsets: Int32Array.of(0, 3),
    child: int64s(2),
  });
  assertThrows(
    () => encode([batchOf({ a: lists })]),
    FlightError,
    'field "a" has offsets from 0 to 3 into 2 values',
  );
});

for (const [name, make] of Object.entries(SAMPLES)) {
  test(`IpcEncoder: ${name} of another copy of apache-arrow survives a round trip`, () => {
    const batch = batchOf({ column: make() });
    const foreign = foreignBatch(batch);
    assert(!(foreign.schema.fields[0]!.type instanceof DataType));
    const slice = foreign.slice(3, 17);
    const decoded = roundTrip([foreign, slice]);
    assertEquals(decoded.map(valuesOf), [
      valuesOf(batch),
      valuesOf(batch.slice(3, 17)),
    ]);
    const mixed = roundTrip([foreign], batch.schema);
    assertEquals(mixed.map(valuesOf), [valuesOf(batch)]);
    const mixedToo = roundTrip([batch], foreign.schema);
    assertEquals(mixedToo.map(valuesOf), [valuesOf(batch)]);
  });
}

/** The same batch, of the classes of the other copy. */
function foreignBatch(batch: RecordBatch): RecordBatch {
  const table = other.tableFromIPC(streamOf(encode([batch])));
  return table.batches[0]! as unknown as RecordBatch;
}

test("IpcEncoder: custom metadata of a batch survives a round trip", () => {
  const metadata = new Map([["part", "1"], ["ü", ""]]);
  const batch = batchOf({ a: int64s(2) }, metadata);
  const [decoded] = roundTrip([batch]);
  assertEquals([...decoded!.metadata], [...metadata]);
});

test("IpcEncoder: rows without columns survive a round trip", () => {
  const batch = new RecordBatch(
    new Schema([]),
    makeData({ type: new Struct([]), length: 7, nullCount: 0, children: [] }),
  );
  const messages = encode([batch]);
  assertEquals(messages[1]!.bodyLength, 0);
  const [decoded] = decode(receive(messages));
  assertEquals(decoded!.numRows, 7);
  assertEquals(decoded!.numCols, 0);
});

test("IpcEncoder: columns of the same name keep their types", () => {
  const fields = [new Field("a", new Int64()), new Field("a", new Utf8())];
  const children = [
    int64s(2),
    vectorFromArray(["x", "y"], new Utf8()).data[0]!,
  ];
  const batch = new RecordBatch({} as Record<string, Data>);
  // The constructor would give both the same type.
  Object.assign(batch, {
    schema: new Schema(fields),
    data: makeData({ type: new Struct(fields), length: 2, children }),
  });
  const messages = receive(encode([batch]));
  const decoder = new IpcDecoder();
  decoder.decode(messages[0]!.header, messages[0]!.body);
  const decoded = decoder.decode(messages[1]!.header, messages[1]!.body);
  assert(decoded.kind === "batch");
  assertEquals(decoded.batch.schema.fields.map(String), [
    "a: Int64",
    "a: Utf8",
  ]);
  assert(decoded.batch.schema === decoder.schema);
  assertEquals(valuesOf(decoded.batch), [[0n, 1n], ["x", "y"]]);
});
