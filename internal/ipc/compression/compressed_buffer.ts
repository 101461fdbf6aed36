/** One buffer as it stands in a compressed body. */

import type { BodyCodec } from "./body_compression.ts";

/** Fewer bytes are not worth it: what a codec puts around them takes a tenth of that. */
const MIN_COMPRESSED_BYTES = 256;

/** Stands for the length of a buffer that is sent as it is. */
const NOT_COMPRESSED = -1n;

/** Compresses buffers with a codec. */
export interface BufferCompressor {
  /** The codec. */
  readonly codec: BodyCodec;
  /** Its level. */
  readonly compressionLevel: number;
}

/**
 * Compresses a buffer, where that makes it smaller.
 *
 * @param bytes The buffer, which is not empty.
 * @returns Its length in 8 bytes, or -1, and what follows it.
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
