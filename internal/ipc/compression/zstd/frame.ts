/** Zstandard frames (RFC 8878), by the runtime's own library. */

import { wholeFrameSize, withSize } from "./frame_size.ts";
import { KeptContext, MAX_KEPT_BYTES } from "./kept_context.ts";
import { zstdLibrary } from "./library.ts";

/** The smallest `chunkSize` that `node:zlib` takes. */
const MIN_CHUNK_BYTES = 64;

/** Highest level of a context that is kept: higher ones take many MiB. */
const MAX_KEPT_LEVEL = 3;

const decoder = /* @__PURE__ */ new KeptContext(() =>
  zstdLibrary()!.createZstdDecompress({ chunkSize: MIN_CHUNK_BYTES })
);

/** One for each level that was used. */
const encoders = /* @__PURE__ */ new Map<number, KeptContext>();

/** Memory for the output of encoders. */
let output: Uint8Array = new Uint8Array(0);

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
  const length = source.byteLength;
  // In one call: incompressible data grows by less than this.
  const most = length + (length >>> 7) + MIN_CHUNK_BYTES;
  const frame = level <= MAX_KEPT_LEVEL && length <= MAX_KEPT_BYTES
    ? encodeByKept(source, level, most)
    : undefined;
  if (frame !== undefined) {
    return frame.byteLength < length ? frame : undefined;
  }
  const { zstdCompressSync, constants } = zstdLibrary()!;
  const encoded = zstdCompressSync(source, {
    chunkSize: most,
    params: { [constants.ZSTD_c_compressionLevel]: level },
  });
  return encoded.byteLength < length ? encoded : undefined;
}

/** Encodes by a kept context. */
function encodeByKept(
  source: Uint8Array,
  level: number,
  most: number,
): Uint8Array | undefined {
  let encoder = encoders.get(level);
  if (encoder === undefined) {
    const { createZstdCompress, constants } = zstdLibrary()!;
    encoder = new KeptContext(() =>
      createZstdCompress({
        chunkSize: MIN_CHUNK_BYTES,
        params: { [constants.ZSTD_c_compressionLevel]: level },
      })
    );
    encoders.set(level, encoder);
  }
  if (output.byteLength < most) output = new Uint8Array(most);
  const written = encoder.run(source, output);
  if (written === undefined) return undefined;
  const frame = output.subarray(0, written);
  const size = wholeFrameSize(frame);
  if (size === source.byteLength) return frame.slice();
  // Deno's streams do not know it.
  if (size === "unknown") return withSize(frame, source.byteLength);
  encoder.close();
  return undefined;
}

/**
 * Decodes a frame, which is all of `source`, into `target`, which it fills exactly.
 *
 * @throws {RangeError} When it is malformed, or of another length.
 */
export function decodeZstd(source: Uint8Array, target: Uint8Array): void {
  const length = target.byteLength;
  if (decodeByKept(source, target)) return;
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

/** Decodes by the kept context; false if that did not succeed. */
function decodeByKept(source: Uint8Array, target: Uint8Array): boolean {
  const length = target.byteLength;
  if (length > MAX_KEPT_BYTES) return false;
  // A frame that is complete, and of that size, leaves nothing behind in the context.
  const size = wholeFrameSize(source);
  if (size === "unknown") {
    return decoder.run(withSize(source, length), target) === length;
  }
  return size === length && decoder.run(source, target) === length;
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
