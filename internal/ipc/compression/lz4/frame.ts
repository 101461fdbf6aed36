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
      target.set(frame.subarray(at, end), out);
      out += size;
    } else {
      const first = flags & INDEPENDENT_BLOCKS ? out : 0;
      out = decodeBlock(frame, at, end, target, out, first);
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

/**
 * Encodes a frame: independent blocks, the content size, no checksums but that of the header.
 *
 * @returns The frame, or `undefined` if it would not be shorter than `source`.
 */
export function encodeFrame(source: Uint8Array): Uint8Array | undefined {
  const length = source.byteLength;
  const code = BLOCK_BYTES.findIndex((bytes) => length <= bytes);
  const blockBytes = BLOCK_BYTES.at(code)!;
  const target = new Uint8Array(length);
  const view = new DataView(target.buffer);
  // Room for the end mark, and one byte to be shorter by.
  const limit = length - END_MARK_BYTES - 1;
  if (HEADER_BYTES > limit) return undefined;

  view.setUint32(0, MAGIC, true);
  target[4] = VERSION_1 | INDEPENDENT_BLOCKS | CONTENT_SIZE;
  target[5] = (code < 0 ? 7 : code + 4) << 4;
  view.setBigUint64(6, BigInt(length), true);
  target[14] = xxh32(target.subarray(4, 14)) >>> 8;

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
