/**
 * Pseudo-random values that are the same on every run.
 *
 * @module
 */

/** Characters of text, of 1 to 4 bytes in UTF-8. */
const CHARACTERS = [...'abcdefgh XYZ0189"\\\n{}äçéßøñ€Ж漢字👩🚀'];

/** A generator of its own for each seed (SFC32). */
export class Random {
  readonly #state: Uint32Array;

  /** @param seed Any text. */
  constructor(seed: string) {
    this.#state = Uint32Array.of(0x9e3779b9, 0x243f6a88, 0xb7e15162, 1);
    for (const character of seed) {
      this.#state[0]! ^= character.codePointAt(0)!;
      this.#word();
    }
    // A change of the last character must reach every word.
    for (let round = 0; round < 15; round++) this.#word();
  }

  /** At least 0, less than 1. */
  fraction(): number {
    return this.#word() / 2 ** 32;
  }

  /** True in one of `times` cases. */
  oneIn(times: number): boolean {
    return this.fraction() * times < 1;
  }

  /** At least `low`, at most `high`. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.fraction() * (high - low + 1));
  }

  /** At least `low`, at most `high`. */
  bigint(low: bigint, high: bigint): bigint {
    let value = 0n;
    // 64 bits more than needed make the remainder even enough.
    for (let bound = (high - low + 1n) << 64n; bound > 0n; bound >>= 32n) {
      value = value << 32n | BigInt(this.#word());
    }
    return low + value % (high - low + 1n);
  }

  /** As many bytes, in hexadecimal digits. */
  hex(length: number): string {
    const bytes = Uint8Array.from({ length }, () => this.integer(0, 255));
    return bytes.toHex().toUpperCase();
  }

  /** As many characters. */
  text(length: number): string {
    return Array.from({ length }, () => this.pick(CHARACTERS)).join("");
  }

  /** One of `values`. */
  pick<T>(values: readonly T[]): T {
    return values[this.integer(0, values.length - 1)]!;
  }

  #word(): number {
    const state = this.#state;
    const [a, b, c, counter] = state as unknown as [
      number,
      number,
      number,
      number,
    ];
    const result = (a + b + counter) >>> 0;
    state[0] = b ^ b >>> 9;
    state[1] = c + (c << 3);
    state[2] = (c << 21 | c >>> 11) + result;
    state[3] = counter + 1;
    return result;
  }
}
