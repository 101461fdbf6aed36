/** The messages of one endpoint, from wherever they are read. */

import type { Schema } from "apache-arrow";
import { type Source, toSource } from "../base/source.ts";
import { FlightError } from "../core/flight_error.ts";
import type { FlightMessage } from "../stream/flight_message.ts";
import type { FlightStream } from "../stream/flight_stream.ts";

/** What an endpoint gives at one location. */
export interface EndpointStream extends Source<FlightMessage> {
  /** Reads up to the schema, and no further; `undefined` where the stream ends without one. */
  schema(): Promise<Schema | undefined>;
}

/** What a DoGet gives. */
export function endpointStream(stream: FlightStream): EndpointStream {
  const messages = toSource(stream.messages());
  return {
    async schema() {
      try {
        return await stream.schema;
      } catch (error) {
        // Errors of the call have a method; this one says that there was nothing.
        if (
          FlightError.is(error) && error.code === "FAILED_PRECONDITION" &&
          error.method === undefined
        ) return undefined;
        throw error;
      }
    },
    read: () => messages.read(),
    cancel: (reason) => messages.cancel(reason),
  };
}
