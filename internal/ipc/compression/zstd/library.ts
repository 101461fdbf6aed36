/**
 * The runtime's own Zstandard.
 *
 * Deno, Bun and Node.js (from 22.15 on) have it in `node:zlib`. The module is requested at run
 * time, in the way that Node.js offers: an import would keep this package out of browsers, which
 * have no Zstandard.
 */

/** Parameters of the library, by their numbers. */
type ZstdParams = Readonly<Record<number, number>>;

/** The part of a stream of `node:zlib` that a kept context uses. */
export interface ZstdStream {
  readonly _handle: {
    /** Called when a frame is malformed. */
    onerror: () => void;
    /** Reads from one array and writes to another, until one of them is at its end. */
    writeSync(
      flush: number,
      source: Uint8Array,
      sourceStart: number,
      sourceBytes: number,
      target: Uint8Array,
      targetStart: number,
      targetBytes: number,
    ): void;
  };
  /** Bytes of the target that were not written, and of the source that were not read. */
  readonly _writeState: Uint32Array;
  close(): void;
}

/** The part of `node:zlib` that is used. */
interface Zlib {
  readonly constants: { readonly ZSTD_c_compressionLevel: number };
  createZstdCompress(
    options: { readonly chunkSize: number; readonly params: ZstdParams },
  ): ZstdStream;
  createZstdDecompress(options: { readonly chunkSize: number }): ZstdStream;
  zstdCompressSync(
    bytes: Uint8Array,
    options: { readonly chunkSize: number; readonly params: ZstdParams },
  ): Uint8Array;
  zstdDecompressSync(
    bytes: Uint8Array,
    options: { readonly chunkSize: number; readonly maxOutputLength: number },
  ): Uint8Array;
}

/** Returns the library; `undefined` if the runtime has none. */
export function zstdLibrary(): Zlib | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): Partial<Zlib> | undefined };
  };
  const zlib = process?.getBuiltinModule?.("node:zlib");
  return zlib?.zstdDecompressSync === undefined ? undefined : zlib as Zlib;
}

/** Reports whether the runtime has Zstandard. */
export function hasZstd(): boolean {
  return zstdLibrary() !== undefined;
}
