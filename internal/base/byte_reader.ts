/** Takes given numbers of bytes out of a source of chunks. */

import { concatBytes, EMPTY_BYTES } from "./bytes.ts";
import type { Source } from "./source.ts";

/** Reads a source of chunks, whatever their sizes. It keeps less than one chunk more than was asked for. */
export class ByteReader {
  readonly #source: Source<Uint8Array>;
  #chunks: Uint8Array[] = [];
  #available = 0;

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
      this.#chunks.push(chunk);
      this.#available += chunk.byteLength;
    }
    const taken = this.#split(Math.min(byteLength, this.#available));
    return taken.length === 1 ? taken[0]! : concatBytes(taken);
  }

  /**
   * Takes what comes next, as it comes.
   *
   * @returns A chunk; `undefined` at the end of the source.
   */
  async chunk(): Promise<Uint8Array | undefined> {
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return await this.#source.read();
    this.#available -= chunk.byteLength;
    return chunk;
  }

  /** Drops what was not taken, and tells the source. */
  cancel(reason: unknown): void {
    this.#chunks = [];
    this.#available = 0;
    this.#source.cancel(reason);
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
