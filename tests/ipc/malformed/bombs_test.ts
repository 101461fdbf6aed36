import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import type { RecordBatch, Vector } from "apache-arrow";
import { test } from "node:test";
import { FlightError } from "../../../internal/core/flight_error.ts";
import type { IpcReadOptions } from "../../../internal/core/ipc_options.ts";
import { BODY_CODECS } from "../../../internal/ipc/compression/body_compression.ts";
import { IpcDecoder } from "../../../internal/ipc/decode/ipc_decoder.ts";
import {
  batchHeader,
  dictionaryHeader,
  type FieldInit,
  intField,
  schemaHeader,
} from "../../support/ipc/handmade_messages.ts";
import { ROWS_WITHOUT_BYTES } from "./malformed_bombs.ts";
import { LIST_VIEWS, listViews, RUNS, runs } from "./malformed_encodings.ts";
import { columnOf } from "../../support/ipc/ipc_streams.ts";

const NOTHING = new Uint8Array(0);
const empty: [number, number] = [0, 0];

function int32s(...values: number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer);
}

/** Checks the code and the text of a thrown error. */
function assertExhausted(run: () => unknown, text: string): void {
  const error = assertThrows(run, FlightError, text);
  assertEquals(error.code, "RESOURCE_EXHAUSTED");
}

/** A stream that begins with a schema of `fields`. */
class Stream {
  readonly #decoder: IpcDecoder;

  constructor(fields: FieldInit[], options: IpcReadOptions = {}) {
    this.#decoder = new IpcDecoder(options);
    this.#decoder.decode(schemaHeader(fields), NOTHING);
  }

  send(header: Uint8Array, body: Uint8Array = NOTHING): void {
    this.#decoder.decode(header, body);
  }

  batch(header: Uint8Array, body: Uint8Array = NOTHING): RecordBatch {
    const decoded = this.#decoder.decode(header, body);
    assert(decoded.kind === "batch");
    return decoded.batch;
  }
}

for (const [name, field, init] of ROWS_WITHOUT_BYTES) {
  test(`maxBatchRows bounds rows of ${name}`, () => {
    const rowsOf = (rows: number, maxBatchRows?: number) =>
      new Stream(field ? [field] : [], { maxBatchRows })
        .batch(batchHeader(init(rows))).numRows;
    assertEquals(rowsOf(2 ** 24), 2 ** 24);
    assertExhausted(() => rowsOf(2 ** 24 + 1), "maxBatchRows is 16777216");
    assertEquals(rowsOf(10, 10), 10);
    assertExhausted(() => rowsOf(11, 10), "it has 11 rows, and maxBatchRows");
    assertEquals(rowsOf(2 ** 31 - 1, Infinity), 2 ** 31 - 1);
  });
}

test("maxBatchRows bounds rows that take bytes, when it is set", () => {
  const rows = 100;
  const header = batchHeader({
    rows,
    nodes: [[rows, 0]],
    buffers: [empty, [0, 4 * rows]],
  });
  const decode = (maxBatchRows?: number) =>
    new Stream([intField()], { maxBatchRows })
      .batch(header, new Uint8Array(4 * rows));
  assertEquals(decode().numRows, rows);
  assertEquals(decode(100).numRows, rows);
  assertExhausted(() => decode(99), "it has 100 rows, and maxBatchRows is 99");
});

test("bombs: a batch may have a row for each of its bytes", () => {
  const rows = 2 ** 24 + 8;
  const header = batchHeader({
    rows,
    nodes: [[rows, 0]],
    buffers: [empty, [0, rows]],
  });
  const batch = new Stream([intField("a", 8)])
    .batch(header, new Uint8Array(rows));
  assertEquals(batch.numRows, rows);
});

