/** Converts messages between the transport and grpc-js. */

import type { Buffer } from "node:buffer";

import { checkMessageBytes } from "../../grpc/message_writer.ts";
import type { OutgoingMessage } from "../../seam/transport.ts";

/**
 * Outgoing message in place of a Buffer. grpc-js only reads its length and
 * calls `copy` to put it behind the prefix of a frame, so this gathers the
 * chunks straight into that frame.
 */
export class GatheredMessage {
  /** Length in bytes, under the name that the client's filters use. */
  readonly length: number;
  /** Length in bytes, under the name that the server uses. */
  readonly byteLength: number;
  readonly #chunks: readonly Uint8Array[];

  /**
   * @param message The message.
   * @throws {RangeError} When `message` contradicts itself.
   * @throws {FlightError} RESOURCE_EXHAUSTED when it is too large for Flight.
   */
  constructor({ byteLength, chunks }: OutgoingMessage) {
    const sum = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    // The frame is uninitialized memory: a gap would send its old contents.
    checkMessageBytes(byteLength, sum);
    this.length = this.byteLength = byteLength;
    this.#chunks = chunks;
  }

  /** Writes all chunks to `target`, from `offset` on. */
  copy(target: Uint8Array, offset: number): number {
    for (const chunk of this.#chunks) {
      target.set(chunk, offset);
      offset += chunk.byteLength;
    }
    return this.byteLength;
  }

  /** Returns this object as the type that grpc-js declares. */
  asBuffer(): Buffer {
    return this as unknown as Buffer;
  }
}

/** Views a received message as a plain array; the bytes are not copied. */
export function viewOf(message: Uint8Array): Uint8Array {
  return new Uint8Array(
    message.buffer,
    message.byteOffset,
    message.byteLength,
  );
}
