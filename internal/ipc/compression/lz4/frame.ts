/**
 * LZ4 frames.
 *
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 *
 * | part           | bytes                                                                  |
 * | -------------- | ---------------------------------------------------------------------- |
 * | magic number   | `04 22 4D 18`                                                          |
 * | FLG            | 1: version, independent, block checksum, size, checksum, 0, dictionary |
 * | BD             | 1: largest block                                                       |
 * | content size   | 8, where FLG says so                                                   |
 * | HC             | 1: second byte of the hash of FLG, BD and content size                 |
 * | blocks         | length (4, highest bit: stored), bytes, hash (4, where FLG says so)    |
 * | end mark       | `00 00 00 00`                                                          |
 * | content hash   | 4, where FLG says so                                                   |
 */

import { decodeBlock } from "./block_decoder.ts";
import { encodeBlock } from "./block_encoder.ts";
import { MAX_WASM_BYTES, type WasmBlocks, wasmBlocks } from "./wasm_blocks.ts";
import { xxh32 } from "./xxh32.ts";

const MAGIC = 0x184d2204;

const VERSION_MASK = 0xc0;
const VERSION_1 = 0x40;
const INDEPENDENT_BLOCKS = 0x20;
const BLOCK_CHECKSUMS = 0x10;
const CONTENT_SIZE = 0x08;
const CONTENT_CHECKSUM = 0x04;
const RESERVED = 0x02;
const DICTIONARY = 0x01;

/** A block that would not shrink is stored as it is. */
const STORED = 0x8000_0000;

/** Size of the header that is written here: magic number, FLG, BD, content size, HC. */
const HEADER_BYTES = 15;
const END_MARK_BYTES = 4;

/** Largest block of each code of BD, from 4 on. */
const BLOCK_BYTES = [64 << 10, 256 << 10, 1 << 20, 4 << 20] as const;

/**
 * Decodes a frame, which is all of `frame`, into `target`, which it fills exactly.
 *
 * @throws {RangeError} When it is malformed, or of another length.
 */
export function decodeFrame(frame: Uint8Array, target: Uint8Array): void {
  const length = frame.byteLength;
  const view = new DataView(frame.buffer, frame.byteOffset, length);
  const need = (at: number, bytes: number): void => {
    if (bytes > length - at) {
      throw new RangeError(`the frame ends early, after ${length} bytes`);
    }
  };

  need(0, 7);
  if (view.getUint32(0, true) !== MAGIC) {
    throw new RangeError("the frame has no magic number");
  }
  const flags = frame[4]!;
  const code = (frame[5]! >>> 4) - 4;
  if (
    (flags & VERSION_MASK) !== VERSION_1 || (flags & RESERVED) !== 0 ||
    (frame[5]! & 0x8f) !== 0 || code < 0
  ) throw new RangeError("the frame is of an unknown version");
  if (flags & DICTIONARY) {
    throw new RangeError("the frame needs a dictionary");
  }
  let at = 6;
  if (flags & CONTENT_SIZE) {
    need(at, 9);
    const size = view.getBigUint64(at, true);
    if (size !== BigInt(target.byteLength)) {
      throw new RangeError(`the frame has ${size} bytes`);
    }
    at += 8;
  }
  if (frame[at] !== (xxh32(frame.subarray(4, at)) >>> 8 & 255)) {
    throw new RangeError("the checksum of the frame's header is wrong");
  }
  at++;

  const blocks = blocksOf(frame, target);
  let out = 0;
  while (true) {
    need(at, 4);
    const word = view.getUint32(at, true);
    at += 4;
    if (word === 0) break;
    const size = word & ~STORED;
    if (size > BLOCK_BYTES[code]!) {
      throw new RangeError(`a block has ${size} bytes`);
    }
    need(at, size);
    const end = at + size;
    if (word >= STORED) {
      if (size > target.byteLength - out) {
        throw new RangeError(
          `it has more than the ${target.byteLength} bytes it should have`,
        );
      }
      if (blocks) blocks.store(at, end, out);
      else target.set(frame.subarray(at, end), out);
      out += size;
    } else {
      const first = flags & INDEPENDENT_BLOCKS ? out : 0;
      const stop = blocks?.decode(at, end, out, first) ?? -1;
      if (stop < 0) {
        // The other decoder tells the fault.
        if (blocks) target.set(blocks.output(out));
        out = decodeBlock(frame, at, end, target, out, first);
        if (blocks) throw new RangeError("a block is malformed");
      } else out = stop;
    }
    if (flags & BLOCK_CHECKSUMS) {
      need(end, 4);
      if (xxh32(frame.subarray(at, end)) !== view.getUint32(end, true)) {
        throw new RangeError("the checksum of a block is wrong");
      }
      at = end + 4;
    } else at = end;
  }
  if (out !== target.byteLength) {
    throw new RangeError(
      `it has ${out} bytes instead of ${target.byteLength}`,
    );
  }
  if (blocks) target.set(blocks.output(out));
  if (flags & CONTENT_CHECKSUM) {
    need(at, 4);
    if (xxh32(target) !== view.getUint32(at, true)) {
      throw new RangeError("the checksum of the content is wrong");
    }
    at += 4;
  }
  if (at !== length) {
    throw new RangeError(`${length - at} bytes follow the frame`);
  }
}