test("maxBatchRows does not bound the values of lists that take bytes", () => {
  const list: FieldInit = {
    name: "l",
    typeId: 12,
    children: [intField("item", 8)],
  };
  const header = batchHeader({
    rows: 1,
    nodes: [[1, 0], [8, 0]],
    buffers: [empty, [0, 8], empty, [8, 8]],
  });
  const batch = new Stream([list], { maxBatchRows: 1 })
    .batch(header, int32s(0, 8, 0, 0));
  assertEquals(columnOf(batch, "l"), [new Array(8).fill(0)]);
});

test("maxBatchRows bounds the rows of runs", () => {
  const most = 2 ** 31 - 1;
  assertExhausted(
    () => new Stream([RUNS]).send(...runs(most, [most], [7])),
    "it has 2147483647 rows, and maxBatchRows is 16777216",
  );
  const ten = new Stream([RUNS], { maxBatchRows: 10 });
  assertEquals(ten.batch(...runs(10, [4, 10], [7, 8])).numRows, 10);
  assertExhausted(
    () => ten.send(...runs(11, [4, 11], [7, 8])),
    "it has 11 rows, and maxBatchRows is 10",
  );
});

test("maxDecompressedMessageBytes bounds the bytes of runs as plain rows", () => {
  const decode = (rows: number, fields: FieldInit[]) => {
    const stream = new Stream(fields, { maxDecompressedMessageBytes: 4000 });
    const [header, body] = runs(rows, [rows], [7]);
    return stream.batch(header, body).numRows;
  };
  assertEquals(decode(1000, [RUNS]), 1000);
  assertExhausted(
    () => decode(1001, [RUNS]),
    'field "r" takes too many bytes as plain values (option maxDecompressedMessageBytes)',
  );
  // Long texts: an end of runs, and a text of 1000 bytes.
  const text: FieldInit = {
    name: "t",
    typeId: 22,
    children: [intField("run_ends"), { name: "values", typeId: 5 }],
  };
  const texts = (rows: number, options: IpcReadOptions) => {
    const body = new Uint8Array(1016);
    body.set(int32s(rows, 0, 0, 1000));
    const header = batchHeader({
      rows,
      nodes: [[rows, 0], [1, 0], [1, 0]],
      buffers: [empty, [0, 4], empty, [8, 8], [16, 1000]],
    });
    return new Stream([text], options).batch(header, body).numRows;
  };
  assertEquals(texts(10, { maxDecompressedMessageBytes: 20_000 }), 10);
  assertExhausted(
    () => texts(100, { maxDecompressedMessageBytes: 20_000 }),
    "maxDecompressedMessageBytes",
  );
  assertExhausted(() => texts(2 ** 24, {}), "maxDecompressedMessageBytes");
});

test("maxDecompressedMessageBytes bounds the runs of all columns together", () => {
  const fields = [RUNS, { ...RUNS, name: "s" }];
  const header = batchHeader({
    rows: 500,
    nodes: [[500, 0], [1, 0], [1, 0], [500, 0], [1, 0], [1, 0]],
    buffers: Array.from(
      { length: 8 },
      (_, i): [number, number] => i % 2 === 0 ? empty : [i % 4 < 2 ? 0 : 4, 4],
    ),
  });
  const decode = (maxDecompressedMessageBytes: number) =>
    new Stream(fields, { maxDecompressedMessageBytes })
      .batch(header, int32s(500, 7)).numRows;
  assertEquals(decode(4000), 500);
  assertExhausted(() => decode(3999), 'field "s" takes too many bytes');
});

test("maxBatchRows and maxDecompressedMessageBytes bound list views that overlap", () => {
  const rows = 1000;
  const decode = (options: IpcReadOptions) => {
    const message = listViews(
      new Array(rows).fill(0),
      new Array(rows).fill(100),
      new Array(100).fill(7),
    );
    return new Stream([LIST_VIEWS], options).batch(...message);
  };
  const batch = decode({});
  assertEquals(batch.getChild("v")!.get(999)!.length, 100);
  assertExhausted(
    () => decode({ maxBatchRows: rows }),
    'field "v" has 100000 rows, and maxBatchRows is 1000',
  );
  assertExhausted(
    () => decode({ maxDecompressedMessageBytes: 500_000 }),
    "maxDecompressedMessageBytes",
  );
  assertEquals(
    decode({ maxDecompressedMessageBytes: 1_000_000 }).numRows,
    rows,
  );
});

