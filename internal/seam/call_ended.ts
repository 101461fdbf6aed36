/** The end of a call, as a server sees it. */

import { FlightError } from "../core/flight_error.ts";
import type { ServerRequest } from "./transport.ts";

/** Reason of the signals of calls that have ended well. All share it: an error of its own is dear. */
export const CALL_ENDED: FlightError = new FlightError(
  "CANCELLED",
  "the call has ended",
);

/** Calls `listener` at the end of a call, when its signal is aborted. */
export function onCallEnd(request: ServerRequest, listener: () => void): void {
  if (request.onEnd) request.onEnd(listener);
  else request.signal.addEventListener("abort", listener, { once: true });
}
