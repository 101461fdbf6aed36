/** The writing half of a data stream of a client: in one end go batches, out of the other messages. */

import type { TypeMap } from "apache-arrow";
import type { IdleTimer } from "../base/timers/idle_timer.ts";
import { type Deferred, deferred } from "../base/deferred.ts";
import { handled } from "../base/handled.ts";
import { isPromise } from "../base/is_promise.ts";
import type { Source } from "../base/source.ts";
import { WritableSource } from "../base/writable_source.ts";
import { FlightError } from "../core/flight_error.ts";
import { type Late, lately } from "../core/part.ts";
import { encoderPart } from "../stream/encoder_part.ts";
import type {
  EncodedFlightData,
  FlightDataEncoder,
  FlightDataEncoderOptions,
} from "../stream/flight_data_encoder.ts";
import type { AnyColumns } from "../stream/flight_message.ts";
import { GivenData } from "../stream/given_data.ts";
import {
  type FlightDataInit,
  type FlightDataItem,
  itemMessages,
  messagesOf,
  type OutgoingData,
} from "../stream/record_batch_source.ts";
import { EncodedItem, FlightStreamWriter } from "./flight_stream_writer.ts";

/** Options of {@linkcode DataWritable}. */
interface DataWritableOptions extends FlightDataEncoderOptions {
  /** The call, as errors name it. */
  readonly method: "DoPut" | "DoExchange";
  /** Runs while a write waits. */
  readonly timer?: IdleTimer | undefined;
}

/**
 * Messages that a client sends in a call: first those of all that is written to `writable`, then those of data that
 * is given as a whole.
 */
