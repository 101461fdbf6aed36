/** The writing half of a data stream of a client: in one end go batches, out of the other messages. */

import type { TypeMap } from "apache-arrow";
import type { IdleTimer } from "../base/timers/idle_timer.ts";
import { handled } from "../base/handled.ts";
import { isPromise } from "../base/is_promise.ts";
import type { Source } from "../base/source.ts";
import { streamOf } from "../base/source_stream.ts";
import { writableSource } from "../base/writable_source.ts";
import { FlightError } from "../core/flight_error.ts";
import { type Late, lately } from "../core/part.ts";
import { encoderPart } from "../stream/encoder_part.ts";
import type {
  EncodedFlightData,
  FlightDataEncoder,
  FlightDataEncoderOptions,
} from "../stream/flight_data_encoder.ts";
import type { AnyColumns } from "../stream/flight_message.ts";
import {
  type FlightDataInit,
  type FlightDataItem,
  itemMessages,
  messagesOf,
  type OutgoingData,
} from "../stream/record_batch_source.ts";
import { EncodedItem, FlightStreamWriter } from "./flight_stream_writer.ts";

/** Progress of a transport with written messages. */
interface SendProgress {
  /** Number of messages that it has taken, up to the last written one. */
  readonly messages: number;
  /** True if it has taken the end too. */
  readonly isAtEnd: boolean;
}

/** The two ends. */
export interface DataWritable<T extends TypeMap = AnyColumns> {
  /** Stream to which the application writes. */
  readonly writable: WritableStream<FlightDataItem<T>>;
  /** Messages for the transport. */
  readonly source: Source<EncodedFlightData>;
  /** Progress of the transport. */
  readonly progress: SendProgress;
  /** Reports whether a write failed with `error` because the server had completed the call. */
  isRefusal(error: unknown): boolean;
  /**
   * Makes a stream of `data` to be piped into `writable`, and nothing else. Messages of another call
   * are given back to it when they have been sent.
   *
   * @throws {TypeError} When `data` is none of the forms.
   */
  allOf(data: FlightDataInit<T>): ReadableStream<OutgoingData<T>>;
  /** Takes over `writable`. */
  writer(): FlightStreamWriter<T>;
  /** Has the closing of `writable` wait for more than the transport. */
  closeAfter(wait: (signal: AbortSignal | undefined) => Promise<void>): void;
}

/** Options of {@linkcode dataWritable}. */
interface DataWritableOptions extends FlightDataEncoderOptions {
  /** The call, as errors name it. */
  readonly method: "DoPut" | "DoExchange";
  /** Runs while a write waits. */
  readonly timer?: IdleTimer | undefined;
}

/**
 * Makes both ends.
 *
 * @throws {FlightError} When the schema cannot be encoded. If the encoder is still to be loaded, the
 * source rejects with that, or with the failure to load it.
 */
export function dataWritable<T extends TypeMap>(
  options: DataWritableOptions,
): DataWritable<T> {
  const encoder = lately(() =>
    new (encoderPart.needed().FlightDataEncoder)(options)
  );
  let refusal: FlightError | undefined;
  const ends = writableSource<
    FlightDataItem<T> | EncodedItem,
    EncodedFlightData
  >(
    (item) => {
      if (item instanceof EncodedItem) return item.messages;
      return map(encoder, (ready) => encodeAll(ready, itemMessages(item)));
    },
    () => refusal ??= completedError(options.method),
    options.timer,
  );
  const { writable, source } = ends;
  const progress = { messages: 0, isAtEnd: false };
  return {
    writable: writable as WritableStream<FlightDataItem<T>>,
    source: framed(encoder, source, progress),
    progress,
    isRefusal: (error) => error !== undefined && error === refusal,
    allOf(data) {
      const messages = messagesOf(data);
      // Items are the messages: none was written by the application.
      const recycle = (item: unknown): void =>
        messages.recycle?.(item as OutgoingData<T>);
      ends.onProcessed = recycle;
      return streamOf(messages);
    },
    writer() {
      if (writable.locked) {
        throw new TypeError("Cannot take a writer: writable is locked already");
      }
      return new FlightStreamWriter(writable.getWriter(), encoder);
    },
    closeAfter: (wait) => void (ends.onClosed = wait),
  };
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

/** Adds the messages that the encoder sends before and after all written ones. */
function framed(
  encoder: Late<FlightDataEncoder>,
  written: Source<EncodedFlightData>,
  progress: { messages: number; isAtEnd: boolean },
): Source<EncodedFlightData> {
  let waiting: Late<EncodedFlightData[]> | undefined = map(
    encoder,
    (ready) => ready.begin(),
  );
  let count = 0;
  let isCancelled = false;
  return {
    async read() {
      if (isPromise(waiting)) {
        const begun = await waiting;
        // It may have been canceled in the meantime.
        if (isPromise(waiting)) waiting = begun;
      }
      const first = waiting?.shift();
      if (first !== undefined) {
        count++;
        return first;
      }
      const message = await written.read();
      if (message !== undefined) {
        progress.messages = ++count;
        return message;
      }
      const ready = isPromise(encoder) ? await encoder : encoder;
      const last = ready.end().at(0);
      if (last === undefined && !isCancelled) progress.isAtEnd = true;
      return last;
    },
    cancel(reason) {
      isCancelled = true;
      waiting = undefined;
      written.cancel(reason);
    },
  };
}

/** Goes on with a value that may be late. */
function map<V, R>(value: Late<V>, next: (value: V) => R): Late<R> {
  return isPromise(value) ? handled(value.then(next)) : next(value);
}
