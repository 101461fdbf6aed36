/** Time limits for a call without progress: the options `readTimeoutMs` and `writeTimeoutMs`. */

import { IdleTimer } from "../base/timers/idle_timer.ts";
import type { Source } from "../base/source.ts";
import type { FlightCallOptions } from "../core/call_options.ts";
import { FlightError } from "../core/flight_error.ts";

/** Makes the timer of a limit; `undefined` if it is not set. */
function idleTimer(
  name: "readTimeoutMs" | "writeTimeoutMs",
  method: string,
  options: FlightCallOptions,
  expire: (error: FlightError) => void,
): IdleTimer | undefined {
  const timeoutMs = options[name];
  if (timeoutMs === undefined) return undefined;
  const problem = name === "readTimeoutMs"
    ? "no message arrived"
    : "the server took no message";
  return new IdleTimer(timeoutMs, () =>
    expire(
      new FlightError(
        "DEADLINE_EXCEEDED",
        `${problem} within ${name} (${timeoutMs})`,
        { method },
      ),
    ));
}

/**
 * Makes the timer for the writes of a call.
 *
 * @param expire Cancels the call.
 */
export function writeTimer(
  method: string,
  options: FlightCallOptions,
  expire: (error: FlightError) => void,
): IdleTimer | undefined {
  return idleTimer("writeTimeoutMs", method, options, expire);
}

/** Limits the time for which each read of a call's messages may wait. */
export function readInTime<T>(
  messages: Source<T>,
  method: string,
  options: FlightCallOptions,
): Source<T> {
  let late: FlightError | undefined;
  const timer = idleTimer("readTimeoutMs", method, options, (error) => {
    late = error;
    messages.cancel(error);
  });
  if (timer === undefined) return messages;
  return {
    async read() {
      timer.start();
      try {
        const message = await messages.read();
        if (late !== undefined) throw late;
        if (message === undefined) timer.close();
        else timer.stop();
        return message;
      } catch (error) {
        timer.close();
        throw late ?? error;
      }
    },
    cancel(reason) {
      timer.close();
      messages.cancel(reason);
    },
    recycle: (message) => messages.recycle?.(message),
  };
}
