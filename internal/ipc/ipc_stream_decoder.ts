/**
 * Arrow's IPC streaming format, as files and HTTP carry it: encapsulated messages, one after the
 * other (Arrow columnar format, "IPC Streaming Format" and "IPC File Format").
 */

import type { Schema } from "apache-arrow";
import { ByteReader } from "../base/byte_reader.ts";
import { toText } from "../base/bytes.ts";
import type { Source } from "../base/source.ts";
import { FlightError } from "../core/flight_error.ts";
import { cannotDecode } from "./codec_error.ts";
import type { FlightMessage } from "./flight_message.ts";
import { type DecodedMessage, IpcDecoder } from "./ipc_decoder.ts";
import { openMessage } from "./message_reader.ts";

/** What precedes the length of a message since format 0.15. */
const CONTINUATION = 0xffffffff;

/** The first bytes of the file format; the streaming format follows, and a footer that is not needed. */
const FILE_MAGIC = "ARROW1\0\0";

/**
 * How much may follow the end mark, such as a file's footer, before it is cut off. A body of HTTP that
 * is read to its end leaves a connection that can be used again.
 */
const MAX_BYTES_AFTER_END = 64 * 1024;

/**
 * Decodes a stream of bytes one message at a time, as it is read from. Files are recognised by their
 * first bytes and read from the front like streams.
 *
 * Malformed bytes cancel `source` and reject with FlightError INVALID_ARGUMENT.
 */
export class IpcStreamDecoder implements Source<FlightMessage> {
  readonly #source: ByteReader;
  readonly #maxMessageBytes: number;
  readonly #ipc = new IpcDecoder();
  #opening: Promise<void> | undefined;
  #outcome: { readonly error: unknown } | "end" | undefined;

  /**
   * @param source The bytes, in chunks of any size.
   * @param maxMessageBytes Largest message that is accepted, header and body together.
   */
  constructor(source: Source<Uint8Array>, maxMessageBytes: number) {
    this.#source = new ByteReader(source);
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** The schema, which comes first; `undefined` where there are no bytes at all. */
  async schema(): Promise<Schema | undefined> {
    await this.#open();
    return this.#ipc.schema;
  }

  /** The next batch. */
  async read(): Promise<FlightMessage | undefined> {
    await this.#open();
    while (true) {
      const message = await this.#next();
      if (message === undefined) return undefined;
      if (message.kind === "batch") return { batch: message.batch };
    }
  }

  cancel(reason: unknown): void {
    this.#outcome ??= "end";
    this.#source.cancel(reason);
  }

  #open(): Promise<void> {
    this.#opening ??= (async () => {
      const first = await this.#next();
      if (first === undefined || first.kind === "schema") return;
      throw this.#fail(
        cannotDecode("IPC stream", "it does not begin with a schema"),
      );
    })();
    return this.#opening;
  }

  async #next(): Promise<DecodedMessage | undefined> {
    if (this.#outcome === "end") return undefined;
    if (this.#outcome !== undefined) throw this.#outcome.error;
    try {
      const header = await this.#header();
      if (header === undefined) {
        const rest = await this.#source.take(MAX_BYTES_AFTER_END);
        if (rest.byteLength === MAX_BYTES_AFTER_END) {
          this.#source.cancel(undefined);
        }
        this.#outcome ??= "end";
        return undefined;
      }
      const { bodyLength } = openMessage(header);
      this.#checkSize(header.byteLength + bodyLength);
      return this.#ipc.decode(header, await this.#take(bodyLength));
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** The flatbuffer of the next message; `undefined` at the end, with its mark or without. */
  async #header(): Promise<Uint8Array | undefined> {
    let prefix = await this.#source.take(4);
    if (this.#ipc.schema === undefined && toText(prefix) === "ARRO") {
      const rest = toText(await this.#source.take(4));
      if (`ARRO${rest}` !== FILE_MAGIC) {
        throw cannotDecode("IPC stream", "it does not begin with a message");
      }
      prefix = await this.#source.take(4);
    }
    if (prefix.byteLength === 0) return undefined;
    let length = uint32(prefix);
    if (length === CONTINUATION) length = uint32(await this.#take(4));
    if (length === 0) return undefined;
    this.#checkSize(length);
    return await this.#take(length);
  }

  async #take(byteLength: number): Promise<Uint8Array> {
    const bytes = await this.#source.take(byteLength);
    if (bytes.byteLength < byteLength) throw cutShort();
    return bytes;
  }

  #checkSize(byteLength: number): void {
    if (byteLength <= this.#maxMessageBytes) return;
    throw new FlightError(
      "RESOURCE_EXHAUSTED",
      `the message of ${byteLength} bytes exceeds the limit of ` +
        `${this.#maxMessageBytes} bytes (option maxReceiveMessageBytes)`,
    );
  }

  #fail(error: unknown): unknown {
    if (this.#outcome === undefined) {
      this.#outcome = { error };
      this.#source.cancel(error);
    }
    return error;
  }
}

function uint32(bytes: Uint8Array): number {
  if (bytes.byteLength < 4) throw cutShort();
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}

function cutShort(): Error {
  return cannotDecode("IPC stream", "it ends in mid-message");
}
