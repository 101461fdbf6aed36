/** The answer to a call that fails at once. */

import { handled } from "../base/handled.ts";
import { FlightError } from "../core/flight_error.ts";
import { FlightHeaders } from "../core/flight_headers.ts";
import type { CallResponse } from "./transport.ts";

/**
 * A response that has failed before it began: neither headers nor messages come before its error.
 *
 * @param error What everything that is asked of it rejects with.
 */
export function failedResponse(error: unknown): CallResponse<never> {
  return {
    headers: handled(Promise.reject(error)),
    messages: { read: () => Promise.reject(error), cancel: () => {} },
    trailers: () =>
      FlightError.is(error) && error.trailers || new FlightHeaders(),
  };
}
