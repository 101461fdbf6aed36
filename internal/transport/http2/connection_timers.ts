/** The age of a connection of the server, and its time without a call. */

import { clearTimeout, setTimeout } from "node:timers";

import { afterDelay } from "../../base/timers/deadline.ts";
import { FlightError } from "../../core/flight_error.ts";
import type { ConnectionTimes } from "./options.ts";

/** Jitter of the age at which a connection is closed, as a fraction. */
const AGE_JITTER = 0.1;

type Timer = ReturnType<typeof setTimeout>;

/** Connection whose time ends. */
interface TimedConnection {
  /** Lets running calls finish, then closes. */
  drain(reason: string): void;
  /** Ends all calls with `error`, and the connection. */
  abort(error: FlightError): void;
}

/** Timers of one connection. */
export class ConnectionTimers {
  readonly #times: ConnectionTimes;
  readonly #connection: TimedConnection;
  #stopAgeTimer: () => void = () => {};
  #idleTimer: Timer | undefined;

  /**
   * @param times The times.
   * @param connection The connection.
   */
  constructor(times: ConnectionTimes, connection: TimedConnection) {
    this.#times = times;
    this.#connection = connection;
  }

  /** Begins to count the age. */
  start(): void {
    const { maxConnectionAgeMs: age, maxConnectionAgeGraceMs: grace } =
      this.#times;
    if (age === undefined) return;
    // So that connections made at the same time do not all end at once.
    const jittered = age * (1 + AGE_JITTER * (2 * Math.random() - 1));
    this.#stopAgeTimer = afterDelay(jittered, () => {
      if (grace !== undefined) {
        this.#stopAgeTimer = afterDelay(
          grace,
          () =>
            this.#connection.abort(
              new FlightError("UNAVAILABLE", "the connection was too old"),
            ),
        );
      }
      this.#connection.drain("max_age");
    });
  }

  /** Notes whether there is a call. */
  setBusy(isBusy: boolean): void {
    const idleMs = this.#times.maxConnectionIdleMs;
    if (idleMs === undefined) return;
    if (isBusy) {
      clearTimeout(this.#idleTimer);
      this.#idleTimer = undefined;
    } else {
      this.#idleTimer ??= setTimeout(
        () => this.#connection.drain("max_idle"),
        idleMs,
      );
    }
  }

  /** Ends all timers. */
  stop(): void {
    this.#stopAgeTimer();
    clearTimeout(this.#idleTimer);
  }
}
