/** State that a server keeps for a client between calls. */

import { type ContextKey, createContextKey } from "../core/context_values.ts";
import { FlightError } from "../core/flight_error.ts";
import type { SessionOptionValue } from "../protocol/session_options.ts";
import { getSessionOptionsResultCodec } from "../protocol/session_options.ts";

/** Session of a call, for handlers. */
export interface FlightSession {
  /** True if there was none before this call. A session begins when an option is set. */
  readonly isNew: boolean;
  /**
   * Id by which the server keeps it; `undefined` before it is kept, and for sessions that only the client
   * keeps. Those who know it can take part in the session: do not show it.
   */
  readonly id: string | undefined;
  /** True if it was closed in this call. */
  readonly isClosed: boolean;
  /** Options that are set. */
  readonly options: ReadonlyMap<string, SessionOptionValue>;
  /**
   * Sets an option. It is kept when the response headers are sent, or else at the end of the call.
   *
   * @param name Its name.
   * @param value Its value; `undefined` unsets it.
   * @throws {FlightError} RESOURCE_EXHAUSTED when the session would become too large;
   * FAILED_PRECONDITION when it is closed.
   */
  set(name: string, value: SessionOptionValue): void;
  /** Ends the session: its options are dropped, and the client is told to drop its cookie. */
  close(): void;
}

/**
 * Key of the session of a call. The interceptors for sessions set it; it is `undefined` without
 * them.
 */
export const SESSION: ContextKey<FlightSession | undefined> = createContextKey<
  FlightSession | undefined
>(undefined, { description: "session" });

/** Size limit of a session. */
export interface SessionLimit {
  /** Most bytes of all options, encoded. */
  readonly bytes: number;
  /** Name of the option that sets the limit. */
  readonly option: string;
}

/** Session of a running call, with its changes since it was last stored. */
export class SessionState implements FlightSession {
  readonly isNew: boolean;
  id: string | undefined;
  readonly #options = new Map<
    string,
    Exclude<SessionOptionValue, undefined>
  >();
  readonly #limit: SessionLimit;
  #bytes = 0;
  #isClosed = false;
  #changes = new Map<string, SessionOptionValue>();

  /**
   * @param options The stored options; `undefined` for a new session.
   * @param limit The size limit.
   */
  constructor(
    options: ReadonlyMap<string, SessionOptionValue> | undefined,
    limit: SessionLimit,
  ) {
    this.isNew = options === undefined;
    this.#limit = limit;
    for (const [name, value] of options ?? []) {
      if (value === undefined) continue;
      this.#options.set(name, value);
      this.#bytes += byteLength(name, value);
    }
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get options(): ReadonlyMap<string, SessionOptionValue> {
    return new Map(this.#options);
  }

  set(name: string, value: SessionOptionValue): void {
    if (this.#isClosed) {
      throw new FlightError("FAILED_PRECONDITION", "the session is closed");
    }
    const before = this.#options.get(name);
    const bytes = this.#bytes -
      (before === undefined ? 0 : byteLength(name, before)) +
      (value === undefined ? 0 : byteLength(name, value));
    if (bytes > this.#limit.bytes && value !== undefined) {
      throw new FlightError(
        "RESOURCE_EXHAUSTED",
        `the session would have ${bytes} bytes, more than the limit of ${this.#limit.bytes} (option ${this.#limit.option})`,
      );
    }
    this.#bytes = bytes;
    if (value === undefined) this.#options.delete(name);
    else this.#options.set(name, value);
    this.#changes.set(name, value);
  }

  close(): void {
    this.#isClosed = true;
    this.#options.clear();
    this.#changes.clear();
  }

  /** Returns the options that were set or unset since the last call. */
  takeChanges(): ReadonlyMap<string, SessionOptionValue> {
    const changes = this.#changes;
    this.#changes = new Map();
    return changes;
  }
}

/** Computes the size of an option in a message of options, in bytes. */
function byteLength(name: string, value: SessionOptionValue): number {
  return getSessionOptionsResultCodec.encode({
    sessionOptions: new Map([[name, value]]),
  }).byteLength;
}
