/** Messages in memory that is used again as soon as it is given back. */

import type { Source } from "../../../internal/base/source.ts";

/** Byte that stands where a message was. */
const STALE = 0xb7;

/** Gives messages; the memory of one that is recycled is overwritten, and holds the next ones. */
export class RecyclingSource implements Source<Uint8Array> {
  readonly #messages: readonly Uint8Array[];
  readonly #memoryBytes: number;
  readonly #lent = new Set<ArrayBufferLike>();
  readonly #free: Uint8Array[] = [];
  #next = 0;

  /** @param messages The messages. */
  constructor(messages: readonly Uint8Array[]) {
    this.#messages = messages;
    this.#memoryBytes = Math.max(
      0,
      ...messages.map(({ byteLength }) => byteLength),
    );
  }

  read(): Promise<Uint8Array | undefined> {
    const message = this.#messages[this.#next++];
    if (message === undefined) return Promise.resolve(undefined);
    const memory = this.#free.pop() ?? new Uint8Array(this.#memoryBytes);
    this.#lent.add(memory.buffer);
    memory.set(message);
    return Promise.resolve(memory.subarray(0, message.byteLength));
  }

  cancel(): void {
    this.#next = Infinity;
  }

  recycle({ buffer }: Uint8Array): void {
    if (!this.#lent.delete(buffer)) {
      throw new Error("memory was given back that was not lent");
    }
    this.#free.push(new Uint8Array(buffer).fill(STALE));
  }
}
