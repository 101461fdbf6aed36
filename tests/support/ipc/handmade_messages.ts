/** Messages made by hand, so that anything in them can be wrong. */

import {
  FlatbufferWriter,
  type TableLayout,
  tableLayout,
} from "../../../internal/ipc/encode/flatbuffer_writer.ts";
import { putCodecParts } from "../../../internal/stream/codec_parts.ts";

// As a client and a server do.
putCodecParts();

/** Writes something and gives its position. */
export type Part = (writer: FlatbufferWriter) => number;

const MESSAGE = tableLayout(2, 1, 4, 8, 4);
const SCHEMA = tableLayout(2, 4, 4);
const FIELD = tableLayout(4, 1, 1, 4, 4, 4, 4);
const DICTIONARY_ENCODING = tableLayout(8, 4, 1);
const RECORD_BATCH = tableLayout(8, 4, 4, 4, 4);
const DICTIONARY_BATCH = tableLayout(8, 4, 1);
const INT = tableLayout(4, 1);
const KEY_VALUE = tableLayout(4, 4);

/** A Message. */
export function message(init: {
  version?: number;
  headerType: number;
  header?: Part;
  bodyLength?: number;
  metadata?: Entries | undefined;
}): Uint8Array {
  const writer = new FlatbufferWriter(256);
  let absent = 0;
  if (!init.header) absent |= 1 << 2;
  if (!init.metadata) absent |= 1 << 4;
  const table = writer.table(MESSAGE, absent);
  writer.int16(table + MESSAGE.at[0]!, init.version ?? 4);
  writer.uint8(table + MESSAGE.at[1]!, init.headerType);
  if (init.header) writer.refer(table + MESSAGE.at[2]!, init.header(writer));
  writer.int64(table + MESSAGE.at[3]!, init.bodyLength ?? 0);
  if (init.metadata) entries(writer, table + MESSAGE.at[4]!, init.metadata);
  return writer.finish(table);
}

/** A field of a schema. */
export interface FieldInit {
  name?: string | Part;
  typeId: number;
  /** Its type; a table without slots by default. */
  type?: Part | "none";
  children?: FieldInit[];
  dictionary?: { id: number; bits?: number; signed?: boolean };
  metadata?: Entries;
}

/** Custom metadata; keys may occur again. */
export type Entries = readonly (readonly [key: Part, value: Part])[];

/** A table of numbers: the width of each slot, and its value. */
export function numbers(...slots: [width: number, value: number][]): Part {
  return (writer) => {
    const layout = tableLayout(...slots.map(([width]) => width));
    const table = writer.table(layout);
    for (const [slot, [width, value]] of slots.entries()) {
      put(writer, layout, table, slot, width, value);
    }
    return table;
  };
}

function put(
  writer: FlatbufferWriter,
  layout: TableLayout,
  table: number,
  slot: number,
  width: number,
  value: number,
): void {
  const position = table + layout.at[slot]!;
  if (width === 1) writer.uint8(position, value);
  else if (width === 2) writer.int16(position, value);
  else if (width === 4) writer.int32(position, value);
  else writer.int64(position, value);
}

/** The type Int. */
export function int(bits = 32, signed = true): Part {
  return numbers([4, bits], [1, signed ? 1 : 0]);
}

/** A field of type Int. */
export function intField(name = "a", bits = 32): FieldInit {
  return { name, typeId: 2, type: int(bits) };
}

function field(writer: FlatbufferWriter, init: FieldInit): number {
  let absent = 0;
  if (!init.metadata) absent |= 1 << 6;
  if (init.name === undefined) absent |= 1 << 0;
  if (init.type === "none") absent |= 1 << 3;
  if (!init.dictionary) absent |= 1 << 4;
  const table = writer.table(FIELD, absent);
  if (init.name !== undefined) {
    const { name } = init;
    writer.refer(
      table + FIELD.at[0]!,
      typeof name === "string" ? writer.string(name) : name(writer),
    );
  }
  writer.uint8(table + FIELD.at[1]!, 1);
  writer.uint8(table + FIELD.at[2]!, init.typeId);
  if (init.type !== "none") {
    const type = init.type ?? numbers();
    writer.refer(table + FIELD.at[3]!, type(writer));
  }
  if (init.dictionary) {
    const { id, bits = 32, signed = true } = init.dictionary;
    const encoding = writer.table(DICTIONARY_ENCODING);
    writer.refer(table + FIELD.at[4]!, encoding);
    writer.int64(encoding + DICTIONARY_ENCODING.at[0]!, id);
    const index = writer.table(INT);
    writer.refer(encoding + DICTIONARY_ENCODING.at[1]!, index);
    writer.int32(index + INT.at[0]!, bits);
    writer.uint8(index + INT.at[1]!, signed ? 1 : 0);
  }
  fields(writer, table + FIELD.at[5]!, init.children ?? []);
  if (init.metadata) entries(writer, table + FIELD.at[6]!, init.metadata);
  return table;
}

