import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLess,
} from "@std/assert";
import {
  Binary,
  type Data,
  type DataType,
  Int32,
  Int64,
  Int8,
  LargeUtf8,
  List,
  makeData,
  RecordBatch,
  Utf8,
  Utf8View,
  vectorFromArray,
} from "apache-arrow";
import { test } from "node:test";
import { splitRows } from "../../internal/ipc/encode/batch_splitter.ts";
import { layoutOf } from "../../internal/arrow/field_layout.ts";
import { IpcEncoder } from "../../internal/ipc/encode/ipc_encoder.ts";
import type { IpcMessage } from "../../internal/ipc/encode/ipc_message.ts";
import { writeSettings } from "../../internal/ipc/encode/ipc_settings.ts";
import {
  batchOf,
  everything,
  ROWS,
  SAMPLES,
  validity,
} from "../support/ipc/samples.ts";
import {
  decode,
  encode,
  encodeBatch,
  receive,
  roundTrip,
  valuesOf,
} from "../support/ipc/ipc_streams.ts";
import { seededRandom } from "../support/seeded_random.ts";

/** Comparing many small values takes Bun seconds, and more on a busy machine. */
const PATIENCE = { timeout: 120_000 };

/** The rows of each part. */
function parts(batch: RecordBatch, maxBatchBytes: number): number[] {
  const options = { maxBatchBytes };
  return roundTrip([batch], undefined, options).map(({ numRows }) => numRows);
}

/** The values of several batches, one after the other. */
function joined(batches: readonly RecordBatch[]): unknown[] {
  return valuesOf(batches[0]!).map((_, column) =>
    batches.flatMap((batch) => valuesOf(batch)[column] as unknown[])
  );
}

function batchesOf(messages: readonly IpcMessage[]): IpcMessage[] {
  return messages.slice(1);
}

function column<T extends DataType>(type: T, values: unknown[]): Data<T> {
  return vectorFromArray(values as never[], type as never).data[0] as Data<T>;
}

for (const [name, make] of Object.entries(SAMPLES)) {
  test(`batch splitting: ${name} survives being split`, () => {
    const whole = batchOf({ column: make() });
    for (const batch of [whole, whole.slice(3, 20)]) {
      for (const maxBatchBytes of [1, 20, 60, 150]) {
        const decoded = roundTrip([batch], undefined, { maxBatchBytes });
        assertEquals(joined(decoded), valuesOf(batch));
        if (maxBatchBytes === 1 && name !== "null") {
          assertEquals(decoded.length, batch.numRows);
        }
      }
    }
  });
}

test("batch splitting: all types together survive being split, compressed too", () => {
  const batch = everything();
  for (const compression of ["none", "lz4", "zstd"] as const) {
    const options = { maxBatchBytes: 2000, compression };
    const decoded = roundTrip([batch, batch], undefined, options);
    assertLess(4, decoded.length);
    const half = decoded.length / 2;
    assertEquals(joined(decoded.slice(0, half)), valuesOf(batch));
    assertEquals(joined(decoded.slice(half)), valuesOf(batch));
  }
});

test("batch splitting: a batch of the target size is not split, a larger one is", () => {
  const batch = batchOf({ n: column(new Int64(), Array(64).fill(1n)) });
  assertEquals(parts(batch, 512), [64]);
  assertEquals(parts(batch, 511), [32, 32]);
  assertEquals(parts(batch, Infinity), [64]);
});

test("batch splitting: 2 MiB is the target size by default", () => {
  const data = new BigInt64Array(3 * 2 ** 17);
  const batch = batchOf({ n: makeData({ type: new Int64(), data }) });
  const rows = roundTrip([batch]).map(({ numRows }) => numRows);
  assertEquals(rows, [196_608, 196_608]);
});

