/**
 * Zstandard frames (RFC 8878), by the runtime's own library.
 *
 * Deno, Bun and Node.js (from 22.15 on) have it in `node:zlib`. The module is requested at run
 * time, in the way that Node.js offers: an import would keep this package out of browsers, which
 * have no Zstandard.
 */

/** The part of `node:zlib` that is used. */
interface Zlib {
  readonly constants: { readonly ZSTD_c_compressionLevel: number };
  zstdCompressSync(
    bytes: Uint8Array,
    options: {
      readonly chunkSize: number;
      readonly params: Readonly<Record<number, number>>;
    },
  ): Uint8Array;
  zstdDecompressSync(
    bytes: Uint8Array,
    options: { readonly chunkSize: number; readonly maxOutputLength: number },
  ): Uint8Array;
}

/** The smallest `chunkSize` that `node:zlib` takes. */
const MIN_CHUNK_BYTES = 64;

/** Returns the library; `undefined` if the runtime has none. */
function library(): Zlib | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): Partial<Zlib> | undefined };
  };
  const zlib = process?.getBuiltinModule?.("node:zlib");
  return zlib?.zstdDecompressSync === undefined ? undefined : zlib as Zlib;
}

/** Reports whether the runtime has Zstandard. */
export function hasZstd(): boolean {
  return library() !== undefined;
}

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
  const { zstdCompressSync, constants } = library()!;
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
    bytes = library()!.zstdDecompressSync(source, {
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
