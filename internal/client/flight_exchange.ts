/** The client's end of DoExchange. */

import type { RecordBatch, TypeMap } from "apache-arrow";
import type { FlightDataItem } from "../stream/record_batch_source.ts";
import type { FlightStream } from "../stream/flight_stream.ts";
import type { AnyColumns } from "../stream/flight_message.ts";
import type { DataWritable } from "./data_writable.ts";
import type { FlightStreamWriter } from "./flight_stream_writer.ts";

/**
 * Exchange: batches go into `writable` and come out of `readable`, so it fits into `pipeThrough`.
 * Iterating over it reads the received batches. The two directions are independent. Canceling
 * `readable` or aborting `writable` cancels the call; closing `writable` is the half-close.
 *
 * @typeParam Out The columns that are sent.
 * @typeParam In The columns that are received.
 */
export class FlightExchange<
  Out extends TypeMap = AnyColumns,
  In extends TypeMap = AnyColumns,
> implements AsyncDisposable {
  /** The batches that the server sends. */
  readonly readable: FlightStream<In>;
  readonly #data: DataWritable<Out>;

  /**
   * Joins both directions.
   *
   * @ignore
   */
  constructor(data: DataWritable<Out>, readable: FlightStream<In>) {
    this.#data = data;
    this.readable = readable;
  }

  /**
   * Takes record batches, tables, and messages with application metadata, as DoPut does. A write is
   * fulfilled when the transport has taken the batch. Closing is fulfilled when the transport has sent
   * everything and, unless `readable` is being read, the server has sent an answer or completed the
   * call; it rejects when the call failed.
   */
  get writable(): WritableStream<FlightDataItem<Out>> {
    return this.#data.writable;
  }

  /**
   * Takes over `writable` (it is locked from now on), to write what may be refused: see
   * {@linkcode FlightStreamWriter.write}.
   *
   * @returns The writer.
   * @throws {TypeError} When `writable` is locked already.
   */
  writer(): FlightStreamWriter<Out> {
    return this.#data.writer();
  }

  /**
   * Iterates over the batches that the server sends: see `readable`. Write meanwhile, or before.
   *
   * @returns The iterator. Leaving it early cancels the call.
   * @throws {TypeError} When `readable` is locked already.
   */
  [Symbol.asyncIterator](): ReturnType<
    ReadableStream<RecordBatch<In>>["values"]
  > {
    return this.readable.values();
  }

  /**
   * Cancels the call unless it has ended.
   *
   * @returns Resolves at once.
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.readable[Symbol.asyncDispose]();
  }
}
