/** IPC streams and files → Schema and RecordBatch, as their bytes arrive. */

import type { IpcReadOptions } from "../core/ipc_options.ts";
import type { Schema } from "apache-arrow";
import { EMPTY_BYTES } from "../base/bytes.ts";
import type { Source } from "../base/source.ts";
import { MESSAGE_HEADER } from "./arrow_format.ts";
import { cannotDecode } from "./codec_error.ts";
import type { FlightMessage } from "./flight_message.ts";
import { footerSchema } from "./ipc_footer.ts";
import { IpcDecoder } from "./ipc_decoder.ts";
import { IpcStreamReader, type RawMessage } from "./ipc_stream_reader.ts";
import { openMessage } from "./message_reader.ts";

/**
 * How much may follow the end of the messages, such as a footer, before it is cut off. A body of HTTP
 * that is read to its end leaves a connection that can be used again.
 */
const MAX_BYTES_AFTER_END = 64 * 1024;

/**
 * Decodes one message at a time, as it is read from.
 *
 * A file is read from the front like a stream. Only one that does not have its schema there, as
 * apache-arrow's own `tableToIPC(table, "file")` writes them, has to be held as a whole until its
 * footer is there; then the limit of a message holds for all of it.
 *
 * Malformed bytes cancel `source` and reject with FlightError INVALID_ARGUMENT.
 */
export class IpcStreamDecoder implements Source<FlightMessage> {
  readonly #reader: IpcStreamReader;
  readonly #maxMessageBytes: number;
  readonly #ipc: IpcDecoder;
  /** The messages of a file that were read before its schema. */
  #kept: RawMessage[] | undefined;
  #opening: Promise<void> | undefined;
  #outcome: { readonly error: unknown } | "end" | undefined;

  /**
   * @param source The bytes, in chunks of any size.
   * @param maxMessageBytes Largest message that is accepted, header and body together.
   * @param options How record batches are read.
   */
  constructor(
    source: Source<Uint8Array>,
    maxMessageBytes: number,
    options: IpcReadOptions = {},
  ) {
    this.#ipc = new IpcDecoder(options);
    this.#reader = new IpcStreamReader(source, maxMessageBytes);
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** The schema; `undefined` where there are no bytes at all. */
  schema(): Promise<Schema | undefined> {
    return this.#guarded(() => this.#ipc.schema);
  }

  /** The next batch. */
  read(): Promise<FlightMessage | undefined> {
    return this.#guarded(async () => {
      while (true) {
        const message = await this.#next();
        if (message === undefined) return undefined;
        const decoded = this.#ipc.decode(message.header, message.body);
        if (decoded.kind === "batch") return { batch: decoded.batch };
      }
    });
  }

  cancel(reason: unknown): void {
    this.#outcome ??= "end";
    this.#kept = undefined;
    this.#reader.cancel(reason);
  }

  /** Runs something once the schema was read; the first error is the last. */
  async #guarded<R>(run: () => R): Promise<Awaited<R>> {
    try {
      if (typeof this.#outcome === "object") throw this.#outcome.error;
      this.#opening ??= this.#open();
      await this.#opening;
      return await run();
    } catch (error) {
      if (this.#outcome === undefined) {
        this.#outcome = { error };
        this.#reader.cancel(error);
      }
      throw error;
    }
  }

  async #open(): Promise<void> {
    if (this.#outcome !== undefined) return;
    const first = await this.#reader.next();
    const isSchema = first !== undefined &&
      openMessage(first.header).headerType === MESSAGE_HEADER.schema;
    if (isSchema) this.#ipc.decode(first.header, EMPTY_BYTES);
    else if (this.#reader.isFile) {
      this.#ipc.decode(await this.#footer(first), EMPTY_BYTES);
    } else if (first !== undefined) {
      throw cannotDecode("IPC stream", "it does not begin with a schema");
    }
  }

  async #next(): Promise<RawMessage | undefined> {
    if (this.#outcome !== undefined) return undefined;
    if (this.#kept !== undefined) return this.#kept.shift();
    const message = await this.#reader.next();
    if (message !== undefined) return message;
    const rest = await this.#reader.rest(MAX_BYTES_AFTER_END);
    if (rest.byteLength === MAX_BYTES_AFTER_END) this.cancel(undefined);
    this.#outcome ??= "end";
    return undefined;
  }

  /** Reads a file to its end. */
  async #footer(first: RawMessage | undefined): Promise<Uint8Array> {
    const kept: RawMessage[] = [];
    let size = 0;
    let next = first;
    for (; next !== undefined; next = await this.#reader.next()) {
      kept.push(next);
      size += next.header.byteLength + next.body.byteLength;
      this.#reader.checkSize(size);
    }
    this.#kept = kept;
    return footerSchema(await this.#reader.rest(this.#maxMessageBytes));
  }
}
