/** Memory that is about to be written as a whole. */

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
