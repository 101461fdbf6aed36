/** The messages of one endpoint, from any of its locations. */

import type { Schema } from "apache-arrow";
import { type Source, toSource } from "../base/source.ts";
import { FlightError } from "../core/flight_error.ts";
import type { DataDecoder, MemoryReuse } from "../stream/data_decoder.ts";
import type { FlightMessage } from "../stream/flight_message.ts";
import type { FlightStream } from "../stream/flight_stream.ts";

/** Stream of an endpoint at one location. */
export interface EndpointStream extends Source<FlightMessage> {
  /** Reads up to the schema, and no further; `undefined` if the stream ends without one. */
  schema(): Promise<Schema | undefined>;
  /** Chooses for how long messages are valid; absent if all are for good. */
  reuseMemory?(reuse: MemoryReuse): void;
}

/** The messages of a DoGet. */
export function decodedEndpoint(decoder: DataDecoder): EndpointStream {
  return {
    schema: async () => (await decoder.opening()).schema,
    reuseMemory: (reuse) => decoder.reuseMemory(reuse),
    read: () => decoder.read(),
    cancel: (reason) => decoder.cancel(reason),
  };
}

/** The messages of a DoGet that a client of the application has made. */
export function endpointStream(stream: FlightStream): EndpointStream {
  const messages = toSource(stream.messages());
  return {
    async schema() {
      try {
        return await stream.schema;
      } catch (error) {
        // Errors of the call have a method; this one reports an empty answer.
        if (
          FlightError.is(error) && error.code === "FAILED_PRECONDITION" &&
          error.method === undefined
        ) return undefined;
        throw error;
      }
    },
    reuseMemory: (reuse) => stream.reuseMemory(reuse),
    read: () => messages.read(),
    cancel: (reason) => messages.cancel(reason),
  };
}
