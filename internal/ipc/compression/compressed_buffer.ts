/** Makes one buffer of a compressed body. */

import type { BodyCodec } from "./body_compression.ts";

/** Smallest buffer that is worth compressing: the overhead of a codec is a tenth of that. */
const MIN_COMPRESSED_BYTES = 256;

/** Length that marks an uncompressed buffer. */
const NOT_COMPRESSED = -1n;

/** Compresses buffers with a codec. */
export interface BufferCompressor {
  /** The codec. */
  readonly codec: BodyCodec;
  /** Its level. */
  readonly compressionLevel: number;
}

/**
 * Compresses a buffer if that makes it smaller.
 *
 * @param bytes The buffer, which is not empty.
 * @returns Its length in 8 bytes, or -1, and the bytes that follow.
 */
export function compressBuffer(
  { codec, compressionLevel }: BufferCompressor,
  bytes: Uint8Array,
): readonly [prefix: Uint8Array, content: Uint8Array] {
  const compressed = bytes.byteLength < MIN_COMPRESSED_BYTES
    ? undefined
    : codec.compress(bytes, compressionLevel);
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigInt64(
    0,
    compressed === undefined ? NOT_COMPRESSED : BigInt(bytes.byteLength),
    true,
  );
  return [prefix, compressed ?? bytes];
}
