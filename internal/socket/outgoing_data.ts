/** The data of a message on its way into the buffers of a socket. */

/** A sequence of bytes in parts, copied out piece by piece. */
export class OutgoingData {
  readonly #chunks: readonly Uint8Array[];
  /** True if the stream ends with the last byte. */
  readonly endStream: boolean;
  #index = 0;
  #offset = 0;
  #remaining: number;
  readonly #byteLength: number;

  /**
   * @param chunks The parts.
   * @param byteLength The sum of their lengths.
   * @param endStream True if the stream ends with the last byte.
   */
  constructor(
    chunks: readonly Uint8Array[],
    byteLength: number,
    endStream: boolean,
  ) {
    this.#chunks = chunks;
    this.#remaining = byteLength;
    this.#byteLength = byteLength;
    this.endStream = endStream;
  }

  /** Number of remaining bytes. */
  get remaining(): number {
    return this.#remaining;
  }

  /** True if a part has left. */
  get isStarted(): boolean {
    return this.#remaining < this.#byteLength;
  }

  /** Copies the next `bytes` bytes to `target`, from `at` on. */
  copyTo(target: Uint8Array, at: number, bytes: number): void {
    // Before the copy fails, if it does, nothing counts as copied.
    const remaining = this.#remaining - bytes;
    while (bytes > 0) {
      const chunk = this.#chunks[this.#index]!;
      const rest = chunk.length - this.#offset;
      if (rest <= bytes) {
        target.set(this.#offset > 0 ? chunk.subarray(this.#offset) : chunk, at);
        at += rest;
        bytes -= rest;
        this.#index++;
        this.#offset = 0;
      } else {
        const end = this.#offset + bytes;
        target.set(chunk.subarray(this.#offset, end), at);
        this.#offset = end;
        bytes = 0;
      }
    }
    this.#remaining = remaining;
  }
}
