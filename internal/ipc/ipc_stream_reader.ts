/**
 * Arrow's IPC streaming format: encapsulated messages, one after the other (Arrow columnar format,
 * "IPC Streaming Format"). The file format has the same between its first bytes and its footer.
 */

import { ByteReader } from "../base/byte_reader.ts";
import { toText } from "../base/bytes.ts";
import type { Source } from "../base/source.ts";
import { FlightError } from "../core/flight_error.ts";
import { cannotDecode } from "./codec_error.ts";
import { openMessage } from "./message_reader.ts";

/** A message as it was received. */
export interface RawMessage {
  /** The flatbuffer Message. */
  readonly header: Uint8Array;
  /** The body. */
  readonly body: Uint8Array;
}

/** What precedes the length of a message since format 0.15. */
const CONTINUATION = 0xffffffff;

/** The first bytes of a file. */
const FILE_MAGIC = "ARROW1\0\0";

/** Takes messages out of chunks of bytes, whatever their sizes. */
export class IpcStreamReader {
  readonly #source: ByteReader;
  readonly #maxMessageBytes: number;
  #isBegun = false;
  #isFile = false;

  /**
   * @param source The bytes.
   * @param maxMessageBytes Largest message that is accepted, header and body together.
   */
  constructor(source: Source<Uint8Array>, maxMessageBytes: number) {
    this.#source = new ByteReader(source);
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Whether it is a file: known once something was read. */
  get isFile(): boolean {
    return this.#isFile;
  }

  /**
   * The next message.
   *
   * @returns The message; `undefined` at the end, which has a mark or is that of the bytes.
   * @throws {FlightError} INVALID_ARGUMENT when the bytes are malformed, RESOURCE_EXHAUSTED when the
   * message is too large.
   */
  async next(): Promise<RawMessage | undefined> {
    const prefix = await this.#prefix();
    if (prefix.byteLength === 0) return undefined;
    let length = uint32(prefix);
    if (length === CONTINUATION) length = uint32(await this.#take(4));
    if (length === 0) return undefined;
    this.checkSize(length);
    const header = await this.#take(length);
    const { bodyLength } = openMessage(header);
    this.checkSize(length + bodyLength);
    return { header, body: await this.#take(bodyLength) };
  }

  /**
   * What follows the end of the messages: in a file, its footer.
   *
   * @param maxBytes How much of it.
   */
  rest(maxBytes: number): Promise<Uint8Array> {
    return this.#source.take(maxBytes);
  }

  /** Throws a FlightError when a message is too large. */
  checkSize(byteLength: number): void {
    if (byteLength <= this.#maxMessageBytes) return;
    throw new FlightError(
      "RESOURCE_EXHAUSTED",
      `the message of ${byteLength} bytes exceeds the limit of ` +
        `${this.#maxMessageBytes} bytes (option maxReceiveMessageBytes)`,
    );
  }

  /** Tells the source that nothing more is wanted. */
  cancel(reason: unknown): void {
    this.#source.cancel(reason);
  }

  async #prefix(): Promise<Uint8Array> {
    const prefix = await this.#source.take(4);
    if (this.#isBegun) return prefix;
    this.#isBegun = true;
    if (toText(prefix) !== FILE_MAGIC.slice(0, 4)) return prefix;
    if (toText(await this.#source.take(4)) !== FILE_MAGIC.slice(4)) {
      throw cannotDecode("IPC stream", "it does not begin with a message");
    }
    this.#isFile = true;
    return await this.#source.take(4);
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
