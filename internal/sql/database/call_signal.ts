/** Signals that stop the calls of an adapter. */

import { afterDelay } from "../../base/timers/deadline.ts";
import { FlightError } from "../../core/flight_error.ts";

/** The error of a call that its signal has stopped. */
export function stopReason(signal: AbortSignal): FlightError {
  const { reason } = signal;
  if (reason instanceof FlightError) return reason;
  return (reason as { name?: unknown } | undefined)?.name === "TimeoutError"
    ? new FlightError("DEADLINE_EXCEEDED", "The call took too long", {
      cause: reason,
    })
    : new FlightError("CANCELLED", "The call was canceled", { cause: reason });
}

/** A signal that also aborts after a time, or when the reader has gone. */
interface LimitedCall {
  /** The signal. */
  readonly signal: AbortSignal;
  /** Aborts. */
  stop(): void;
  /** Ends the timer, and lets go of the signal of the caller. */
  end(): void;
}

/** Makes the signal of a call that may take `timeoutMs`. */
export function limitedCall(
  signal: AbortSignal,
  timeoutMs: number,
): LimitedCall {
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  const stopTimer = afterDelay(timeoutMs, () => {
    controller.abort(
      new FlightError(
        "DEADLINE_EXCEEDED",
        `The statement took longer than ${timeoutMs} ms, which the option timeoutMs allows`,
      ),
    );
  });
  return {
    signal: controller.signal,
    stop: () => controller.abort(),
    end: () => {
      stopTimer();
      signal.removeEventListener("abort", onAbort);
    },
  };
}
