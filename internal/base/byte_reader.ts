/** Takes given numbers of bytes out of a source of chunks. */

import { concatBytes, EMPTY_BYTES } from "./bytes.ts";
import type { Source } from "./source.ts";

/**
 * Smaller chunks are gathered: each would take some hundred bytes, even for a few bytes of data.
 */
const SMALL_BYTES = 1024;

/** Size of the array in which they are gathered, in bytes. */
const GATHERED_BYTES = 16 * 1024;

/** Reads a source of chunks of any size. It keeps less than one chunk more than was requested. */
export class ByteReader {
  readonly #source: Source<Uint8Array>;
  #chunks: Uint8Array[] = [];
  #available = 0;
  /** Array in which small chunks are gathered, and the used part of it. */
  #gathered: Uint8Array | undefined;
  #used = 0;

  /** @param source The chunks. */
  constructor(source: Source<Uint8Array>) {
    this.#source = source;
  }

  /**
   * Takes the next bytes. Memory is taken as they arrive.
   *
   * @param byteLength How many, 0 or more.
   * @returns So many bytes, or fewer at the end of the source. They are a view of a chunk where it has
   * all of them, else one copy.
   */
  async take(byteLength: number): Promise<Uint8Array> {
    while (this.#available < byteLength) {
      const chunk = await this.#source.read();
      if (chunk === undefined) break;
      if (chunk.byteLength === 0) continue;
      this.#push(chunk);
    }
    const taken = this.#split(Math.min(byteLength, this.#available));
    return taken.length === 1 ? taken[0]! : concatBytes(taken);
  }

  /**
   * Takes the next chunk as it comes.
   *
   * @returns A chunk; `undefined` at the end of the source.
   */
  async chunk(): Promise<Uint8Array | undefined> {
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return await this.#source.read();
    this.#available -= chunk.byteLength;
    return chunk;
  }

  /** Drops the rest, and cancels the source. */
  cancel(reason: unknown): void {
    this.#chunks = [];
    this.#available = 0;
    this.#source.cancel(reason);
  }

  #push(chunk: Uint8Array): void {
    const { byteLength } = chunk;
    this.#available += byteLength;
    const last = this.#chunks.at(-1);
    if (byteLength >= SMALL_BYTES || last === undefined) {
      this.#chunks.push(chunk);
      return;
    }
    if (last.buffer === this.#gathered?.buffer) {
      if (this.#used + byteLength <= GATHERED_BYTES) {
        this.#append(chunk, this.#chunks.pop()!);
        return;
      }
    } else if (last.byteLength < SMALL_BYTES) {
      this.#gathered = new Uint8Array(GATHERED_BYTES);
      this.#used = 0;
      this.#append(this.#chunks.pop()!, this.#gathered.subarray(0, 0));
      this.#append(chunk, this.#chunks.pop()!);
      return;
    }
    this.#chunks.push(chunk);
  }

  /** Puts a chunk behind the last one that was gathered. */
  #append(chunk: Uint8Array, last: Uint8Array): void {
    const gathered = this.#gathered!;
    gathered.set(chunk, this.#used);
    this.#used += chunk.byteLength;
    const begin = this.#used - chunk.byteLength - last.byteLength;
    this.#chunks.push(gathered.subarray(begin, this.#used));
  }

  #split(byteLength: number): Uint8Array[] {
    if (byteLength === 0) return [EMPTY_BYTES];
    this.#available -= byteLength;
    let count = 0;
    let left = byteLength;
    while (left > 0) left -= this.#chunks[count++]!.byteLength;
    const taken = this.#chunks.splice(0, count);
    if (left < 0) {
      const last = taken.pop()!;
      taken.push(last.subarray(0, left));
      this.#chunks.unshift(last.subarray(left));
    }
    return taken;
  }
}
