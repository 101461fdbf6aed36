/** The client's end of DoExchange. */

import type { TypeMap } from "apache-arrow";
import type { FlightDataItem } from "../ipc/record_batch_source.ts";
import type { FlightStream } from "../ipc/flight_stream.ts";
import type { AnyColumns } from "../ipc/flight_message.ts";

/**
 * An exchange: batches go into `writable` and come out of `readable`, so that it can stand in a
 * `pipeThrough`. The two directions are independent. Cancelling `readable` or aborting `writable`
 * cancels the call; closing `writable` is the half-close.
 *
 * @typeParam Out The columns that are sent.
 * @typeParam In The columns that are received.
 */
export class FlightExchange<
  Out extends TypeMap = AnyColumns,
  In extends TypeMap = AnyColumns,
> implements AsyncDisposable {
  /** Takes record batches, tables, and messages with application metadata, as DoPut does. */
  readonly writable: WritableStream<FlightDataItem<Out>>;
  /** The batches that the server sends. */
  readonly readable: FlightStream<In>;

  /**
   * Made by `doExchange`.
   *
   * @param writable Where to write.
   * @param readable What the server sends.
   */
  constructor(
    writable: WritableStream<FlightDataItem<Out>>,
    readable: FlightStream<In>,
  ) {
    this.writable = writable;
    this.readable = readable;
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
