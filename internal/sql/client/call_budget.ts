/** Options of the calls that one operation makes. */

import { TimeLeft } from "../../base/timers/time_left.ts";
import {
  checkCallOptions,
  type FlightCallOptions,
} from "../../core/call_options.ts";
import { FlightHeaders } from "../../core/flight_headers.ts";
import type { SqlCallOptions } from "./sql_options.ts";

/** Gives each call of an operation its options: what is left of the time, and the same headers. */
export class CallBudget {
  /** Aborts the operation. */
  readonly signal: AbortSignal | undefined;
  readonly #options: SqlCallOptions;
  readonly #headers: FlightHeaders | undefined;
  readonly #time: TimeLeft;

  /**
   * The time of `timeoutMs` runs from now on.
   *
   * @param options Options of the operation.
   * @throws {TypeError} When an option is of the wrong type.
   * @throws {RangeError} When an option is out of its range.
   */
  constructor(options: SqlCallOptions) {
    const { signal, timeoutMs, readTimeoutMs, writeTimeoutMs, headers } =
      checkCallOptions(options);
    this.signal = signal;
    this.#options = { readTimeoutMs, writeTimeoutMs };
    // Copied, since an iterable can be read only once.
    this.#headers = headers && new FlightHeaders(headers);
    this.#time = new TimeLeft(timeoutMs);
  }

  /** Time that is left, in milliseconds; `undefined` for no bound. */
  get timeoutMs(): number | undefined {
    return this.#time.ms;
  }

  /** Options of the next call. */
  get options(): FlightCallOptions {
    const { timeoutMs, signal } = this;
    return { ...this.#options, headers: this.#headers, timeoutMs, signal };
  }

  /**
   * The same, but aborted by another signal as well.
   *
   * @param signal The other signal.
   */
  with(signal: AbortSignal): CallBudget {
    return new CallBudget({
      ...this.options,
      signal: this.signal === undefined
        ? signal
        : AbortSignal.any([this.signal, signal]),
    });
  }

  /** Options of a call that goes on when the operation has been aborted, such as one that cleans up. */
  get afterwards(): FlightCallOptions {
    return { headers: this.#headers };
  }
}
