import { assert, assertEquals, assertThrows } from "@std/assert";
import type { RecordBatch } from "apache-arrow";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { FlightError } from "../../internal/core/flight_error.ts";
import { IpcDecoder } from "../../internal/ipc/decode/ipc_decoder.ts";
import {
  batchHeader,
  type BatchInit,
  type FieldInit,
  int,
  intField,
  message,
  numbers,
  schemaHeader,
} from "../support/ipc/handmade_messages.ts";
import { batchOf, everything, SAMPLES } from "../support/ipc/samples.ts";
import {
  encode,
  receive,
  roundTrip,
  valuesOf,
} from "../support/ipc/ipc_streams.ts";

const NOTHING = new Uint8Array(0);

/** Decodes one batch of one field. */
function decodeOne(
  field: FieldInit,
  init: BatchInit,
  body: Uint8Array,
): RecordBatch {
  const decoder = new IpcDecoder();
  decoder.decode(schemaHeader([field]), NOTHING);
  const decoded = decoder.decode(batchHeader(init), body);
  assert(decoded.kind === "batch");
  return decoded.batch;
}

function words(...values: number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer);
}

test("IpcDecoder: an empty header is no message", () => {
  assertEquals(new IpcDecoder().decode(NOTHING, NOTHING), { kind: "none" });
});

test("IpcDecoder: a header of type NONE is no message", () => {
  const header = message({ headerType: 0 });
  assertEquals(new IpcDecoder().decode(header, NOTHING), { kind: "none" });
});

test("IpcDecoder: the schema is known once it has arrived", () => {
  const decoder = new IpcDecoder();
  assertEquals(decoder.schema, undefined);
  const decoded = decoder.decode(schemaHeader([intField("x")]), NOTHING);
  assert(decoded.kind === "schema");
  assert(decoder.schema === decoded.schema);
  assertEquals(decoded.schema.fields.map(String), ["x: Int32"]);
  // The same again changes nothing; another is refused, as batches could not be joined.
  const again = decoder.decode(schemaHeader([intField("x")]), NOTHING);
  assert(again.kind === "schema" && again.schema === decoded.schema);
});

test("IpcDecoder: columns are views of an aligned body, and of one copy of any other", () => {
  const batch = everything();
  const messages = receive(encode([batch]));
  const values = valuesOf(batch);
  for (let shift = 0; shift < 9; shift++) {
    const decoder = new IpcDecoder();
    for (const { header, body } of messages) {
      const buffer = new ArrayBuffer(body.byteLength + 16);
      const shifted = new Uint8Array(buffer, shift, body.byteLength);
      shifted.set(body);
      // Headers arrive anywhere too.
      const padded = new Uint8Array(header.byteLength + 9);
      padded.set(header, shift);
      const view = padded.subarray(shift, shift + header.byteLength);
      const decoded = decoder.decode(view, shifted);
      if (decoded.kind !== "batch") continue;
      assertEquals(valuesOf(decoded.batch), values);
      const buffers = new Set(
        decoded.batch.data.children.flatMap(({ values }) =>
          values?.byteLength > 0 ? [values.buffer as ArrayBuffer] : []
        ),
      );
      assertEquals(buffers.size, 1);
      assertEquals(buffers.has(buffer), shift % 8 === 0);
    }
  }
});

test("IpcDecoder: columns of a Buffer are plain arrays", () => {
  const batch = batchOf({ bytes: SAMPLES.binary!() });
  const messages = receive(encode([batch]));
  const decoder = new IpcDecoder();
  decoder.decode(Buffer.from(messages[0]!.header), Buffer.alloc(0));
  const { header, body } = messages[1]!;
  const decoded = decoder.decode(Buffer.from(header), Buffer.from(body));
  assert(decoded.kind === "batch");
  const [column] = decoded.batch.data.children;
  assertEquals(column!.values.constructor, Uint8Array);
  assertEquals(column!.nullBitmap.constructor, Uint8Array);
  assertEquals(valuesOf(decoded.batch), valuesOf(batch));
});