test("maxDictionaryBytes bounds dictionaries of runs as plain rows", () => {
  const field: FieldInit = { ...RUNS, dictionary: { id: 7 } };
  const decode = (maxDictionaryBytes: number) => {
    const [, body] = runs(10_000, [10_000], [7]);
    new Stream([field], { maxDictionaryBytes }).send(
      dictionaryHeader(7, {
        rows: 10_000,
        nodes: [[10_000, 0], [1, 0], [1, 0]],
        buffers: [empty, [0, 4], empty, [4, 4]],
      }),
      body,
    );
  };
  decode(41_000);
  assertExhausted(
    () => decode(40_000),
    "the dictionaries of the stream would take 40520 bytes, and maxDictionaryBytes is 40000",
  );
});

// Dictionaries

const colour: FieldInit = { name: "c", typeId: 5, dictionary: { id: 7 } };

/** A dictionary of texts of one letter each. */
function letters(text: string, isDelta: boolean): [Uint8Array, Uint8Array] {
  const rows = text.length;
  const offsets = 4 * (rows + 1);
  const size = 8 * Math.ceil((offsets + rows) / 8);
  const body = new Uint8Array(size);
  body.set(int32s(...Array.from({ length: rows + 1 }, (_, i) => i)));
  body.set(new TextEncoder().encode(text), offsets);
  const header = dictionaryHeader(7, {
    rows,
    nodes: [[rows, 0]],
    buffers: [empty, [0, offsets], [offsets, rows]],
    bodyLength: size,
  }, isDelta);
  return [header, body];
}

function indices(...values: number[]): [Uint8Array, Uint8Array] {
  const { length } = values;
  const header = batchHeader({
    rows: length,
    nodes: [[length, 0]],
    buffers: [empty, [0, 4 * length]],
  });
  return [header, int32s(...values)];
}

function dictionaryOf(batch: RecordBatch, name = "c"): Vector {
  return batch.getChild(name)!.data[0]!.dictionary!;
}

test("bombs: many deltas and batches in turn have few chunks, and all values", () => {
  const count = 3000;
  const stream = new Stream([colour]);
  stream.send(...letters("a", false));
  const batches: RecordBatch[] = [];
  const letter = (i: number) => String.fromCharCode(97 + i % 26);
  for (let i = 1; i < count; i++) {
    stream.send(...letters(letter(i), true));
    batches.push(stream.batch(...indices(i, 0, i >>> 1)));
  }
  for (const [i, batch] of batches.entries()) {
    // Chunks halve at least: 2 ** 11 < 3000 < 2 ** 12.
    assertLess(dictionaryOf(batch).data.length, 13);
    assertEquals(dictionaryOf(batch).length, i + 2);
    assertEquals(columnOf(batch, "c"), [
      letter(i + 1),
      "a",
      letter((i + 1) >>> 1),
    ]);
    assertEquals(dictionaryOf(batch).get(i + 2) ?? null, null);
  }
});

test("bombs: batches that share a dictionary decode each of its strings once", () => {
  const stream = new Stream([colour]);
  stream.send(...letters("ab", false));
  const first = dictionaryOf(stream.batch(...indices(0)));
  const [{ values }] = first.data as unknown as [{ values: Uint8Array }];
  assertEquals(first.get(0), "a");
  values.fill(120);
  stream.send(...letters("c", true));
  const second = dictionaryOf(stream.batch(...indices(0)));
  assertEquals([second.get(0), second.get(1), second.get(2)], ["a", "x", "c"]);
});

