/**
 * Pseudo-random bytes.
 *
 * @module
 */

/** Makes pseudo-random bytes, the same for the same seed (SplitMix32). */
export function randomBytes(
  length: number,
  seed: number,
): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = seed >>> 0;
  for (let i = 0; i < words.length; i++) {
    state = state + 0x9e3779b9 >>> 0;
    let mixed = Math.imul(state ^ state >>> 16, 0x21f0aaad);
    mixed = Math.imul(mixed ^ mixed >>> 15, 0x735a2d97);
    words[i] = mixed ^ mixed >>> 15;
  }
  return new Uint8Array(words.buffer, 0, length);
}
