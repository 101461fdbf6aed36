/** The response of an interceptor that has not returned it yet. */

import { atDeadline, deadlineOfDate } from "../base/timers/deadline.ts";
import { deferred } from "../base/deferred.ts";
import { handled } from "../base/handled.ts";
import { FlightError } from "../core/flight_error.ts";
import { FlightHeaders } from "../core/flight_headers.ts";
import type { FlightCall, FlightCallResponse } from "./interceptor.ts";

/**
 * Makes a response that stands in for that of `promise`, so that the caller need not wait. While it
 * is pending, the signal, the deadline and a cancellation end the call as they do on the wire.
 */
export function pendingResponse(
  call: FlightCall,
  promise: PromiseLike<FlightCallResponse>,
): FlightCallResponse {
  const { signal } = call;
  const outcome = deferred<FlightCallResponse>();
  let response: FlightCallResponse | undefined;
  let failure: { readonly error: unknown } | undefined;

  const fail = (error: unknown): void => {
    if (response || failure) return;
    failure = { error };
    release();
    call.messages.cancel(error);
    outcome.reject(error);
  };
  const onAbort = (): void => fail(signal.reason);
  // On a server the transport keeps the deadline, and aborts the signal.
  const stopTimer = call.side === "server"
    ? () => {}
    : atDeadline(call.deadline && deadlineOfDate(call.deadline), () =>
      fail(
        new FlightError(
          "DEADLINE_EXCEEDED",
          "the deadline passed before the call was made",
          { method: call.method },
        ),
      ));
  const release = (): void => {
    stopTimer();
    signal.removeEventListener("abort", onAbort);
  };

  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort);
  promise.then((answer) => {
    if (failure) return answer.messages.cancel(failure.error);
    release();
    response = answer;
    outcome.resolve(answer);
  }, fail);

  const headers = handled(outcome.promise.then(({ headers }) => headers));
  return {
    headers,
    messages: {
      read: async () =>
        await (response ?? await outcome.promise).messages.read(),
      cancel: (reason) =>
        response ? response.messages.cancel(reason) : fail(reason),
      recycle: (message) => response?.messages.recycle?.(message),
    },
    trailers: () => response?.trailers() ?? new FlightHeaders(),
  };
}
