/** The writing half of a data stream of a client: in one end go batches, out of the other messages. */

import type { TypeMap } from "apache-arrow";
import type { IdleTimer } from "../base/idle_timer.ts";
import type { Source } from "../base/source.ts";
import { writableSource } from "../base/writable_source.ts";
import { FlightError } from "../core/flight_error.ts";
import {
  type EncodedFlightData,
  FlightDataEncoder,
  type FlightDataEncoderOptions,
} from "../ipc/flight_data_encoder.ts";
import type { AnyColumns } from "../ipc/flight_message.ts";
import {
  type FlightDataItem,
  itemMessages,
  type OutgoingData,
} from "../ipc/record_batch_source.ts";
import { EncodedItem, FlightStreamWriter } from "./flight_stream_writer.ts";

/** The two ends. */
export interface DataWritable<T extends TypeMap = AnyColumns> {
  /** Where the application writes. */
  readonly writable: WritableStream<FlightDataItem<T>>;
  /** What a transport sends. */
  readonly source: Source<EncodedFlightData>;
  /** Takes over `writable`. */
  writer(): FlightStreamWriter<T>;
}

/** Options of {@linkcode dataWritable}. */
export interface DataWritableOptions extends FlightDataEncoderOptions {
  /** The text of the error of a write after the server has completed the call. */
  readonly completed: string;
  /** Runs while a write waits. */
  readonly timer?: IdleTimer | undefined;
}

/**
 * Makes both ends.
 *
 * @throws {FlightError} When the schema cannot be encoded.
 */
export function dataWritable<T extends TypeMap>(
  options: DataWritableOptions,
): DataWritable<T> {
  const encoder = new FlightDataEncoder(options);
  const { writable, source } = writableSource<
    FlightDataItem<T> | EncodedItem,
    EncodedFlightData
  >(
    function* (item) {
      if (item instanceof EncodedItem) yield* item.messages;
      else yield* encodeAll(encoder, itemMessages(item));
    },
    () => new FlightError("CANCELLED", options.completed, { origin: "remote" }),
    options.timer,
  );
  return {
    writable: writable as WritableStream<FlightDataItem<T>>,
    source: framed(encoder, source),
    writer: () => new FlightStreamWriter(writable.getWriter(), encoder),
  };
}

function* encodeAll(
  encoder: FlightDataEncoder,
  messages: readonly OutgoingData[],
): Generator<EncodedFlightData> {
  for (const message of messages) yield* encoder.encode(message);
}

/** What the encoder sends before and after all that is written. */
function framed(
  encoder: FlightDataEncoder,
  written: Source<EncodedFlightData>,
): Source<EncodedFlightData> {
  let waiting: EncodedFlightData[] | undefined = encoder.begin();
  return {
    async read() {
      const first = waiting?.shift();
      if (first !== undefined) return first;
      const message = await written.read();
      return message ?? encoder.end().at(0);
    },
    cancel(reason) {
      waiting = undefined;
      written.cancel(reason);
    },
  };
}
