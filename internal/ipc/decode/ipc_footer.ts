/** The footer of Arrow's IPC file format ("IPC File Format" of the columnar format). */

import type { Schema } from "apache-arrow";
import { toText } from "../../base/bytes.ts";
import { cannotDecode, decoding } from "../../arrow/codec_error.ts";
import { FlatbufferReader } from "./flatbuffer_reader.ts";
import { FILE_MAGIC } from "./ipc_format.ts";
import { readSchema } from "./schema_reader.ts";

// table Footer {
//   0 version: int16; 1 schema: Schema; 2 dictionaries: [Block]; 3 recordBatches: [Block];
//   4 custom_metadata: [KeyValue];
// }
// struct Block { offset: int64; metaDataLength: int32; (4 bytes of padding) bodyLength: int64; }

/** Number of bytes at the end of a file: the length of its footer, and "ARROW1". */
export const TAIL_BYTES = 10;

const BLOCK_BYTES = 24;

/** Largest number of messages in a file: as many as a schema may have fields. */
const MAX_BLOCKS = 2 ** 20;

/** Continuation marker, length, and the shortest flatbuffer. */
const MIN_METADATA_BYTES = 12;

/** Position of a message in a file. */
export interface Block {
  /** Kind of the message. */
  readonly kind: "dictionary" | "batch";
  /** Position of its first byte: that of the continuation marker. */
  readonly begin: number;
  /** Position of the first byte of its body. */
  readonly bodyBegin: number;
  /** Position after its body. */
  readonly end: number;
}

/** Messages of a footer, kept as numbers, because there may be a million of them. */
export class Blocks {
  /** Number of messages. */
  readonly length: number;
  /** Position of the first byte of each message. */
  readonly begins: Float64Array;
  /** Position after the body of each message. */
  readonly ends: Float64Array;
  readonly #bodies: Float64Array;
  readonly #dictionaries: number;

  /**
   * Makes an empty list.
   *
   * @param dictionaries Number of dictionaries, which come first.
   * @param batches Number of batches.
   */
  constructor(dictionaries: number, batches: number) {
    this.length = dictionaries + batches;
    this.begins = new Float64Array(this.length);
    this.ends = new Float64Array(this.length);
    this.#bodies = new Float64Array(this.length);
    this.#dictionaries = dictionaries;
  }

  /** Sets the position of a message. */
  set(i: number, begin: number, bodyBegin: number, end: number): void {
    this.begins[i] = begin;
    this.#bodies[i] = bodyBegin;
    this.ends[i] = end;
  }

  /** Returns a message, if there are that many. */
  at(i: number): Block | undefined {
    if (i >= this.length) return undefined;
    return {
      kind: i < this.#dictionaries ? "dictionary" : "batch",
      begin: this.begins[i]!,
      bodyBegin: this.#bodies[i]!,
      end: this.ends[i]!,
    };
  }
}

/** Contents of a footer. */
interface Footer {
  /** The schema. */
  readonly schema: Schema;
  /** The dictionaries, then the batches, each in their order. */
  readonly blocks: Blocks;
}

/**
 * Reads the length of a footer.
 *
 * @param tail The last bytes of the file.
 * @param byteLength The length of the file.
 * @throws {FlightError} INVALID_ARGUMENT when there is no footer.
 */
export function footerLength(tail: Uint8Array, byteLength: number): number {
  const { buffer, byteOffset } = tail;
  const start = tail.byteLength - TAIL_BYTES;
  if (start < 0 || toText(tail.subarray(start + 4)) !== "ARROW1") {
    throw cannotDecode("IPC file", "it does not end with a footer");
  }
  const length = new DataView(buffer, byteOffset).getInt32(start, true);
  const room = byteLength - TAIL_BYTES - FILE_MAGIC.length;
  if (length <= 0 || length > room) {
    throw cannotDecode(
      "IPC file",
      `its footer claims to take ${length} bytes of ${room}`,
    );
  }
  return length;
}

/**
 * Reads a footer.
 *
 * @param bytes The flatbuffer.
 * @param begin Its position in the file: all messages end before it.
 * @throws {FlightError} INVALID_ARGUMENT when it is malformed, UNIMPLEMENTED for types that
 * apache-arrow does not know.
 */
export function readFooter(bytes: Uint8Array, begin: number): Footer {
  return decoding("IPC file", () => {
    const reader = new FlatbufferReader(bytes);
    reader.what = "Footer";
    const root = reader.root();
    const table = reader.tableIn(root, 1);
    if (table === 0) reader.fail("it has no schema");
    const dictionaries = reader.vectorIn(root, 2, BLOCK_BYTES);
    const batches = reader.vectorIn(root, 3, BLOCK_BYTES);
    const counts = [
      reader.length(dictionaries),
      reader.length(batches),
    ] as const;
    const count = counts[0] + counts[1];
    if (count > MAX_BLOCKS) {
      reader.fail(`it lists ${count} messages, more than ${MAX_BLOCKS}`);
    }
    const blocks = new Blocks(...counts);
    readBlocks(reader, dictionaries, "dictionary", blocks, 0, begin);
    readBlocks(reader, batches, "batch", blocks, counts[0], begin);
    checkOverlaps(reader, blocks);
    const schema = readSchema(reader, table, reader.int16In(root, 0));
    return { schema, blocks };
  });
}

function readBlocks(
  reader: FlatbufferReader,
  vector: number,
  kind: Block["kind"],
  blocks: Blocks,
  first: number,
  limit: number,
): void {
  const count = reader.length(vector);
  for (let i = 0; i < count; i++) {
    const position = vector + BLOCK_BYTES * i;
    const begin = reader.int64(position);
    const metadataLength = reader.int32(position + 8);
    const bodyLength = reader.int64(position + 16);
    const bodyBegin = begin + metadataLength;
    const end = bodyBegin + bodyLength;
    if (
      begin < FILE_MAGIC.length || metadataLength < MIN_METADATA_BYTES ||
      bodyLength < 0 || end > limit
    ) {
      reader.fail(
        `${kind} ${i} is said to be at ${begin}, with ${metadataLength} bytes of ` +
          `metadata and ${bodyLength} bytes of body; the messages are in bytes ` +
          `${FILE_MAGIC.length} to ${limit}`,
      );
    }
    blocks.set(first + i, begin, bodyBegin, end);
  }
}

/**
 * Rejects overlapping messages: one that is listed twice would let a small file have any number of
 * rows.
 */
function checkOverlaps(
  reader: FlatbufferReader,
  { begins, ends, length }: Blocks,
): void {
  // If none overlap, messages that begin later end later too.
  const [sortedBegins, sortedEnds] = [begins.toSorted(), ends.toSorted()];
  for (let i = 1; i < length; i++) {
    if (sortedBegins[i]! >= sortedEnds[i - 1]!) continue;
    reader.fail(
      `it lists messages which overlap: one begins at ${
        sortedBegins[i]
      }, before ` +
        `one ends at ${sortedEnds[i - 1]}`,
    );
  }
}
