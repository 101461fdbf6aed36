/** Calls of one read, or of one poll, which end together. */

import { afterDelay } from "../base/timers/deadline.ts";
import { TimeLeft } from "../base/timers/time_left.ts";
import {
  checkCallOptions,
  type FlightCallOptions,
} from "../core/call_options.ts";
import { FlightError } from "../core/flight_error.ts";
import { FlightHeaders } from "../core/flight_headers.ts";

/** One signal and one deadline for any number of calls. */
export class CallGroup {
  /** Options that all calls have in common: those of the caller, without signal and timeout. */
  readonly shared: FlightCallOptions;
  readonly #method: string | undefined;
  readonly #controller = new AbortController();
  readonly #causes: readonly AbortSignal[];
  readonly #time: TimeLeft;
  readonly #onAbort: () => void;
  #stopTimer: () => void = () => {};
  #isBegun = false;

  /**
   * Makes a group that does nothing before `begin`; the time of `timeoutMs` runs at once.
   *
   * @param method The RPC that errors name, if it is one.
   * @param options Options of the caller, for the whole group and for each of its calls.
   * @param closed Aborted when the client is closed.
   * @throws {TypeError} When an option is of the wrong type.
   * @throws {RangeError} When `timeoutMs` is not more than 0.
   */
  constructor(
    method: string | undefined,
    options: FlightCallOptions,
    closed: AbortSignal,
  ) {
    checkCallOptions(options);
    this.#method = method;
    const { signal, timeoutMs, headers, ...shared } = options;
    this.shared = { ...shared, headers: headers && new FlightHeaders(headers) };
    this.#time = new TimeLeft(timeoutMs);
    this.#causes = signal ? [signal, closed] : [closed];
    // The reason of the caller stays as it is.
    const onAbort = (): unknown =>
      signal?.aborted
        ? this.abort(signal.reason)
        : this.cancel("the client was closed");
    this.#onAbort = onAbort;
  }

  /** Signal for each of the calls, aborted when they must end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Rest of the timeout, in milliseconds; `undefined` for no limit. */
  get timeoutMs(): number | undefined {
    return this.#time.ms;
  }

  /** Options of a call that is made now. */
  get callOptions(): FlightCallOptions {
    const { signal, timeoutMs } = this;
    return { ...this.shared, signal, timeoutMs };
  }

  /** Watches the caller's signal, the client and the clock from now on; idempotent. */
  begin(): void {
    if (this.#isBegun) return;
    this.#isBegun = true;
    for (const cause of this.#causes) {
      cause.addEventListener("abort", this.#onAbort);
    }
    this.#stopTimer = afterDelay(
      this.#time.ms ?? Infinity,
      () =>
        this.abort(
          new FlightError("DEADLINE_EXCEEDED", "the deadline has passed", {
            method: this.#method,
          }),
        ),
    );
    if (this.#causes.some(({ aborted }) => aborted)) this.#onAbort();
  }

  /**
   * Cancels all calls, for a reason of this side; idempotent.
   *
   * @returns The error with the reason.
   */
  cancel(details: string): FlightError {
    const error = new FlightError("CANCELLED", details, {
      method: this.#method,
    });
    this.abort(error);
    return error;
  }

  /** Cancels all calls; idempotent. */
  abort(reason: unknown): void {
    this.end();
    this.#controller.abort(reason);
  }

  /** Stops watching, because all calls have ended. */
  end(): void {
    this.#stopTimer();
    for (const cause of this.#causes) {
      cause.removeEventListener("abort", this.#onAbort);
    }
  }
}
