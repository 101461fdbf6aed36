/** Reads messages from a stream, in place of grpc-js's StreamDecoder. */

import { Buffer } from "node:buffer";

import type { FindBody } from "../../seam/transport.ts";

/** Compressed-flag and length of a message (gRPC over HTTP/2, "Length-Prefixed-Message"). */
export const PREFIX_BYTES = 5;

/** Largest ratio of kept memory to the bytes of a part, until its message is complete. */
const MAX_KEPT = 4;

/** Size of a cache line, as Arrow recommends. */
const ALIGNMENT = 64;

/**
 * Gathers each message once, into memory of its own, in which the body that `findBody` finds is
 * aligned. grpc-js's decoder does not align it, which would cost one more copy. Memory is allocated
 * when the message is complete, never on the word of its length.
 */
export class FrameDecoder {
  /** As in grpc-js: 0 between messages, else 1 or 2. */
  readState = 0;
  readonly #maxMessageBytes: number;
  readonly #findBody: FindBody;
  readonly #prefix = Buffer.alloc(PREFIX_BYTES);
  #prefixed = 0;
  #chunks: Buffer[] = [];
  #missing = 0;

  /**
   * Makes a decoder that waits for a message.
   *
   * @param maxMessageBytes The limit; −1 for none.
   * @param findBody Finds the part to align.
   */
  constructor(maxMessageBytes: number, findBody: FindBody) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#findBody = findBody;
  }

  /**
   * Processes bytes of the stream.
   *
   * @param data The next bytes.
   * @returns The messages that they complete, with their prefixes.
   * @throws {Error} When a message exceeds the limit, in grpc-js's words.
   */
  write(data: Buffer): Buffer[] {
    const messages: Buffer[] = [];
    let position = 0;
    while (position < data.length) {
      if (this.readState < 2) {
        const end = Math.min(
          data.length,
          position + PREFIX_BYTES - this.#prefixed,
        );
        data.copy(this.#prefix, this.#prefixed, position, end);
        this.#prefixed += end - position;
        position = end;
        this.readState = 1;
        if (this.#prefixed < PREFIX_BYTES) break;
        this.#missing = this.#prefix.readUInt32BE(1);
        const max = this.#maxMessageBytes;
        if (max !== -1 && this.#missing > max) {
          throw new Error(
            `Received message larger than max (${this.#missing} vs ${max})`,
          );
        }
        this.readState = 2;
      }
      const end = Math.min(data.length, position + this.#missing);
      this.#missing -= end - position;
      if (end > position) this.#keep(data.subarray(position, end));
      position = end;
      if (this.#missing === 0) messages.push(this.#gather());
    }
    return messages;
  }

  #keep(part: Buffer): void {
    // A peer that sends byte by byte must not make us keep a socket buffer, of any size, for each
    // byte.
    const isCopied = this.#missing > 0 &&
      part.buffer.byteLength > MAX_KEPT * (part.length + 256);
    this.#chunks.push(
      isCopied ? Buffer.from(new Uint8Array(part).buffer) : part,
    );
  }

  #gather(): Buffer {
    const [head] = this.#chunks;
    const size = this.#prefix.readUInt32BE(1);
    const body = head && this.#findBody(head);
    const padding = body === undefined
      ? 0
      : (ALIGNMENT - (PREFIX_BYTES + body) % ALIGNMENT) % ALIGNMENT;
    const memory = Buffer.allocUnsafeSlow(padding + PREFIX_BYTES + size);
    const frame = memory.subarray(padding);
    frame.set(this.#prefix);
    let position = PREFIX_BYTES;
    for (const chunk of this.#chunks) {
      frame.set(chunk, position);
      position += chunk.length;
    }
    this.#chunks = [];
    this.#prefixed = 0;
    this.readState = 0;
    return frame;
  }
}