test("bombs: a dictionary inside of one that grows may grow too", () => {
  const outer: FieldInit = {
    name: "s",
    typeId: 13,
    children: [colour],
    dictionary: { id: 9 },
  };
  const values = (rows: number[], isDelta: boolean) =>
    [
      dictionaryHeader(9, {
        rows: rows.length,
        nodes: [[rows.length, 0], [rows.length, 0]],
        buffers: [empty, empty, [0, 4 * rows.length]],
      }, isDelta),
      int32s(...rows),
    ] as const;
  const stream = new Stream([outer]);
  stream.send(...letters("ab", false));
  stream.send(...values([1, 0, 1], false));
  const batches: RecordBatch[] = [];
  for (let i = 0; i < 50; i++) {
    stream.send(...letters("c", true));
    stream.send(...values([i + 2], true));
    batches.push(stream.batch(...indices(0, i + 3)));
  }
  for (const batch of batches) {
    assertLess(dictionaryOf(batch, "s").data.length, 7);
    assertEquals(columnOf(batch, "s"), [[["c", "b"]], [["c", "c"]]]);
  }
  stream.send(...letters("xyz", false));
  const error = assertThrows(
    () => stream.send(...values([0], true)),
    FlightError,
    "dictionary 9 goes on, although dictionary 7 inside it was replaced",
  );
  assertEquals(error.code, "INVALID_ARGUMENT");
  stream.send(...values([2], false));
  assertEquals(columnOf(stream.batch(...indices(0)), "s"), [[["c", "z"]]]);
});

test("maxDictionaryBytes bounds the dictionaries of a stream", () => {
  const other: FieldInit = { ...intField("o"), dictionary: { id: 8 } };
  const numbers = (isDelta: boolean) =>
    [
      dictionaryHeader(
        8,
        { rows: 1000, nodes: [[1000, 0]], buffers: [empty, [0, 4000]] },
        isDelta,
      ),
      new Uint8Array(4000),
    ] as const;
  const stream = new Stream([colour, other], { maxDictionaryBytes: 10_000 });
  stream.send(...letters("ab", false));
  for (let i = 0; i < 5; i++) stream.send(...numbers(false));
  stream.send(...numbers(true));
  assertExhausted(
    () => stream.send(...numbers(true)),
    "Cannot decode DictionaryBatch: the dictionaries of the stream would take 14064 bytes, and maxDictionaryBytes is 10000",
  );
  // A replacement takes the place of what it replaces, and nothing was lost.
  stream.send(...letters("xyz", false));
  stream.send(...numbers(false));
  stream.send(...numbers(true));
});

test("maxDictionaryBytes bounds deltas without bytes", () => {
  const stream = new Stream([colour], { maxDictionaryBytes: 10_000 });
  const none = dictionaryHeader(
    7,
    { rows: 0, nodes: [[0, 0]], buffers: [empty, empty, empty] },
    true,
  );
  stream.send(...letters("ab", false));
  assertExhausted(() => {
    for (let i = 0; i < 100; i++) stream.send(none);
  }, "maxDictionaryBytes is 10000");
});

test("maxDictionaryBytes bounds what dictionaries decompress to", () => {
  const field = (name: string, id: number) => ({
    ...intField(name),
    dictionary: { id },
  });
  const frame = BODY_CODECS.zstd.compress(new Uint8Array(4096), 1)!;
  const body = new Uint8Array(8 + frame.length);
  new DataView(body.buffer).setBigInt64(0, 4096n, true);
  body.set(frame, 8);
  const stream = new Stream([field("a", 1), field("b", 2)], {
    maxDictionaryBytes: 10_000,
  });
  const send = (id: number, isDelta = false) =>
    stream.send(
      dictionaryHeader(id, {
        rows: 1024,
        nodes: [[1024, 0]],
        buffers: [empty, [0, body.length]],
        codec: 1,
      }, isDelta),
      body,
    );
  send(1);
  send(1);
  send(2);
  for (const id of [1, 2]) {
    assertExhausted(() => send(id, true), "and maxDictionaryBytes is 10000");
  }
  send(2);
});