export class DataWritable<T extends TypeMap = AnyColumns>
  implements Source<EncodedFlightData> {
  readonly #options: DataWritableOptions;
  readonly #encoder: Late<FlightDataEncoder>;
  readonly #written: WritableSource<
    FlightDataItem<T> | EncodedItem,
    EncodedFlightData
  >;
  /** Messages that the encoder sends before all others. */
  #first: Late<EncodedFlightData[]> | undefined;
  #given: GivenData | undefined;
  /** The end of what was written, if something else follows. */
  #writtenEnd: Promise<void> | undefined;
  #isWritten = false;
  #count = 0;
  #countOfItems = 0;
  #isAtEnd = false;
  /** True if the transport has learned the end with the last message. */
  #isEndKnown = false;
  #isCanceled = false;
  /** Resolves when the transport has taken the end, or has canceled. */
  #over: Deferred<void> | undefined;
  #refusal: FlightError | undefined;

  /**
   * Has nothing to send but what the options say.
   *
   * @throws {FlightError} When the schema cannot be encoded. If the encoder is still to be loaded, reading
   * rejects with that, or with the failure to load it.
   */
  constructor(options: DataWritableOptions) {
    this.#options = options;
    const encoder = lately(() =>
      new (encoderPart.needed().FlightDataEncoder)(options)
    );
    this.#encoder = encoder;
    this.#first = map(encoder, (ready) => ready.begin());
    this.#written = new WritableSource({
      transform: (item) =>
        item instanceof EncodedItem
          ? item.messages
          : map(encoder, (ready) => encodeAll(ready, itemMessages(item))),
      refusal: () => this.#refuse(),
      timer: options.timer,
    });
  }

  /** Stream to which the application writes. */
  get writable(): WritableStream<FlightDataItem<T>> {
    return this.#written.writable as WritableStream<FlightDataItem<T>>;
  }

  /** True if `writable` is locked. */
  get isLocked(): boolean {
    return this.#written.isLocked;
  }

  /** Number of messages that the transport has taken, up to the last one of an item. */
  get messages(): number {
    return this.#countOfItems;
  }

  /** True if the transport has taken the end too. */
  get isAtEnd(): boolean {
    return this.#isAtEnd || this.#isEndKnown && !this.#isCanceled;
  }

  /**
   * Sends `data` after all that was written, and then the end. Messages of another call are given back to it
   * when they have been sent.
   *
   * @throws {TypeError} When `data` is none of the forms.
   */
  send(data: FlightDataInit<T>): void {
    const messages = messagesOf(data) as Source<OutgoingData>;
    const { timer } = this.#options;
    const encoded = map(
      this.#encoder,
      (ready) => encoderPart.needed().flightDataEncoder(messages, () => ready),
    );
    this.#given = new GivenData({
      data: messages,
      encoded,
      refusal: () => this.#refuse(),
      timer,
    });
    const written = this.#written.end();
    this.#isWritten = written === undefined;
    this.#writtenEnd = written && handled(written);
  }

  /**
   * Reports, after the end of the call, whether something that was written or given has not been processed. It
   * fails if the data does.
   */
  async isLost(): Promise<boolean> {
    // A transport may hear of the end of its call later than those who read the answer.
    if (!this.isAtEnd && !this.#isCanceled) {
      this.#over = deferred();
      await this.#over.promise;
    }
    try {
      await this.#writtenEnd;
    } catch (error) {
      if (error === this.#refusal) return true;
      throw error;
    }
    return await this.#given?.isLost() ?? false;
  }

  /** Cancels what is left of the given data after the end of the call. */
  drop(reason: unknown): void {
    this.#given?.drop(reason);
  }

  /** Takes over `writable`. */
  writer(): FlightStreamWriter<T> {
    if (this.isLocked) {
      throw new TypeError("Cannot take a writer: writable is locked already");
    }
    return new FlightStreamWriter(
      this.#written.writable.getWriter(),
      this.#encoder,
    );
  }

  /** Has the closing of `writable` wait for more than the transport. */
  closeAfter(wait: (signal: AbortSignal | undefined) => Promise<void>): void {
    this.#written.onClosed = wait;
  }

  async read(): Promise<EncodedFlightData | undefined> {
    try {
      const message = await this.#read();
      if (message === undefined && !this.#isCanceled) {
        this.#isAtEnd = true;
        this.#over?.resolve();
      }
      return message;
    } catch (error) {
      this.cancel(error);
      throw error;
    }
  }

  async #read(): Promise<EncodedFlightData | undefined> {
    if (isPromise(this.#first)) {
      const first = await this.#first;
      // It may have been canceled in the meantime.
      if (isPromise(this.#first)) this.#first = first;
    }
    const taken = this.take();
    if (taken !== undefined) return taken;
    const message = await this.#next();
    if (message !== undefined) return this.#counted(message);
    const ready = isPromise(this.#encoder)
      ? await this.#encoder
      : this.#encoder;
    return ready.end().at(0);
  }

  take(): EncodedFlightData | undefined {
    if (isPromise(this.#first)) return undefined;
    const first = this.#first?.shift();
    if (first !== undefined) {
      this.#count++;
      return first;
    }
    const message = this.#isWritten ? this.#given?.take() : undefined;
    return message && this.#counted(message);
  }

  cancel(reason: unknown): void {
    if (this.#isAtEnd) return;
    this.#isCanceled = true;
    this.#first = undefined;
    this.#written.cancel(reason);
    this.#given?.cancel(reason);
    this.#over?.resolve();
  }

  hasEnded(): boolean {
    return this.#isEndKnown = this.#given?.hasEnded() ?? false;
  }

  async #next(): Promise<EncodedFlightData | undefined> {
    if (!this.#isWritten) {
      const encoder = this.#encoder;
      const turn = isPromise(encoder) ? undefined : encoder.turn();
      if (turn !== undefined) await turn;
      const message = await this.#written.read();
      if (message !== undefined) return message;
      this.#isWritten = true;
    }
    return await this.#given?.read();
  }

  #counted(message: EncodedFlightData): EncodedFlightData {
    this.#countOfItems = ++this.#count;
    return message;
  }

  #refuse(): FlightError {
    return this.#refusal ??= completedError(this.#options.method);
  }
}

function completedError(method: "DoPut" | "DoExchange"): FlightError {
  const what = method === "DoPut" ? "upload" : "exchange";
  return new FlightError(
    "CANCELLED",
    `the server completed the ${what} before this write`,
    { method, origin: "remote" },
  );
}

function* encodeAll(
  encoder: FlightDataEncoder,
  messages: readonly OutgoingData[],
): Generator<EncodedFlightData> {
  for (const message of messages) yield* encoder.encode(message);
}

/** Goes on with a value that may be late. */
function map<V, R>(value: Late<V>, next: (value: V) => R): Late<R> {
  return isPromise(value) ? handled(value.then(next)) : next(value);
}
