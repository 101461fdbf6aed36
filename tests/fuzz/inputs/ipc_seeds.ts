/** Valid IPC streams, which inputs are made of. */

import {
  type Data,
  type DataType,
  Dictionary,
  Field,
  Int32,
  type RecordBatch,
  Schema,
  Table,
  tableToIPC,
  Utf8,
  Utf8View,
  type Vector,
  vectorFromArray,
} from "apache-arrow";
import {
  listView,
  runEndEncoded,
} from "../../../internal/arrow/encodings/encoding.ts";
import { rebuiltType } from "../../../internal/arrow/types/rebuilt_type.ts";
import { openMessage } from "../../../internal/ipc/decode/message_reader.ts";
import type { IpcWriteOptions } from "../../../internal/core/ipc_options.ts";
import {
  batchOf,
  dictionaryData,
  everything,
  ROWS,
  SAMPLES,
} from "../../support/ipc/samples.ts";
import { fileOf } from "../../support/ipc/ipc_files.ts";
import {
  encode,
  receive,
  type ReceivedMessage,
} from "../../support/ipc/ipc_streams.ts";
import { MESSAGE } from "./arrow_shapes.ts";
import { type Anatomy, anatomyOf } from "./flatbuffer_sites.ts";

/** A message of a valid stream. */
export interface SeedMessage extends ReceivedMessage {
  /** Parts of its header. */
  readonly anatomy: Anatomy;
  /** Integers of its body that are worth changing: the buffers of the header. */
  readonly buffers: readonly (readonly [offset: number, length: number])[];
}

/** A valid stream. */
export interface SeedStream {
  /** The messages, the schema first. */
  readonly messages: readonly SeedMessage[];
  /** Number of rows of its batches. */
  readonly rows: number;
}

/** All streams: one of each type and encoding, compressed ones, dictionaries that grow. */
export function seedStreams(): SeedStream[] {
  const streams = Object.values(SAMPLES).map((make) =>
    seed([batchOf({ column: make() })])
  );
  streams.push(seed([everything()]));
  const pairs = Object.values(SAMPLES);
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const columns = { a: pairs[i]!(), b: pairs[i + 1]!() };
    streams.push(seed([batchOf(columns, new Map([["key", "value"]]))]));
  }
  for (const compression of ["lz4", "zstd"] as const) {
    streams.push(seed([wordBatch(0)], { compression }));
    streams.push(
      seed([wordBatch(0), wordBatch(40)], {
        compression,
        dictionaries: "delta",
      }),
    );
  }
  streams.push(
    seed([growing(3), growing(5), growing(9)], { dictionaries: "delta" }),
    seed([growing(3), growing(4)]),
  );
  return [...streams, ...encodedStreams()];
}

/** Streams of runs and list views, of each type, and of each other. */
function encodedStreams(): SeedStream[] {
  const widths = [16, 32, 64] as const;
  const runs = Object.values(SAMPLES).map((make, i) =>
    encodedStream(make(), (type) => runEndEncoded(type, widths[i % 3]))
  );
  const lists = [SAMPLES.list!, SAMPLES.largeList!, SAMPLES.listOfDictionary!]
    .flatMap((make) => [
      encodedStream(make(), listView),
      encodedStream(make(), (type) => runEndEncoded(listView(type))),
    ]);
  const inside = [SAMPLES.list!, SAMPLES.struct!, SAMPLES.denseUnion!].map(
    (make) => encodedStream(make(), (type) => encodedChildren(type)),
  );
  return [...runs, ...lists, ...inside];
}

function encodedStream(
  column: Data,
  encoded: (type: DataType) => DataType,
): SeedStream {
  const schema = new Schema([new Field("column", encoded(column.type), true)]);
  return seed([batchOf({ column })], { compression: "none" }, schema);
}

/** The same type, with children that are runs. */
function encodedChildren(type: DataType): DataType {
  return rebuiltType(
    type,
    type.children.map(({ name, type, nullable }: Field) =>
      new Field(name, runEndEncoded(type), nullable)
    ),
  );
}

function seed(
  batches: readonly RecordBatch[],
  options?: IpcWriteOptions,
  schema?: Schema,
): SeedStream {
  return {
    messages: receive(encode(batches, schema, options)).map(seedMessage),
    rows: batches[0]!.numRows,
  };
}

function seedMessage({ header, body }: ReceivedMessage): SeedMessage {
  return {
    header,
    body,
    anatomy: anatomyOf(header, MESSAGE),
    buffers: buffersOf(header),
  };
}

/** Finds the buffers of a message, with the reader under test: the header is valid. */
function buffersOf(header: Uint8Array): [number, number][] {
  const { reader, header: table, headerType } = openMessage(header);
  if (headerType === 1) return [];
  const batch = headerType === 2 ? reader.tableIn(table, 1) : table;
  const first = reader.vectorIn(batch, 2, 16);
  const buffers: [number, number][] = [];
  for (let i = 0; i < reader.length(first); i++) {
    const length = reader.int64(first + 16 * i + 8);
    if (length > 0) buffers.push([reader.int64(first + 16 * i), length]);
  }
  return buffers;
}

/** Columns whose buffers are large enough to be compressed. */
function wordBatch(from: number): RecordBatch {
  const words = Array.from(
    { length: 200 },
    (_, row) => `word ${(row + from) % 90}`,
  );
  const vectors: Record<string, Vector> = {
    n: vectorFromArray(words.map((_, row) => row >> 3), new Int32()),
    s: vectorFromArray(words, new Utf8()),
    v: vectorFromArray(words.map((word) => word.repeat(4)), new Utf8View()),
    d: vectorFromArray(words, new Dictionary(new Utf8(), new Int32(), 7)),
  };
  return batchOf(
    Object.fromEntries(
      Object.entries(vectors).map(([name, { data }]) => [name, data[0]!]),
    ),
  );
}

const GROWING = new Dictionary(new Utf8(), new Int32(), 3);
const OTHER = new Dictionary(new Int32(), new Int32(), 4);

/** Columns whose dictionaries have `size` values, the first of which are always the same. */
function growing(size: number): RecordBatch {
  const indices = Array.from({ length: ROWS }, (_, row) => row % size);
  const texts = vectorFromArray(
    Array.from({ length: size }, (_, i) => `value ${i}`),
    new Utf8(),
  );
  const numbers = vectorFromArray(
    Array.from({ length: size }, (_, i) => i * i),
    new Int32(),
  );
  return batchOf({
    text: dictionaryData(GROWING, texts, indices),
    number: dictionaryData(OTHER, numbers, indices),
  });
}

/** Valid files, as apache-arrow writes them, and as all others do. */
export function seedFiles(): { bytes: Uint8Array; rows: number }[] {
  const batches = [
    [batchOf({ column: SAMPLES.utf8!() })],
    [growing(3)],
    [everything()],
    [wordBatch(0)],
  ];
  return batches.flatMap((list) => {
    const rows = list[0]!.numRows;
    const own = fileOf(encode(list, undefined, { compression: "zstd" }));
    return [
      { bytes: tableToIPC(new Table(list), "file"), rows },
      { bytes: own, rows },
    ];
  });
}