test("IpcDecoder: a message that fails has no effect", () => {
  const t = SAMPLES.dictionary!();
  const batch = batchOf({ c: t });
  const [schema, dictionary, rows] = receive(encode([batch]));
  const decoder = new IpcDecoder();
  const send = (header: Uint8Array, body: Uint8Array) =>
    decoder.decode(header, body);
  send(schema!.header, schema!.body);
  assertThrows(() => send(rows!.header, rows!.body), FlightError);
  assertThrows(() => send(dictionary!.header, NOTHING), FlightError);
  assertThrows(() => send(rows!.header, rows!.body), FlightError);
  send(dictionary!.header, dictionary!.body);
  assertThrows(() => send(dictionary!.header, NOTHING), FlightError);
  assertThrows(
    () => send(schema!.header.subarray(0, 32), NOTHING),
    FlightError,
  );
  const decoded = send(rows!.header, rows!.body);
  assert(decoded.kind === "batch");
  assertEquals(valuesOf(decoded.batch), valuesOf(batch));
});

test("IpcDecoder: nulls that were not counted are counted", () => {
  const init: BatchInit = {
    rows: 3,
    nodes: [[3, -1]],
    buffers: [[0, 1], [8, 12]],
  };
  const batch = decodeOne(intField(), init, words(0b101, 0, 1, 2, 3, 0));
  assertEquals(batch.getChildAt(0)!.nullCount, 1);
  assertEquals(valuesOf(batch), [[1, null, 3]]);
});

test("IpcDecoder: nulls that were not counted and have no bitmap are none", () => {
  const init: BatchInit = {
    rows: 2,
    nodes: [[2, -1]],
    buffers: [[0, 0], [0, 8]],
  };
  const batch = decodeOne(intField(), init, words(1, 2));
  assertEquals(batch.getChildAt(0)!.nullCount, 0);
  assertEquals(valuesOf(batch), [[1, 2]]);
});

test("IpcDecoder: a bitmap without nulls is not looked at", () => {
  const init: BatchInit = {
    rows: 2,
    nodes: [[2, 0]],
    buffers: [[0, 1], [8, 8]],
  };
  const batch = decodeOne(intField(), init, words(0, 0, 1, 2));
  assertEquals(valuesOf(batch), [[1, 2]]);
});

test("IpcDecoder: offsets may be missing where there are no rows", () => {
  const init: BatchInit = {
    rows: 0,
    nodes: [[0, 0], [0, 0]],
    buffers: [[0, 0], [0, 0], [0, 0], [0, 0]],
  };
  for (const typeId of [12, 21]) {
    const list: FieldInit = { name: "l", typeId, children: [intField()] };
    const batch = decodeOne(list, init, NOTHING);
    assertEquals(valuesOf(batch), [[]]);
    const [, again] = receive(encode([batch]));
    assertEquals(again!.body.byteLength, 8);
  }
});

test("IpcDecoder: the offset of an empty buffer means nothing", () => {
  const init: BatchInit = {
    rows: 0,
    nodes: [[0, 0]],
    buffers: [[2 ** 40, 0], [-8, 0]],
  };
  assertEquals(decodeOne(intField(), init, NOTHING).numRows, 0);
});

test("IpcDecoder: buffers need not be aligned", () => {
  const init: BatchInit = {
    rows: 2,
    nodes: [[2, 0]],
    buffers: [[0, 0], [3, 8]],
  };
  const body = Uint8Array.of(9, 9, 9, 1, 0, 0, 0, 2, 0, 0, 0, 9);
  assertEquals(valuesOf(decodeOne(intField(), init, body)), [[1, 2]]);
});

test("IpcDecoder: buffers and bodies may be longer than needed", () => {
  const init: BatchInit = {
    rows: 1,
    nodes: [[1, 1]],
    buffers: [[0, 64], [64, 64]],
    bodyLength: 128,
  };
  const batch = decodeOne(intField(), init, new Uint8Array(200));
  assertEquals(valuesOf(batch), [[null]]);
  assertEquals(batch.data.children[0]!.values.length, 1);
});

