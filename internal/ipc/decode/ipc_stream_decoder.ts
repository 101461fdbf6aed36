/** IPC streams and files → Schema and RecordBatch, as their bytes arrive. */

import type { RecordBatch, Schema } from "apache-arrow";
import { ByteReader } from "../../base/byte_reader.ts";
import { concatBytes, EMPTY_BYTES, toText } from "../../base/bytes.ts";
import type { Source } from "../../base/source.ts";
import { lately } from "../../core/part.ts";
import type { IpcReadOptions } from "../../core/ipc_options.ts";
import { MESSAGE_HEADER } from "../../arrow/arrow_format.ts";
import { cannotDecode, cannotDecodeYet } from "../../arrow/codec_error.ts";
import { type FileBytes, wholeFile } from "./file_bytes.ts";
import { IpcDecoder } from "./ipc_decoder.ts";
import { IpcFileReader } from "./ipc_file_reader.ts";
import {
  FILE_MAGIC,
  isFileStart,
  type OtherFormat,
  otherFormat,
  SIGNATURE_BYTES,
} from "./ipc_format.ts";
import {
  type IpcLimits,
  IpcStreamReader,
  type RawMessage,
} from "./ipc_stream_reader.ts";
import { openMessage } from "./message_reader.ts";

/** Most bytes shown of a text that is not Arrow. */
const SHOWN_BYTES = 60;

/** Parts of an {@linkcode IpcStreamDecoder}. */
interface IpcStreamDecoderInit extends IpcReadOptions {
  /** Limits. */
  readonly limits: IpcLimits;
  /**
   * Returns the file behind the bytes, if there is a better way to read it than to hold all of it.
   * The source is canceled then.
   */
  readonly file?: (() => Promise<FileBytes> | undefined) | undefined;
}

/** Record batch of the stream, in the form of a Flight message. */
interface IpcBatch {
  readonly batch: RecordBatch;
}

/**
 * Decodes one message at a time, as it is read: those of a stream as they come, those of a file in
 * the order of its footer.
 *
 * Malformed bytes cancel `source` and reject with FlightError INVALID_ARGUMENT, other formats with
 * UNIMPLEMENTED.
 */
export class IpcStreamDecoder implements Source<IpcBatch> {
  readonly #source: ByteReader;
  readonly #init: IpcStreamDecoderInit;
  readonly #ipc: IpcDecoder;
  #reader: IpcStreamReader | IpcFileReader | undefined;
  #opening: Promise<void> | undefined;
  #outcome: { readonly error: unknown } | "end" | undefined;
  #isOther = false;

  /**
   * @param source The bytes, in chunks of any size.
   * @param init Limits and options.
   */
  constructor(source: Source<Uint8Array>, init: IpcStreamDecoderInit) {
    this.#source = new ByteReader(source);
    this.#init = init;
    this.#ipc = new IpcDecoder(init);
  }

  /** True if the bytes have another format than Arrow IPC. */
  get isOther(): boolean {
    return this.#isOther;
  }

  /** Reads the schema; `undefined` if there are no bytes at all. */
  schema(): Promise<Schema | undefined> {
    return this.#guarded(() => this.#ipc.schema);
  }

  /** Reads the next batch. */
  read(): Promise<IpcBatch | undefined> {
    return this.#guarded(async () => {
      while (true) {
        const message = await this.#next();
        if (message === undefined) return undefined;
        const decoded = await lately(() =>
          this.#ipc.decode(message.header, message.body)
        );
        if (decoded.kind === "batch") return { batch: decoded.batch };
      }
    });
  }

  cancel(reason: unknown): void {
    this.#outcome ??= "end";
    this.#stop(reason);
  }

  /** Runs a function once the schema was read; after an error all reads fail with it. */
  async #guarded<R>(run: () => R): Promise<Awaited<R>> {
    try {
      if (typeof this.#outcome === "object") throw this.#outcome.error;
      this.#opening ??= this.#open();
      await this.#opening;
      return await run();
    } catch (error) {
      if (this.#outcome === undefined) {
        this.#outcome = { error };
        this.#stop(error);
      }
      throw error;
    }
  }

  #stop(reason: unknown): void {
    this.#source.cancel(reason);
    this.#reader?.cancel(reason);
  }

  async #open(): Promise<void> {
    if (this.#outcome !== undefined) return;
    const start = await this.#source.take(SIGNATURE_BYTES);
    if (isFileStart(start)) return await this.#openFile(start);
    const format = otherFormat(start);
    if (format !== undefined) throw await this.#other(start, format);
    const reader = new IpcStreamReader(
      start,
      this.#source,
      this.#init.limits,
    );
    this.#reader = reader;
    const first = await reader.next();
    if (first === undefined) return;
    if (openMessage(first.header).headerType !== MESSAGE_HEADER.schema) {
      throw cannotDecode("IPC stream", "it does not begin with a schema");
    }
    this.#ipc.decode(first.header, EMPTY_BYTES);
  }

  async #openFile(start: Uint8Array): Promise<void> {
    const rest = await this.#source.take(FILE_MAGIC.length - start.byteLength);
    const magic = concatBytes([start, rest]);
    if (toText(magic) !== FILE_MAGIC) {
      throw cannotDecode("IPC stream", "it does not begin with a message");
    }
    const { limits, file } = this.#init;
    const other = file?.();
    if (other !== undefined) this.#source.cancel(undefined);
    const bytes = await (other ??
      wholeFile(magic, this.#source, limits.maxFileBytes));
    const reader = new IpcFileReader(bytes, limits);
    this.#reader = reader;
    // It may have been canceled in the meantime.
    if (this.#outcome !== undefined) return reader.cancel(undefined);
    this.#ipc.begin(await reader.schema());
  }

  async #other(
    start: Uint8Array,
    { name, isText }: OtherFormat,
  ): Promise<Error> {
    this.#isOther = true;
    let shown = "";
    if (isText) {
      const more = await this.#source.take(SHOWN_BYTES);
      const text = toText(concatBytes([start, more])).replace(/\s+/g, " ");
      shown = `, ${JSON.stringify(text)}`;
    }
    return cannotDecodeYet(
      "IPC stream",
      `it is ${name}${shown}, and only Arrow IPC can be read`,
    );
  }

  async #next(): Promise<RawMessage | undefined> {
    if (this.#outcome !== undefined) return undefined;
    const message = await this.#reader?.next();
    if (message === undefined) this.#outcome ??= "end";
    return message;
  }
}
