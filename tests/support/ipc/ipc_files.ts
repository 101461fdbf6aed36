/** Arrow IPC files for tests, in which the messages lie in any order and the footer says anything. */

import { concatBytes } from "../../../internal/base/bytes.ts";
import {
  FlatbufferWriter,
  tableLayout,
} from "../../../internal/ipc/encode/flatbuffer_writer.ts";
import {
  encapsulate,
  type IpcMessage,
} from "../../../internal/ipc/encode/ipc_message.ts";

const FOOTER = tableLayout(2, 4, 4, 4, 4);

/** Position of a message: its first byte, the length of its header and that of its body. */
export type BlockInit = [begin: number, metadata: number, body: number];

/** Contents of a footer. */
export interface FooterInit {
  dictionaries: BlockInit[];
  batches: BlockInit[];
}

/** Unusual properties of a file. */
export interface FileInit {
  /** The order in which the messages lie; that in which they are given by default. */
  order?: number[];
  /** False for a file without its schema in front, where the format wants it too. */
  schemaInFront?: boolean;
  /** Bytes between the messages. */
  gap?: number;
  /** Changes the footer. */
  footer?: (footer: FooterInit) => void;
}

/** The schema message of a file, and its others: dictionaries and batches. */
export function fileOf(
  [schema, ...messages]: readonly IpcMessage[],
  { order = messages.map((_, i) => i), schemaInFront = true, gap = 0, footer }:
    FileInit = {},
): Uint8Array {
  const parts: Uint8Array[] = [new TextEncoder().encode("ARROW1\0\0")];
  let length = 8;
  const add = (...added: Uint8Array[]) => {
    parts.push(...added);
    for (const { byteLength } of added) length += byteLength;
  };
  if (schemaInFront) add(encapsulate(schema!.header));
  const blocks: BlockInit[] = [];
  for (const index of order) {
    const { header, body, bodyLength } = messages[index]!;
    add(new Uint8Array(gap).fill(0xee));
    const metadata = encapsulate(header);
    blocks[index] = [length, metadata.byteLength, bodyLength];
    add(metadata, ...body);
  }
  const isDictionary = ({ header }: IpcMessage) => headerTypeOf(header) === 2;
  const init: FooterInit = {
    dictionaries: blocks.filter((_, i) => isDictionary(messages[i]!)),
    batches: blocks.filter((_, i) => !isDictionary(messages[i]!)),
  };
  footer?.(init);
  const bytes = footerBytes(schema!.header, init);
  const tail = new Uint8Array(10);
  new DataView(tail.buffer).setInt32(0, bytes.byteLength, true);
  tail.set(new TextEncoder().encode("ARROW1"), 4);
  // The end of the messages is marked, as writers do.
  add(Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0), bytes, tail);
  return concatBytes(parts);
}

function headerTypeOf(header: Uint8Array): number {
  const view = new DataView(header.buffer, header.byteOffset);
  const table = view.getUint32(0, true);
  const vtable = table - view.getInt32(table, true);
  return view.getUint8(table + view.getUint16(vtable + 6, true));
}

/** A footer whose schema is that of a message, which is copied as it is. */
function footerBytes(
  header: Uint8Array,
  { dictionaries, batches }: FooterInit,
): Uint8Array {
  const writer = new FlatbufferWriter(1024);
  const table = writer.table(FOOTER, 1 << 4);
  writer.int16(table + FOOTER.at[0]!, 4);
  for (const [slot, list] of [[2, dictionaries], [3, batches]] as const) {
    const first = writer.vector(list.length, 24);
    writer.refer(table + FOOTER.at[slot]!, first - 4);
    for (const [i, [begin, metadata, body]] of list.entries()) {
      writer.int64(first + 24 * i, begin);
      writer.int32(first + 24 * i + 8, metadata);
      writer.int64(first + 24 * i + 16, body);
    }
  }
  const view = new DataView(header.buffer, header.byteOffset);
  const message = view.getUint32(0, true);
  const vtable = message - view.getInt32(message, true);
  const slot = message + view.getUint16(vtable + 8, true);
  const schema = slot + view.getUint32(slot, true);
  const copy = writer.vector(header.byteLength / 8, 8);
  for (const [i, byte] of header.entries()) writer.uint8(copy + i, byte);
  writer.refer(table + FOOTER.at[1]!, copy + schema);
  return writer.finish(table);
}
