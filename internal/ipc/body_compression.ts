/** Where compression of bodies is plugged in. */

import { cannotDecodeYet } from "./codec_error.ts";

/**
 * Restores one buffer.
 *
 * @param compressed What followed the length of the buffer.
 * @param byteLength The length it must have, in bytes.
 * @returns Bytes whose offset in their ArrayBuffer is a multiple of 8.
 */
export type Decompress = (
  compressed: Uint8Array,
  byteLength: number,
) => Uint8Array;

/** Codecs by their number in `enum CompressionType`. */
export type Decompressors = ReadonlyMap<number, Decompress>;

/** The names of `enum CompressionType`, by number. */
const COMPRESSION_NAMES: readonly string[] = ["LZ4_FRAME", "ZSTD"];

/**
 * The codec with the given number.
 *
 * @param what What is compressed with it, for texts.
 * @throws {FlightError} UNIMPLEMENTED when it is not among them.
 */
export function decompressorOf(
  decompressors: Decompressors,
  codec: number,
  what: string,
): Decompress {
  const decompress = decompressors.get(codec);
  if (decompress !== undefined) return decompress;
  throw cannotDecodeYet(
    what,
    `compression with ${
      COMPRESSION_NAMES[codec] ?? `codec ${codec}`
    } is not supported`,
  );
}