function entries(
  writer: FlatbufferWriter,
  position: number,
  metadata: Entries,
): void {
  const first = writer.vector(metadata.length, 4);
  writer.refer(position, first - 4);
  for (const [index, [key, value]] of metadata.entries()) {
    const entry = writer.table(KEY_VALUE);
    writer.refer(first + 4 * index, entry);
    writer.refer(entry + KEY_VALUE.at[0]!, key(writer));
    writer.refer(entry + KEY_VALUE.at[1]!, value(writer));
  }
}

/** A string of any bytes. */
export function rawString(...bytes: number[]): Part {
  return (writer) => {
    const first = writer.vector(bytes.length, 4);
    for (const [i, byte] of bytes.entries()) writer.uint8(first + i, byte);
    return first - 4;
  };
}

function fields(
  writer: FlatbufferWriter,
  position: number,
  list: FieldInit[],
): void {
  const first = writer.vector(list.length, 4);
  writer.refer(position, first - 4);
  for (const [index, init] of list.entries()) {
    writer.refer(first + 4 * index, field(writer, init));
  }
}

/** The header of a schema message. */
export function schemaHeader(
  list: FieldInit[],
  init: { version?: number; endianness?: number; metadata?: Entries } = {},
): Uint8Array {
  return message({
    version: init.version ?? 4,
    headerType: 1,
    header(writer) {
      const table = writer.table(SCHEMA, init.metadata ? 0 : 1 << 2);
      writer.int16(table + SCHEMA.at[0]!, init.endianness ?? 0);
      fields(writer, table + SCHEMA.at[1]!, list);
      if (init.metadata) entries(writer, table + SCHEMA.at[2]!, init.metadata);
      return table;
    },
  });
}

/** Contents of a record batch. */
export interface BatchInit {
  version?: number;
  rows: number;
  /** Length and null count of each. */
  nodes?: [number, number][];
  /** Offset and length of each. */
  buffers?: [number, number][];
  variadicCounts?: number[];
  bodyLength?: number;
  /** The number of a codec. */
  codec?: number | undefined;
  /** The number of a method, with a codec. */
  method?: number;
  /** Custom metadata of the message. */
  metadata?: Entries;
}

function batchTable(init: BatchInit): Part {
  return (writer) => {
    let absent = 0;
    if (init.codec === undefined) absent |= 1 << 3;
    if (init.variadicCounts === undefined) absent |= 1 << 4;
    if (init.nodes === undefined) absent |= 1 << 1;
    if (init.buffers === undefined) absent |= 1 << 2;
    const table = writer.table(RECORD_BATCH, absent);
    writer.int64(table + RECORD_BATCH.at[0]!, init.rows);
    vector(writer, table + RECORD_BATCH.at[1]!, init.nodes?.flat(), 2);
    vector(writer, table + RECORD_BATCH.at[2]!, init.buffers?.flat(), 2);
    if (init.codec !== undefined) {
      const compression = numbers([1, init.codec], [1, init.method ?? 0])(
        writer,
      );
      writer.refer(table + RECORD_BATCH.at[3]!, compression);
    }
    vector(writer, table + RECORD_BATCH.at[4]!, init.variadicCounts, 1);
    return table;
  };
}

function vector(
  writer: FlatbufferWriter,
  position: number,
  values: number[] | undefined,
  per: number,
): void {
  if (values === undefined) return;
  const first = writer.vector(values.length / per, 8 * per);
  writer.refer(position, first - 4);
  for (const [index, value] of values.entries()) {
    writer.int64(first + 8 * index, value);
  }
}

/** The header of a record batch. */
export function batchHeader(init: BatchInit): Uint8Array {
  return message({
    version: init.version ?? 4,
    headerType: 3,
    header: batchTable(init),
    bodyLength: init.bodyLength ?? 0,
    metadata: init.metadata,
  });
}

/** The header of a dictionary batch. */
export function dictionaryHeader(
  id: number,
  init: BatchInit | undefined,
  isDelta = false,
): Uint8Array {
  return message({
    headerType: 2,
    header(writer) {
      const table = writer.table(DICTIONARY_BATCH, init ? 0 : 1 << 1);
      writer.int64(table + DICTIONARY_BATCH.at[0]!, id);
      writer.uint8(table + DICTIONARY_BATCH.at[2]!, isDelta ? 1 : 0);
      if (init) {
        writer.refer(
          table + DICTIONARY_BATCH.at[1]!,
          batchTable(init)(writer),
        );
      }
      return table;
    },
    bodyLength: init?.bodyLength ?? 0,
  });
}
