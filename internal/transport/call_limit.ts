/** How many calls a server answers at once, on every transport. */

import { FlightError } from "../core/flight_error.ts";
import { failedResponse } from "./failed_response.ts";
import type {
  CallHandler,
  CallResponse,
  OutgoingMessage,
} from "./transport.ts";

/**
 * Refuses the calls that are too many. With UNAVAILABLE and not with
 * RESOURCE_EXHAUSTED: it is the code that gRPC's retry policies name, and the
 * one that C++ does not take for a mistake in the request.
 *
 * @param handler What answers the others.
 * @param maxCalls How many may be under way.
 */
export function limitCalls(
  handler: CallHandler,
  maxCalls: number,
): CallHandler {
  let calls = 0;
  return (request) => {
    if (calls >= maxCalls) return refusal(maxCalls);
    calls++;
    // A transport aborts it at the end of every call.
    request.signal.addEventListener("abort", () => calls--, { once: true });
    return handler(request);
  };
}

function refusal(maxCalls: number): CallResponse<OutgoingMessage> {
  // Trailers only: a call that has had headers is not tried again (gRFC A6).
  return failedResponse(
    new FlightError(
      "UNAVAILABLE",
      `the server has ${maxCalls} calls under way already (option ` +
        "maxConcurrentCalls)",
    ),
  );
}