/** Returns the fast blocks, with their input, where they can decode a frame. */
function blocksOf(
  frame: Uint8Array,
  target: Uint8Array,
): WasmBlocks | undefined {
  const largest = Math.max(frame.byteLength, target.byteLength);
  const blocks = largest > MAX_WASM_BYTES ? undefined : wasmBlocks();
  blocks?.begin(frame, target.byteLength);
  return blocks;
}

/**
 * Encodes a frame: independent blocks, the content size, no checksums but that of the header.
 *
 * @returns The frame, or `undefined` if it would not be shorter than `source`.
 */
export function encodeFrame(source: Uint8Array): Uint8Array | undefined {
  const length = source.byteLength;
  // Room for the end mark, and one byte to be shorter by.
  const limit = length - END_MARK_BYTES - 1;
  if (HEADER_BYTES > limit) return undefined;
  const blocks = length > MAX_WASM_BYTES ? undefined : wasmBlocks();
  return blocks === undefined
    ? encodeBlocks(source, limit)
    : encodeOneBlock(source, limit, blocks);
}

/** Encodes a frame of one block, which has all of `source`. */
function encodeOneBlock(
  source: Uint8Array,
  limit: number,
  blocks: WasmBlocks,
): Uint8Array | undefined {
  const length = source.byteLength;
  const most = limit - HEADER_BYTES - 4;
  if (most < 1) return undefined;
  blocks.begin(source, most);
  const size = blocks.encode(length);
  if (size < 0) return undefined;
  const frame = new Uint8Array(HEADER_BYTES + 4 + size + END_MARK_BYTES);
  const view = writeHeader(frame, length);
  view.setUint32(HEADER_BYTES, size, true);
  frame.set(blocks.output(size), HEADER_BYTES + 4);
  return frame;
}

/** Writes the header of a frame for `length` bytes. */
function writeHeader(frame: Uint8Array, length: number): DataView {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  view.setUint32(0, MAGIC, true);
  frame[4] = VERSION_1 | INDEPENDENT_BLOCKS | CONTENT_SIZE;
  frame[5] = (blockCode(length) + 4) << 4;
  view.setBigUint64(6, BigInt(length), true);
  frame[14] = xxh32(frame.subarray(4, 14)) >>> 8;
  return view;
}

/** Index of the smallest size of blocks that suffices for `length`, or of the largest. */
function blockCode(length: number): number {
  const code = BLOCK_BYTES.findIndex((bytes) => length <= bytes);
  return code < 0 ? BLOCK_BYTES.length - 1 : code;
}

/** Encodes a frame by JavaScript. */
function encodeBlocks(
  source: Uint8Array,
  limit: number,
): Uint8Array | undefined {
  const length = source.byteLength;
  const blockBytes = BLOCK_BYTES[blockCode(length)]!;
  const target = new Uint8Array(length);
  const view = writeHeader(target, length);

  let out = HEADER_BYTES;
  for (let start = 0; start < length; start += blockBytes) {
    const end = Math.min(start + blockBytes, length);
    if (out + 4 > limit) return undefined;
    // A block that would not shrink is stored.
    const blockLimit = Math.min(limit, out + 4 + end - start);
    const blockEnd = encodeBlock(
      source,
      start,
      end,
      target,
      out + 4,
      blockLimit,
    );
    if (blockEnd >= 0) {
      view.setUint32(out, blockEnd - out - 4, true);
      out = blockEnd;
    } else {
      if (out + 4 + end - start > limit) return undefined;
      view.setUint32(out, (end - start | STORED) >>> 0, true);
      target.set(source.subarray(start, end), out + 4);
      out += 4 + end - start;
    }
  }
  view.setUint32(out, 0, true);
  return target.subarray(0, out + END_MARK_BYTES);
}