test("batch splitting: batches without rows, columns and bytes stay whole", () => {
  const empty = batchOf({ n: column(new Int32(), [1]) }).slice(0, 0);
  assertEquals(parts(empty, 1), [0]);
  assertEquals(parts(batchOf({ n: SAMPLES.null!() }), 1), [ROWS]);
  assertEquals(parts(batchOf({}), 1), [0]);
});

test("batch splitting: a row that is too large goes alone", () => {
  const values = Array.from(
    { length: 100 },
    (_, row) => (row === 40 || row === 41 ? "x".repeat(5000) : `${row}`),
  );
  const batch = batchOf({ s: column(new Utf8(), values) });
  const decoded = roundTrip([batch], undefined, { maxBatchBytes: 300 });
  assertEquals(joined(decoded), valuesOf(batch));
  const large = decoded.filter((part) =>
    (valuesOf(part)[0] as string[]).some((value) => value.length === 5000)
  );
  assertEquals(large.map(({ numRows }) => numRows), [1, 1]);
});

test("batch splitting: parts of rows of very different sizes keep to the target", () => {
  const next = seededRandom(1);
  const texts = Array.from(
    { length: 5000 },
    () => "x".repeat(Math.floor(next() ** 8 * 3000)),
  );
  const types: DataType[] = [new Utf8(), new LargeUtf8(), new Utf8View()];
  for (const type of types) {
    const batch = batchOf({
      s: column(type, texts),
      n: column(new Int8(), []),
    });
    const encoder = new IpcEncoder(writeSettings({ maxBatchBytes: 20_000 }));
    encoder.schema(batch.schema);
    const messages = encodeBatch(encoder, batch);
    for (const { bodyLength } of messages.slice(0, -1)) {
      assertLess(bodyLength, 20_100);
      assertLess(10_000, bodyLength);
    }
  }
});

test("batch splitting: lists count with what is in them", () => {
  const values = Array.from(
    { length: 1000 },
    (_, row) => Array.from({ length: row % 10 }, () => "abcdefgh"),
  );
  const batch = batchOf({ l: column(new List(fieldOf(new Utf8())), values) });
  const sizes = batchesOf(encode([batch], undefined, { maxBatchBytes: 8192 }))
    .map(({ bodyLength }) => bodyLength);
  assertLess(5, sizes.length);
  for (const size of sizes) assertLess(size, 8300);
});

function fieldOf(type: DataType) {
  return batchOf({ item: column(type, []) }).schema.fields[0]!;
}

test("batch splitting: bitmaps are cut at bytes", () => {
  const rows = 5000;
  const data = makeData({
    type: new Int32(),
    data: new Int32Array(rows),
    nullBitmap: validity(rows),
    length: rows,
  });
  const batch = batchOf({ n: data });
  const lengths = parts(batch, 1000);
  assertLess(15, lengths.length);
  assert(lengths.slice(0, -1).every((length) => length % 8 === 0));
  // So that the parts are views of the memory of the batch.
  const messages = batchesOf(
    encode([batch], undefined, { maxBatchBytes: 1000 }),
  );
  for (const { body } of messages) {
    assert(body[0]!.buffer === data.nullBitmap.buffer);
  }
});

test("batch splitting: views are sent with what they refer to", () => {
  const texts = Array.from({ length: 1000 }, (_, row) => `${row}`.padEnd(90));
  const batch = batchOf({ v: column(new Utf8View(), texts) });
  const messages = batchesOf(
    encode([batch], undefined, { maxBatchBytes: 10_000 }),
  );
  const sizes = messages.map(({ bodyLength }) => bodyLength);
  assertLess(sizes.reduce((sum, size) => sum + size, 0), 115_000);
});

test("batch splitting: a slice of views is trimmed before it is split", () => {
  const texts = Array.from({ length: 1000 }, (_, row) => `${row}`.padEnd(90));
  const slice = batchOf({ v: column(new Utf8View(), texts) }).slice(10, 20);
  assertEquals(parts(slice, 2000), [10]);
});

