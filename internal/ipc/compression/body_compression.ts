/** Compression of bodies: the codecs of Arrow's IPC format. */

import type { Compression } from "../../core/ipc_options.ts";
import { BUFFER_METHOD } from "../../arrow/arrow_format.ts";
import { cannotDecodeYet } from "../../arrow/codec_error.ts";
import { decodeFrame, encodeFrame } from "./lz4/frame.ts";
import { decodeZstd, encodeZstd } from "./zstd/frame.ts";
import { hasZstd } from "./zstd/library.ts";

// enum CompressionType: LZ4_FRAME, ZSTD
// enum BodyCompressionMethod: BUFFER

/** Compression codec. */
export interface BodyCodec {
  /** Its number in `enum CompressionType`. */
  readonly id: number;
  /** Its name there. */
  readonly name: string;
  /** Returns the most bytes that `byteLength` compressed ones can stand for. */
  longest(byteLength: number): number;
  /**
   * Compresses one buffer.
   *
   * @param level The level, if the codec has levels.
   * @returns The result; `undefined` if it would not be shorter.
   */
  compress(bytes: Uint8Array, level: number): Uint8Array | undefined;
  /**
   * Restores one buffer, which fills `target` exactly.
   *
   * @throws {RangeError} When `compressed` is malformed, or stands for another number of bytes.
   */
  decompress(compressed: Uint8Array, target: Uint8Array): void;
}

/** Codecs by their name in options. */
export const BODY_CODECS: Readonly<Record<Compression, BodyCodec>> = {
  lz4: {
    id: 0,
    name: "LZ4_FRAME",
    // A match of 255 bytes takes one more byte.
    longest: (byteLength) => 255 * byteLength,
    compress: encodeFrame,
    decompress: decodeFrame,
  },
  zstd: {
    id: 1,
    name: "ZSTD",
    // Four bytes are a block, and a block has at most 128 KiB.
    longest: (byteLength) => 2 ** 15 * byteLength,
    compress: encodeZstd,
    decompress: decodeZstd,
  },
};

/**
 * Returns the codec with the given number.
 *
 * @param what Name of the compressed message, for error texts.
 * @throws {FlightError} UNIMPLEMENTED when the codec is unknown, or the runtime lacks it.
 */
export function bodyCodec(id: number, method: number, what: string): BodyCodec {
  if (method !== BUFFER_METHOD) {
    throw cannotDecodeYet(
      what,
      `compression by method ${method} is not supported`,
    );
  }
  if (id === BODY_CODECS.lz4.id) return BODY_CODECS.lz4;
  if (id !== BODY_CODECS.zstd.id) {
    throw cannotDecodeYet(
      what,
      `compression with codec ${id} is not supported`,
    );
  }
  if (hasZstd()) return BODY_CODECS.zstd;
  throw cannotDecodeYet(
    what,
    "this runtime has no codec for compression with ZSTD",
  );
}
