/** Random choices that are the same for the same seed and index. */

/** Numbers of 64 bits and less that are at the edge of something. */
const EDGES: readonly number[] = [
  0,
  1,
  -1,
  2,
  3,
  7,
  8,
  9,
  63,
  64,
  100,
  127,
  128,
  255,
  256,
  0x7fff,
  0x8000,
  0xffff,
  0x10000,
  2 ** 24 - 1,
  2 ** 24,
  2 ** 31 - 2,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  -(2 ** 53),
];

/** The choices of one input: mulberry32. */
export class Random {
  #state: number;

  /**
   * @param seed The seed of the run.
   * @param index Which input it is; every input can be made by itself.
   */
  constructor(seed: number, index = 0) {
    // Neighbors must not begin alike.
    let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^
      Math.imul(index + 1, 0xc2b2ae35);
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
    this.#state = mixed ^ (mixed >>> 15);
  }

  /** A number from 0 to below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from 0 to below `count`; 0 where that is 0. */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  /** Returns true once in `times`, on average. */
  oneIn(times: number): boolean {
    return this.next() * times < 1;
  }

  /** One of a list. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** An integer that is likely to be at the edge of something. */
  edge(): number {
    return this.pick(EDGES);
  }

  /** A number near another one, or at an edge. */
  near(value: number): number {
    switch (this.below(6)) {
      case 0:
        return value + 1;
      case 1:
        return value - 1;
      case 2:
        return value * 2;
      case 3:
        return value + this.pick([4, 8, 16, 64, -4, -8, -16, -64]);
      case 4:
        return this.below(300);
      default:
        return this.edge();
    }
  }

  /** Random bytes. */
  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.below(256);
    return bytes;
  }
}
