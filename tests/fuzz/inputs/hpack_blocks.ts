/** Header blocks, instruction by instruction: RFC 7541, section 6. */

import {
  huffmanByteLength,
  huffmanEncode,
} from "../../../internal/http2/hpack/huffman.ts";
import { ByteSink } from "../targets/byte_sink.ts";
import type { Random } from "../random.ts";

/** A header that a block is made of. */
export type Field = readonly [name: string, value: string];

/** Forms of a literal field: the patterns of section 6.2. */
const LITERALS = [
  { pattern: 0x40, bits: 6 },
  { pattern: 0x00, bits: 4 },
  { pattern: 0x10, bits: 4 },
] as const;

/**
 * Writes a block. Nothing in it depends on a table, so that it means the same wherever it is sent.
 *
 * @param random Chooses among the ways of writing it, all of which are valid; always the plainest where
 * it is left out.
 */
export function plainBlock(
  fields: readonly Field[],
  random?: Random,
): Uint8Array {
  const sink = new ByteSink();
  for (const [name, value] of fields) {
    const literal = random === undefined ? LITERALS[1] : random.pick(LITERALS);
    integer(sink, literal.pattern, literal.bits, 0);
    string(sink, name, random?.oneIn(2) ?? false);
    string(sink, value, random?.oneIn(2) ?? false);
  }
  return sink.take();
}

/** Texts of headers, harmless and not. */
const NAMES = [
  ":authority",
  ":path",
  ":status",
  "content-type",
  "cookie",
  "grpc-status",
  "te",
  "x-a",
  "x-b-bin",
  "",
  "X-Upper",
  "x\0",
];
const VALUES = ["", "0", "200", "/", "trailers", "application/grpc", "\xff\0"];

/** State of the table after the blocks of a connection. */
export interface TableState {
  /** Least number of entries. */
  entries: number;
  /** True if it has room for some. */
  isLarge: boolean;
}

/** A block of any instructions, most of them valid. */
export function anyBlock(random: Random, table: TableState): Uint8Array {
  const sink = new ByteSink();
  if (random.oneIn(4)) sizeUpdates(sink, random, table);
  for (let count = random.below(9); count > 0; count--) {
    instruction(sink, random, table);
  }
  return sink.take();
}

function instruction(
  sink: ByteSink,
  random: Random,
  table: TableState,
): void {
  switch (random.below(200)) {
    case 0:
      return sizeUpdates(sink, random, table);
    case 1:
      return sink.bytes(random.bytes(random.below(6)));
  }
  const index = anyIndex(random, table);
  if (random.oneIn(3)) {
    return integer(sink, 0x80, 7, index, random);
  }
  const { pattern, bits } = random.pick(LITERALS);
  const name = random.oneIn(2) ? index : 0;
  integer(sink, pattern, bits, name, random);
  const start = sink.length;
  if (name === 0) anyString(sink, random.pick(NAMES), random);
  anyString(sink, random.pick(VALUES), random);
  if (pattern !== 0x40) return;
  // A long entry may leave no room for any other, or itself.
  if (sink.length - start > 60) table.entries = 0;
  else if (table.isLarge) table.entries++;
}

/** Mostly of the static table, often of the dynamic one, rarely beyond. */
function anyIndex(random: Random, { entries }: TableState): number {
  if (random.oneIn(300)) return Math.max(0, random.edge());
  if (entries > 0 && random.oneIn(3)) {
    return 62 + random.below(Math.min(entries, 8));
  }
  return 1 + random.below(61);
}

function sizeUpdates(
  sink: ByteSink,
  random: Random,
  table: TableState,
): void {
  for (let count = random.below(4); count > 0; count--) {
    const size = random.oneIn(40)
      ? random.pick([4097, 65_536, 2 ** 32])
      : random.pick([0, 31, 32, 100, 4095, 4096, 4096, 4096]);
    integer(sink, 0x20, 5, size, random);
    table.isLarge = size > 4000;
    if (!table.isLarge) table.entries = 0;
  }
}

function anyString(sink: ByteSink, text: string, random: Random): void {
  if (random.oneIn(60)) text = text.repeat(random.below(200));
  if (!random.oneIn(150)) return string(sink, text, random.oneIn(2), random);
  // A wrong length, or a code that does not exist.
  integer(sink, random.oneIn(2) ? 0x80 : 0, 7, random.below(2000), random);
  sink.bytes(random.bytes(random.below(20)));
}

/** Section 5.2. */
function string(
  sink: ByteSink,
  text: string,
  isHuffman: boolean,
  random?: Random,
): void {
  if (!isHuffman) {
    integer(sink, 0, 7, text.length, random);
    sink.octets(text);
    return;
  }
  const bytes = new Uint8Array(huffmanByteLength(text));
  huffmanEncode(text, bytes, 0);
  // Padding that is not all ones.
  if (bytes.length > 0 && random?.oneIn(150)) bytes[bytes.length - 1]! &= 0xfe;
  integer(sink, 0x80, 7, bytes.length, random);
  sink.bytes(bytes);
}

/** Section 5.1; sometimes longer than it need be. */
function integer(
  sink: ByteSink,
  pattern: number,
  bits: number,
  value: number,
  random?: Random,
): void {
  const mask = 2 ** bits - 1;
  if (value < mask) {
    sink.byte(pattern | value);
    return;
  }
  sink.byte(pattern | mask);
  sink.varint(value - mask, random?.oneIn(150) ? random.below(6) : 0);
}
