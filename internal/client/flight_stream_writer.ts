/** The writer of an upload or an exchange that survives what cannot be sent. */

import type { RecordBatch, TypeMap } from "apache-arrow";
import { Exclusive } from "../base/exclusive.ts";
import { isPromise } from "../base/is_promise.ts";
import type { Late } from "../core/part.ts";
import type { FlightData } from "../protocol/flight_data.ts";
import type {
  EncodedFlightData,
  FlightDataEncoder,
} from "../stream/flight_data_encoder.ts";
import type {
  AnyColumns,
  FlightMessageInit,
} from "../stream/flight_message.ts";
import {
  type FlightDataItem,
  itemMessages,
} from "../stream/record_batch_source.ts";

/** Item that was encoded before it got to the WritableStream. */
export class EncodedItem {
  /** Its messages. */
  readonly messages: Iterable<EncodedFlightData>;

  /** Holds `messages`. */
  constructor(messages: Iterable<EncodedFlightData>) {
    this.messages = messages;
  }
}

/**
 * Writes to an upload or an exchange one message at a time, and survives what cannot be sent: a
 * WritableStream is lost when one write fails.
 *
 * @typeParam T The columns.
 */
export class FlightStreamWriter<T extends TypeMap = AnyColumns> {
  readonly #writer: WritableStreamDefaultWriter<
    FlightDataItem<T> | EncodedItem
  >;
  readonly #encoder: Late<FlightDataEncoder>;
  readonly #exclusive = new Exclusive();

  /**
   * Takes over the writer of an upload or an exchange.
   *
   * @ignore
   */
  constructor(
    writer: WritableStreamDefaultWriter<FlightDataItem<T> | EncodedItem>,
    encoder: Late<FlightDataEncoder>,
  ) {
    this.#writer = writer;
    this.#encoder = encoder;
  }

  /**
   * Sends a record batch, application metadata, or a message of another stream.
   *
   * A message that is refused here has not been sent, and the next may be written: a batch that would
   * exceed `maxSendMessageBytes` (RESOURCE_EXHAUSTED), or whose columns are not those of the stream
   * (INVALID_ARGUMENT). The `origin` of such an error is `local`. Any other rejection is the failure
   * of the call.
   *
   * @param item What to send.
   * @returns Resolves when the transport has taken it: waiting for it is what keeps memory bounded.
   * @throws {FlightError} When it is refused, or the call has failed.
   * @throws {TypeError} When it is nothing that can be sent.
   */
  write(
    item: RecordBatch<T> | FlightMessageInit<T> | FlightData,
  ): Promise<void> {
    return this.#inTurn(async () => {
      // Items that were written to the stream before are encoded first.
      await this.#writer.ready;
      const encoder = isPromise(this.#encoder)
        ? await this.#encoder
        : this.#encoder;
      for (const message of itemMessages(item)) {
        const encoded = encoder.encode(message);
        await this.#writer.write(new EncodedItem(encoded));
      }
    });
  }

  /**
   * The half-close: nothing more will be written.
   *
   * @returns Resolves when `writable` is closed: all has been taken by the transport and, unless the
   * answers are being read, the server has answered.
   * @throws {FlightError} When the call has failed.
   */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      // close() of a stream that has failed says no more than that it has.
      await this.#writer.ready;
      await this.#writer.close();
    });
  }

  /**
   * Cancels the call.
   *
   * @param reason The reason, for readers of the call.
   * @returns A promise that resolves when the call is canceled.
   */
  abort(reason?: unknown): Promise<void> {
    return this.#writer.abort(reason);
  }

  /** Dictionaries are encoded for those that were sent before, so messages go one after the other. */
  async #inTurn(run: () => Promise<void>): Promise<void> {
    const turn = this.#exclusive.take();
    if (turn !== undefined) await turn;
    try {
      await run();
    } finally {
      this.#exclusive.release();
    }
  }
}
