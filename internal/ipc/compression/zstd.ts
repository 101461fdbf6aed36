/** Zstandard frames (RFC 8878), by the runtime's own library. */

import { zstdLibrary } from "./zstd_library.ts";

/** The smallest `chunkSize` that `node:zlib` takes. */
const MIN_CHUNK_BYTES = 64;

/**
 * Encodes a frame.
 *
 * @param level The level, 1 to 22.
 * @returns The frame, or `undefined` if it would not be shorter than `source`.
 */
export function encodeZstd(
  source: Uint8Array,
  level: number,
): Uint8Array | undefined {
  const { zstdCompressSync, constants } = zstdLibrary()!;
  const frame = zstdCompressSync(source, {
    // In one call: incompressible data grows by less than this.
    chunkSize: source.byteLength + (source.byteLength >>> 7) +
      MIN_CHUNK_BYTES,
    params: { [constants.ZSTD_c_compressionLevel]: level },
  });
  return frame.byteLength < source.byteLength ? frame : undefined;
}

/**
 * Decodes a frame, which is all of `source`, into `target`, which it fills exactly.
 *
 * @throws {RangeError} When it is malformed, or of another length.
 */
export function decodeZstd(source: Uint8Array, target: Uint8Array): void {
  const length = target.byteLength;
  let bytes: Uint8Array;
  try {
    bytes = zstdLibrary()!.zstdDecompressSync(source, {
      // In one piece the library writes into it directly, for any window size of the frame.
      chunkSize: Math.max(length, MIN_CHUNK_BYTES),
      maxOutputLength: Math.max(length, 1),
    });
  } catch (error) {
    throw problemOf(error, length);
  }
  if (bytes.byteLength !== length) {
    throw new RangeError(
      `it has ${bytes.byteLength} bytes instead of ${length}`,
    );
  }
  target.set(bytes);
  free(bytes);
}

/** Small results may share their memory with others. */
const MIN_OWN_BYTES = 1024 * 1024;

/**
 * Frees the memory of a large result at once: the garbage collector may come too late for
 * gigabytes.
 */
function free(bytes: Uint8Array): void {
  const { buffer, byteLength } = bytes;
  if (byteLength < MIN_OWN_BYTES || !(buffer instanceof ArrayBuffer)) return;
  if (buffer.byteLength <= byteLength + MIN_CHUNK_BYTES) buffer.transfer(0);
}

function problemOf(error: unknown, length: number): RangeError {
  const { code, message } = error as { code?: string; message?: string };
  return new RangeError(
    code === "ERR_BUFFER_TOO_LARGE"
      ? `it has more than the ${length} bytes it should have`
      : String(message ?? error).replace(/^Zstd decompress error: /, ""),
    { cause: error },
  );
}
