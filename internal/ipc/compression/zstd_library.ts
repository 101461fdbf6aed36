/**
 * The runtime's own Zstandard.
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
