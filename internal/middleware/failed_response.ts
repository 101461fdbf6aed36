/** The answer to a call that never got one. */

import { FlightError } from "../core/flight_error.ts";
import { FlightHeaders } from "../core/flight_headers.ts";
import type { FlightCall, FlightCallResponse } from "./interceptor.ts";

/** Ends `call`, which nobody answers, with `error`. */
export function failedResponse(
  call: FlightCall,
  error: unknown,
): FlightCallResponse {
  call.messages.cancel(error);
  const headers = Promise.reject(error);
  headers.catch(() => {});
  return {
    headers,
    messages: { read: () => Promise.reject(error), cancel: () => {} },
    trailers: () =>
      FlightError.is(error) && error.trailers || new FlightHeaders(),
  };
}
