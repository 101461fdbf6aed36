/** Response of an interceptor of the server that answers a call itself. */

import type { Source } from "../base/source.ts";
import { deferred } from "../base/deferred.ts";
import type { FlightHeaders } from "../core/flight_headers.ts";
import type {
  FlightCallMessage,
  FlightCallResponse,
  FlightServerCall,
} from "../interceptors/interceptor.ts";

/** Answers `call` with `messages`, and with the headers and trailers that it has by then. */
export function serverAnswer(
  call: FlightServerCall,
  messages: Source<FlightCallMessage>,
): FlightCallResponse {
  const headers = deferred<FlightHeaders>();
  return {
    headers: headers.promise,
    messages: {
      async read() {
        try {
          return await messages.read();
        } finally {
          headers.resolve(call.responseHeaders);
        }
      },
      cancel: (reason) => messages.cancel(reason),
    },
    trailers: () => call.responseTrailers,
  };
}
