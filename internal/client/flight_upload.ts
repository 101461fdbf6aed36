/** The client's end of DoPut. */

import type { TypeMap } from "apache-arrow";
import { discard } from "../base/handled.ts";
import type { Source } from "../base/source.ts";
import { streamOf } from "../base/source_stream.ts";
import { booleanOption, objectOption } from "../core/check_option.ts";
import { FlightError } from "../core/flight_error.ts";
import type { FlightHeaders } from "../core/flight_headers.ts";
import { messagesRead } from "../core/messages_read.ts";
import type { PutResult } from "../protocol/put_result.ts";
import { AwaitedAnswers } from "../seam/awaited_answers.ts";
import type { AnyColumns } from "../stream/flight_message.ts";
import type {
  FlightDataInit,
  FlightDataItem,
} from "../stream/record_batch_source.ts";
import type { DataWritable } from "./data_writable.ts";
import type { FlightPutOptions } from "./flight_client_options.ts";
import type { FlightStreamWriter } from "./flight_stream_writer.ts";

/** The call that carries a {@linkcode FlightUpload}. */
interface FlightUploadCall {
  /** Headers of the server. */
  readonly headers: Promise<FlightHeaders>;
  /**
   * Trailers of the server, after the end.
   *
   * @returns The trailers.
   */
  trailers(): FlightHeaders;
  /** The server's answers. */
  readonly messages: Source<PutResult>;
}

/** Cancels the rest of the data of an upload that needs no more. All share it: to make an error takes long. */
const ENOUGH = new FlightError("CANCELLED", "the upload is complete");

/**
 * Upload: record batches go into `writable`, the server's answers come out of `results`.
 *
 * The two are independent: a server may answer each batch, or only at the end, so read `results`
 * while you write, or the server may stop reading. `results` ends when the server has completed the
 * call, and rejects when the call failed; so does a write, with the same error. Canceling `results`
 * or aborting `writable` cancels the call.
 *
 * A server may complete a call before it has read everything. `writeAll` then rejects; otherwise
 * check `isPartial` once `results` has ended.
 *
 * @typeParam T The columns.
 */
export class FlightUpload<T extends TypeMap = AnyColumns>
  implements AsyncDisposable {
  readonly #data: DataWritable<T>;
  readonly #call: FlightUploadCall;
  readonly #answers: AwaitedAnswers<PutResult>;
  #results: ReadableStream<PutResult> | undefined;
  #isCompleted = false;
  #isWritten = false;

  /**
   * Writes to `data`, and reads the answers of `call`.
   *
   * @ignore
   */
  constructor(data: DataWritable<T>, call: FlightUploadCall) {
    this.#data = data;
    this.#call = call;
    this.#answers = new AwaitedAnswers(call.messages);
    data.closeAfter(async (signal) => {
      if (!this.#results?.locked) await this.#answers.wait(signal);
    });
  }

  /**
   * Takes record batches, tables, and messages with application metadata; all batches have the
   * schema of the first. A write is fulfilled when the transport has taken the batch: wait for it
   * to keep memory bounded. Closing is the half-close. It is fulfilled when the transport has sent
   * everything and, unless `results` is being read, the server has sent an answer or completed the
   * call; it rejects when the call failed. When the server completes the call with OK before that,
   * pending and later writes fail with CANCELLED, and so does closing if a written item has not been
   * sent. A failed write errors the stream for good; the writer of `writer()` survives it.
   */
  get writable(): WritableStream<FlightDataItem<T>> {
    return this.#data.writable;
  }

  /** The server's answers. Pull-driven, like every stream of this package. */
  get results(): ReadableStream<PutResult> {
    if (this.#results !== undefined) return this.#results;
    this.#results = streamOf({
      read: () => this.#read(),
      cancel: (reason) => this.#answers.cancel(reason),
    });
    // `writeAll` reads them, without a stream.
    if (this.#isWritten) this.#results.getReader();
    return this.#results;
  }

  /** Headers of the server, as soon as they arrive. Rejects when the call fails before. */
  get headers(): Promise<FlightHeaders> {
    return this.#call.headers;
  }

  /**
   * Takes over `writable` (it is locked from now on), to write what may be refused: see
   * {@linkcode FlightStreamWriter.write}.
   *
   * @returns The writer.
   * @throws {TypeError} When `writable` is locked already.
   */
  writer(): FlightStreamWriter<T> {
    return this.#data.writer();
  }

  /**
   * True if the service has completed the call with OK without reading all written data. It is
   * known when `results` has ended; false before, and for a call that failed.
   *
   * A server of this package reports the number of messages that it has read (trailer
   * `x-flight-messages-read`). Any other server counts as having read everything if it has waited
   * for the half-close.
   */
  get isPartial(): boolean {
    if (!this.#isCompleted) return false;
    const { messages, isAtEnd } = this.#data;
    const read = messagesRead(this.#call.trailers());
    return read === undefined ? !isAtEnd : read < messages;
  }

  /**
   * Iterates over the server's answers: see `results`. Write meanwhile, or before.
   *
   * @returns The iterator. Leaving it early cancels the call.
   * @throws {TypeError} When `results` is locked already.
   */
  [Symbol.asyncIterator](): ReturnType<ReadableStream<PutResult>["values"]> {
    return this.results.values();
  }

  /**
   * Writes all of `data`, closes `writable` and collects the answers. An upload is written once.
   *
   * @param data A table, a reader, or any iterable of batches.
   * @param options Options.
   * @returns The server's answers, when it has completed the call and has read everything.
   * @throws The failure of `data`, unchanged, or the FlightError of the call: CANCELLED with the
   * origin `remote` when the service completed the call with OK before it had read everything,
   * unless `allowPartial` is set.
   */
  async writeAll(
    data: FlightDataInit<T>,
    options: Pick<FlightPutOptions, "allowPartial"> = {},
  ): Promise<PutResult[]> {
    const { allowPartial = false } = objectOption("options", options, {
      allowPartial: true,
    });
    booleanOption("allowPartial", allowPartial);
    if (this.#isWritten || this.#data.isLocked || this.#results?.locked) {
      const error = new TypeError(
        "Cannot write all: this upload has been written or is locked; " +
          "doPut() starts another one",
      );
      discard(data, error);
      throw error;
    }
    this.#data.send(data);
    this.#isWritten = true;
    this.#results?.getReader();
    const results: PutResult[] = [];
    while (true) {
      const result = await this.#read();
      if (result === undefined) break;
      results.push(result);
    }
    if (allowPartial) this.#data.drop(ENOUGH);
    else if (await this.#data.isLost() || this.isPartial) throw this.#partial();
    return results;
  }

  async #read(): Promise<PutResult | undefined> {
    const result = await this.#answers.read();
    if (result === undefined) this.#isCompleted = true;
    return result;
  }

  #partial(): FlightError {
    const trailers = this.#call.trailers();
    const read = messagesRead(trailers);
    return new FlightError(
      "CANCELLED",
      "the server completed the upload before it had read everything" +
        (read === undefined ? "" : `, after ${read} messages`) +
        " (option allowPartial)",
      { method: "DoPut", origin: "remote", trailers },
    );
  }

  /**
   * Cancels the call unless it has ended.
   *
   * @returns Resolves at once.
   */
  [Symbol.asyncDispose](): Promise<void> {
    this.#call.messages.cancel(
      new FlightError("CANCELLED", "the upload was disposed of", {
        method: "DoPut",
      }),
    );
    return Promise.resolve();
  }
}
