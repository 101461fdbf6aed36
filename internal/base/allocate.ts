/** Memory that is about to be written as a whole, and memory that was read. */

/** The part of `Buffer` that is used; browsers have none. */
interface Allocator {
  allocUnsafeSlow(byteLength: number): Uint8Array;
}

const { Buffer } = globalThis as { Buffer?: Allocator };

/**
 * Allocates memory of its own. It is not zeroed where the runtime can do without that: every byte must be
 * written before any is read.
 *
 * @param byteLength How much, in bytes.
 */
export function allocate(byteLength: number): Uint8Array {
  if (Buffer === undefined) return new Uint8Array(byteLength);
  // A plain Uint8Array: a Buffer's subarray() and slice() are others.
  const { buffer, byteOffset } = Buffer.allocUnsafeSlow(byteLength);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Smallest chunk that is freed, in bytes. */
const MIN_FREED_BYTES: number = 16 * 1024;

/** Memory of a chunk; older runtimes cannot free it. */
interface ChunkMemory {
  readonly byteLength: number;
  transfer?(byteLength: number): unknown;
}

/**
 * Frees the memory of a chunk at once, if it has memory of its own; all views of it become empty. A
 * garbage collector would find it only after many others, which would not stay in the cache of the
 * processor.
 */
export function freeChunk(chunk: Uint8Array): void {
  const memory: ChunkMemory = chunk.buffer;
  // Small chunks may be part of memory that others use.
  if (chunk.length < MIN_FREED_BYTES || chunk.length !== memory.byteLength) {
    return;
  }
  memory.transfer?.(0);
}
