/** Queue of bytes that uses few blocks, even for many small pieces. */

const BLOCK_BYTES = 16 * 1024;

/** A queue of bytes. */
export class ByteQueue {
  #blocks: Uint8Array[] = [];
  /** Used bytes of the last block. */
  #used = 0;
  #byteLength = 0;

  /** Number of waiting bytes. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Adds a copy of a part of `chunk`. */
  push(chunk: Uint8Array, start: number, end: number): void {
    this.#byteLength += end - start;
    for (let at = start; at < end;) {
      let block = this.#blocks.at(-1);
      if (block === undefined || this.#used === block.length) {
        block = new Uint8Array(BLOCK_BYTES);
        this.#blocks.push(block);
        this.#used = 0;
      }
      const bytes = Math.min(end - at, block.length - this.#used);
      block.set(chunk.subarray(at, at + bytes), this.#used);
      this.#used += bytes;
      at += bytes;
    }
  }

  /** Takes the first block. */
  shift(): Uint8Array | undefined {
    const block = this.#blocks.shift();
    if (block === undefined) return undefined;
    const bytes = this.#blocks.length === 0 ? this.#used : block.length;
    this.#byteLength -= bytes;
    return block.subarray(0, bytes);
  }

  /** Drops everything. */
  clear(): void {
    this.#blocks = [];
    this.#byteLength = 0;
  }
}
