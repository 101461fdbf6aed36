import { assert, assertEquals } from "@std/assert";
import {
  type Data,
  Field,
  Int8,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  tableFromIPC,
} from "apache-arrow";
import { Message } from "apache-arrow/ipc/metadata/message";
import { test } from "node:test";
import { batchOf, everything, ROWS, SAMPLES } from "../support/ipc/samples.ts";
import {
  decode,
  encode,
  messagesOf,
  roundTrip,
  streamOf,
  valuesOf,
} from "../support/ipc/ipc_streams.ts";

/** Slices at bits that are a multiple of 8 and at bits that are not, and empty ones. */
const SLICES = [[0, 5], [3, 12], [8, 17], [9, 9], [13, ROWS], [0, ROWS]];

function bodyLengthOf(header: Uint8Array): number {
  return Message.decode(header).bodyLength;
}

for (const [name, make] of Object.entries(SAMPLES)) {
  test(`IPC round trip: ${name} survives a round trip`, () => {
    const batch = batchOf({ column: make() });
    const [decoded] = roundTrip([batch]);
    assertEquals(valuesOf(decoded!), valuesOf(batch));
    assertEquals(String(decoded!.schema), String(batch.schema));
    if (name !== "denseUnion") {
      // Of its children only the rows that are in use are sent.
      const [actual, expected] = [decoded!, batch].map((batch) =>
        batch.getChildAt(0)!.nullCount
      );
      assertEquals(actual, expected);
    }
  });

  test(`IPC round trip: ${name} survives a round trip in slices`, () => {
    const batch = batchOf({ column: make() });
    const slices = SLICES.map(([begin, end]) => batch.slice(begin, end));
    const decoded = roundTrip(slices);
    assertEquals(decoded.map(valuesOf), slices.map(valuesOf));
  });

  test(`IPC round trip: ${name} survives a round trip in slices of decoded slices`, () => {
    const [batch] = roundTrip([batchOf({ column: make() })]);
    const slice = batch!.slice(2, 19).slice(3, 14);
    const [decoded] = roundTrip([slice]);
    assertEquals(valuesOf(decoded!), valuesOf(batch!.slice(5, 16)));
  });

  test(`IPC round trip: ${name} without rows survives a round trip`, () => {
    const batch = batchOf({ column: make() }).slice(0, 0);
    const [decoded] = roundTrip([batch]);
    assertEquals(decoded!.numRows, 0);
    assertEquals(valuesOf(decoded!), [[]]);
  });

  test(`IPC round trip: ${name} is read by apache-arrow`, () => {
    const batch = batchOf({ column: make() });
    const slices = SLICES.map(([begin, end]) => batch.slice(begin, end));
    const table = tableFromIPC(streamOf(encode([batch, ...slices])));
    assertEquals(
      table.batches.map(valuesOf),
      [batch, ...slices].map(valuesOf),
    );
  });

  test(`IPC round trip: ${name} is read as apache-arrow writes it`, () => {
    const batch = batchOf({ column: make() });
    const stream = RecordBatchStreamWriter.writeAll([batch]).toUint8Array(true);
    const decoded = decode(messagesOf(stream, bodyLengthOf));
    assertEquals(decoded.map(valuesOf), [valuesOf(batch)]);
  });
}

test("IPC round trip: all types together survive a round trip", () => {
  const batch = everything();
  const decoded = roundTrip([batch, batch.slice(3, 12), batch]);
  assertEquals(valuesOf(decoded[0]!), valuesOf(batch));
  assertEquals(valuesOf(decoded[1]!), valuesOf(batch.slice(3, 12)));
  assertEquals(valuesOf(decoded[2]!), valuesOf(batch));
});

test("IPC round trip: columns that RecordBatch lengthened are filled up", () => {
  const columns = Object.entries(SAMPLES)
    .filter(([name]) => !name.endsWith("Union"))
    .map(([name, make]): [string, Data] => [name, make()]);
  const rows = 600;
  const long = makeData({ type: new Int8(), data: new Int8Array(rows) });
  const batch = new RecordBatch(
    Object.fromEntries([...columns, ["long", long]]),
  );
  const [decoded] = roundTrip([batch]);
  assertEquals(decoded!.numRows, rows);
  for (const [index, [name, data]] of columns.entries()) {
    const values = valuesOf(decoded!)[index] as unknown[];
    const before = valuesOf(batchOf({ data }))[0] as unknown[];
    assertEquals(values.slice(0, ROWS), before, name);
    assert(values.slice(ROWS).every((value) => value === null), name);
  }
});

test("IPC round trip: a column that is missing is null", () => {
  const { schema } = everything();
  const fields = schema.fields.filter(({ name }) => !name.endsWith("Union"));
  const none = new Schema(fields);
  const batch = new RecordBatch(
    none,
    makeData({ type: new Struct(fields), length: ROWS, children: [] }),
  );
  const [decoded] = roundTrip([batch]);
  assertEquals(decoded!.numRows, ROWS);
  for (const values of valuesOf(decoded!)) {
    assertEquals(values, new Array(ROWS).fill(null));
  }
});

test("IPC round trip: children that are too short are filled up with nulls", () => {
  const children = [SAMPLES.int32!(), SAMPLES.bool!().slice(3, 9)];
  const type = new Struct([
    new Field("number", children[0]!.type, true),
    new Field("flag", children[1]!.type, true),
  ]);
  const data = makeData({ type, length: ROWS, nullCount: 0, children });
  const [decoded] = roundTrip([batchOf({ data })]);
  const flags = decoded!.getChild("data")!.getChild("flag")!;
  assertEquals(flags.length, ROWS);
  const known = Array.from(valuesOf(batchOf({ flag: children[1]! }))[0] as []);
  assertEquals(
    Array.from(flags),
    [...known, ...new Array(ROWS - known.length).fill(null)],
  );
});
