/**
 * Arrow's IPC streaming format: encapsulated messages, one after the other (Arrow columnar format,
 * "IPC Streaming Format").
 */

import type { ByteReader } from "../../base/byte_reader.ts";
import { FlightError } from "../../core/flight_error.ts";
import { cannotDecode } from "../../arrow/codec_error.ts";
import { openMessage } from "./message_reader.ts";

/** A message as it was received. */
export interface RawMessage {
  /** The flatbuffer Message. */
  readonly header: Uint8Array;
  /** The body. */
  readonly body: Uint8Array;
}

/** Limits of a stream or a file. */
export class IpcLimits {
  /** Largest message, header and body together, in bytes. */
  readonly maxMessageBytes: number;
  /** Largest file that is held as a whole, in bytes. */
  readonly maxFileBytes: number;

  /**
   * @param maxMessageBytes Largest message, header and body together, in bytes.
   * @param maxFileBytes Largest file that is held as a whole, in bytes.
   */
  constructor(maxMessageBytes: number, maxFileBytes: number) {
    this.maxMessageBytes = maxMessageBytes;
    this.maxFileBytes = maxFileBytes;
  }

  /** Throws a FlightError when a message is too large. */
  checkSize(byteLength: number): void {
    if (byteLength <= this.maxMessageBytes) return;
    throw new FlightError(
      "RESOURCE_EXHAUSTED",
      `the message of ${byteLength} bytes exceeds the limit of ` +
        `${this.maxMessageBytes} bytes (option maxReceiveMessageBytes)`,
    );
  }
}

/** Continuation marker: precedes the length of a message since format 0.15. */
const CONTINUATION = 0xffffffff;

/**
 * Most bytes that are read after the end of the messages; a longer rest is cut off. An HTTP body
 * that is read to its end leaves a reusable connection.
 */
const MAX_BYTES_AFTER_END = 64 * 1024;

/** Extracts messages from chunks of bytes of any size. */
export class IpcStreamReader {
  readonly #source: ByteReader;
  readonly #limits: IpcLimits;
  /** First bytes of the first message, which identified the stream. */
  #start: Uint8Array | undefined;

  /**
   * @param start The first four bytes.
   * @param source The others.
   * @param limits The limits.
   */
  constructor(start: Uint8Array, source: ByteReader, limits: IpcLimits) {
    this.#start = start;
    this.#source = source;
    this.#limits = limits;
  }

  /**
   * Reads the next message.
   *
   * @returns The message; `undefined` at the end mark, or at the end of the bytes.
   * @throws {FlightError} INVALID_ARGUMENT when the bytes are malformed, RESOURCE_EXHAUSTED when the
   * message is too large.
   */
  async next(): Promise<RawMessage | undefined> {
    const prefix = this.#start ?? await this.#source.take(4);
    this.#start = undefined;
    if (prefix.byteLength === 0) return undefined;
    let length = uint32(prefix);
    if (length === CONTINUATION) length = uint32(await this.#take(4));
    if (length === 0) return await this.#end();
    this.#limits.checkSize(length);
    const header = await this.#take(length);
    const { bodyLength } = openMessage(header);
    this.#limits.checkSize(length + bodyLength);
    return { header, body: await this.#take(bodyLength) };
  }

  /** Signals to the source that nothing more is wanted. */
  cancel(reason: unknown): void {
    this.#source.cancel(reason);
  }

  async #end(): Promise<undefined> {
    const rest = await this.#source.take(MAX_BYTES_AFTER_END);
    if (rest.byteLength === MAX_BYTES_AFTER_END) this.cancel(undefined);
  }

  async #take(byteLength: number): Promise<Uint8Array> {
    const bytes = await this.#source.take(byteLength);
    if (bytes.byteLength < byteLength) throw cutShort();
    return bytes;
  }
}

function uint32(bytes: Uint8Array): number {
  if (bytes.byteLength < 4) throw cutShort();
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}

function cutShort(): FlightError {
  return cannotDecode("IPC stream", "it ends in mid-message");
}