test("IpcDecoder: unions of V4 have a validity bitmap", () => {
  const union: FieldInit = {
    name: "u",
    typeId: 14,
    type: numbers([2, 1]),
    children: [intField("x"), intField("y", 64)],
  };
  const init: BatchInit = {
    version: 3,
    rows: 2,
    nodes: [[2, 0], [1, 0], [1, 0]],
    // Validity, type ids, offsets, then those of the children.
    buffers: [[0, 0], [0, 2], [8, 8], [0, 0], [16, 4], [0, 0], [24, 8]],
  };
  const body = words(0x0100, 0, 0, 0, 7, 0, 8, 0);
  // The type ids are left out: they are the numbers of the children.
  assertEquals(valuesOf(decodeOne(union, init, body)), [[7, 8n]]);
});

test("IpcDecoder: children that are longer than their parent are cut", () => {
  const struct: FieldInit = {
    name: "s",
    typeId: 13,
    children: [intField("x")],
  };
  const init: BatchInit = {
    rows: 2,
    nodes: [[2, 0], [3, 0]],
    buffers: [[0, 0], [0, 0], [0, 12]],
  };
  const batch = decodeOne(struct, init, words(1, 2, 3, 0));
  assertEquals(batch.getChildAt(0)!.getChildAt(0)!.length, 2);
});

test("IpcDecoder: fields may be nested 64 deep", () => {
  let field = intField("leaf");
  const nodes: [number, number][] = [[1, 0]];
  const buffers: [number, number][] = [[0, 0], [0, 4]];
  for (let depth = 1; depth < 64; depth++) {
    field = { name: "s", typeId: 13, children: [field] };
    nodes.unshift([1, 0]);
    buffers.unshift([0, 0]);
  }
  const batch = decodeOne(field, { rows: 1, nodes, buffers }, words(5, 0));
  assertEquals(batch.numRows, 1);
});

test("IpcDecoder: types without parameters have the defaults of the format", () => {
  const decoder = new IpcDecoder();
  const decoded = decoder.decode(
    schemaHeader([
      { name: "date", typeId: 8 },
      { name: "time", typeId: 9 },
      { name: "timestamp", typeId: 10 },
      { name: "duration", typeId: 18 },
      { name: "decimal", typeId: 7, type: numbers([4, 5], [4, 2]) },
      { name: "float", typeId: 3 },
    ]),
    NOTHING,
  );
  assert(decoded.kind === "schema");
  assertEquals(decoded.schema.fields.map(({ type }) => String(type)), [
    "Date64<MILLISECOND>",
    "Time32<MILLISECOND>",
    "Timestamp<SECOND>",
    "Duration<MILLISECOND>",
    "Decimal[5e+2]",
    "Float16",
  ]);
});

test("IpcDecoder: duplicate dictionary types of one id are accepted when they agree", () => {
  const decoder = new IpcDecoder();
  const field = { typeId: 2, type: int(), dictionary: { id: 4, bits: 16 } };
  const decoded = decoder.decode(
    schemaHeader([{ ...field, name: "a" }, { ...field, name: "b" }]),
    NOTHING,
  );
  assert(decoded.kind === "schema");
  const [a, b] = decoded.schema.fields;
  assert(a!.type.dictionary === b!.type.dictionary);
});

test("IpcDecoder: columns without rows may have the offset of a slice, as C++ sends it", () => {
  const item = { name: "item", typeId: 2, type: numbers([4, 32], [1, 1]) };
  const fields = [
    { name: "text", typeId: 5 },
    { name: "list", typeId: 12, children: [item] },
    { name: "large", typeId: 21, children: [item] },
  ];
  const none: [number, number] = [0, 0];
  const header = batchHeader({
    rows: 0,
    nodes: [none, none, none, none, none],
    buffers: [
      ...[none, [0, 4], none, none, [0, 4], none, none, none, [0, 8]],
      ...[none, none],
    ] as [number, number][],
  });
  const decoder = new IpcDecoder();
  decoder.decode(schemaHeader(fields), new Uint8Array(0));
  const body = new Uint8Array(Int32Array.of(5, 0).buffer);
  const decoded = decoder.decode(header, body);
  assert(decoded.kind === "batch");
  const { batch } = decoded;
  assertEquals(batch.numRows, 0);
  // They can be sent again.
  assertEquals(roundTrip([batch]).map(({ numRows }) => numRows), [0]);
});
