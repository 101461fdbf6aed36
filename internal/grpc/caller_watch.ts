/** The ends of a client's call that come from its caller: its signal, and its deadline. */

import { atDeadline, timeUntil } from "../base/timers/deadline.ts";
import type { FlightHeaders } from "../core/flight_headers.ts";
import { offAbort, onAbort } from "../seam/never_aborted.ts";
import type { ClientRequest } from "../seam/transport.ts";
import { deadlineError } from "./call_errors.ts";

/** Watches the signal and the deadline of one call. */
export class CallerWatch {
  readonly #request: ClientRequest;
  readonly #cancel: (reason: unknown) => void;
  readonly #onAbort = () => this.#cancel(this.#request.signal.reason);
  #stopTimer: () => void = () => {};

  /**
   * @param request The call.
   * @param cancel Ends the call, and the watch.
   */
  constructor(request: ClientRequest, cancel: (reason: unknown) => void) {
    this.#request = request;
    this.#cancel = cancel;
  }

  /**
   * Begins the watch.
   *
   * @param headers Returns the headers that have come so far, for the error of the deadline.
   * @returns False if the call was canceled at once, because it is aborted or too late.
   */
  begin(headers: () => FlightHeaders | undefined): boolean {
    const { signal, deadline } = this.#request;
    if (signal.aborted) {
      this.#onAbort();
      return false;
    }
    onAbort(signal, this.#onAbort);
    if (timeUntil(deadline) <= 0) {
      this.#cancel(deadlineError());
      return false;
    }
    this.#stopTimer = atDeadline(deadline, () => {
      this.#cancel(deadlineError().with({ headers: headers() }));
    });
    return true;
  }

  /** Ends the watch. */
  stop(): void {
    this.#stopTimer();
    offAbort(this.#request.signal, this.#onAbort);
  }
}