test("batch splitting: shared dictionaries are sent once, before the first part", () => {
  const batch = batchOf({ d: SAMPLES.dictionary!() });
  const messages = encode([batch, batch], undefined, { maxBatchBytes: 8 });
  const kinds = decodeKinds(messages);
  assertEquals(kinds.slice(0, 2), ["schema", "dictionary"]);
  assert(kinds.slice(2).every((kind) => kind === "batch"));
  const decoded = decode(receive(messages));
  assertEquals(joined(decoded), joined([batch, batch]));
});

function decodeKinds(messages: readonly IpcMessage[]): string[] {
  return messages.map(({ header }) =>
    // The header type of flatbuffer Message.
    ["none", "schema", "dictionary", "batch"][
      header[header[0]! + header[1]! * 256 + headerTypeOffset(header)]!
    ]!
  );
}

function headerTypeOffset(header: Uint8Array): number {
  const view = new DataView(header.buffer, header.byteOffset);
  const table = view.getUint32(0, true);
  const vtable = table - view.getInt32(table, true);
  return view.getUint16(vtable + 4 + 2, true);
}

test("batch splitting: custom metadata go with every part", () => {
  const metadata = new Map([["key", "value"]]);
  const batch = batchOf({ n: column(new Int32(), [1, 2, 3]) }, metadata);
  const decoded = roundTrip([batch], undefined, { maxBatchBytes: 4 });
  assertEquals(decoded.map((part) => part.metadata.get("key")), [
    "value",
    "value",
    "value",
  ]);
});

test(
  "batch splitting: columns that RecordBatch lengthened survive being split",
  PATIENCE,
  () => {
    const columns = Object.entries(SAMPLES)
      .filter(([name]) => !name.endsWith("Union"))
      .map(([name, make]): [string, Data] => [name, make()]);
    const long = makeData({ type: new Int8(), data: new Int8Array(600) });
    const batch = new RecordBatch(
      Object.fromEntries([...columns, ["long", long]]),
    );
    const [whole] = roundTrip([batch], undefined, { maxBatchBytes: Infinity });
    const decoded = roundTrip([batch], undefined, { maxBatchBytes: 500 });
    assertLess(5, decoded.length);
    assertEquals(joined(decoded), valuesOf(whole!));
  },
);

test("batch splitting: rows of any sizes are cut without end or loss", () => {
  const next = seededRandom(2);
  for (let round = 0; round < 200; round++) {
    const rows = 1 + Math.floor(next() * 300);
    const skew = 1 + next() * 10;
    const values = Array.from(
      { length: rows },
      () => new Uint8Array(next() ** skew * 400),
    );
    const data = column(new Binary(), values);
    const { fields } = layoutOf([fieldOf(new Binary())]);
    const maxBytes = 1 + Math.floor(next() * 3000);
    const lengths = splitRows(fields, [data], rows, maxBytes);
    if (lengths === undefined) continue;
    assertEquals(lengths.reduce((sum, length) => sum + length, 0), rows);
    for (const length of lengths) assertGreaterOrEqual(length, 1);
    let begin = 0;
    for (const length of lengths) {
      const bytes = values.slice(begin, begin + length)
        .reduce((sum, value) => sum + value.length, 4);
      assert(length === 1 || bytes <= maxBytes);
      begin += length;
    }
  }
});

test("batch splitting: where a batch is cut is found in few looks", () => {
  // The first row takes more than all others: no interpolation leads there.
  const values = Array.from({ length: 100_000 }, () => "x");
  values[0] = "x".repeat(300_000);
  const data = column(new Utf8(), values);
  let looks = 0;
  const counted = new Proxy(data, {
    get(target, name) {
      if (name === "valueOffsets") looks++;
      return Reflect.get(target, name, target);
    },
  });
  const { fields } = layoutOf([fieldOf(new Utf8())]);
  const lengths = splitRows(fields, [counted], 100_000, 299_999)!;
  assertEquals(lengths[0], 1);
  assertLess(looks, 60);
});
