/** The client's end of DoPut. */

import type { TypeMap } from "apache-arrow";
import { type Source, streamOf } from "../base/source.ts";
import { FlightError } from "../core/flight_error.ts";
import type { FlightHeaders } from "../core/flight_headers.ts";
import type { PutResult } from "../core/put_result.ts";
import type { AnyColumns } from "../ipc/flight_message.ts";
import {
  type FlightDataInit,
  type FlightDataItem,
  recordBatches,
} from "../ipc/record_batch_source.ts";
import type { DataWritable } from "./data_writable.ts";
import type { FlightStreamWriter } from "./flight_stream_writer.ts";

/** What a {@linkcode FlightUpload} knows of the call that carries it. */
export interface FlightUploadCall {
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

/**
 * An upload: record batches go into `writable`, the server's answers come out of `results`.
 *
 * The two are independent of each other: a server may answer each batch, or only at the end, so that
 * `results` is to be read while writing goes on, or the server may stop reading. `results` ends when
 * the server has completed the call, and rejects when the call failed; so does a write. Cancelling
 * `results` or aborting `writable` cancels the call.
 *
 * @typeParam T The columns.
 */
export class FlightUpload<T extends TypeMap = AnyColumns>
  implements AsyncDisposable {
  /**
   * Takes record batches, tables, and messages with application metadata; all batches have the schema
   * of the first. A write is fulfilled when the transport has taken the batch: waiting for it is what
   * keeps memory bounded. Closing it is the half-close. A write after the server has completed the
   * call fails with CANCELLED; closing does not. A write that fails errors it for good; what
   * `writer()` gives survives that.
   */
  readonly writable: WritableStream<FlightDataItem<T>>;
  /** The server's answers. Pull-driven, like every stream of this package. */
  readonly results: ReadableStream<PutResult>;
  readonly #data: DataWritable<T>;
  readonly #call: FlightUploadCall;

  /**
   * Made by `doPut`.
   *
   * @param data Where to write.
   * @param call The call that carries the upload.
   */
  constructor(data: DataWritable<T>, call: FlightUploadCall) {
    this.#data = data;
    this.writable = data.writable;
    this.results = streamOf(call.messages);
    this.#call = call;
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
   * Writes all of `data`, closes `writable` and collects the answers.
   *
   * @param data A table, a reader, or any iterable of batches.
   * @returns The server's answers, when it has completed the call.
   * @throws The failure of `data`, as it is, or the FlightError of the call.
   */
  async writeAll(data: FlightDataInit<T>): Promise<PutResult[]> {
    const written = recordBatches(data).pipeTo(this.writable);
    written.catch(() => {});
    const results: PutResult[] = [];
    for await (const result of this.results) results.push(result);
    // The server may have completed the call early, on purpose: that is no failure of the upload.
    await written.catch((error) => {
      if (
        !FlightError.is(error) || error.code !== "CANCELLED" ||
        error.origin !== "remote"
      ) throw error;
    });
    return results;
  }

  /**
   * Cancels the call unless it has ended.
   *
   * @returns Resolves at once.
   */
  [Symbol.asyncDispose](): Promise<void> {
    this.#call.messages.cancel(
      new FlightError("CANCELLED", "the upload was disposed of"),
    );
    return Promise.resolve();
  }
}
