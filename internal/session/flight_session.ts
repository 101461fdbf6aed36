/** What a server keeps of a client from call to call. */

import { type ContextKey, createContextKey } from "../core/context_values.ts";
import { FlightError } from "../core/flight_error.ts";
import type { SessionOptionValue } from "../protocol/session_options.ts";
import { encodeGetSessionOptionsResult } from "../wire/session_options.ts";

/** The options of a session that are set, by name. */
export type SetSessionOptions = ReadonlyMap<
  string,
  Exclude<SessionOptionValue, undefined>
>;

/** The session of a call, as handlers see it. */
export interface FlightSession {
  /** Whether there was none before this call: it begins when an option is set. */
  readonly isNew: boolean;
  /** Whether it was closed in this call. */
  readonly isClosed: boolean;
  /** The options that are set. */
  readonly options: SetSessionOptions;
  /**
   * Sets an option. It is kept when the response headers are sent, or else at the end of the call.
   *
   * @param name Its name.
   * @param value Its value; `undefined` unsets it.
   * @throws {FlightError} RESOURCE_EXHAUSTED where the session would become too large;
   * FAILED_PRECONDITION where it is closed.
   */
  set(name: string, value: SessionOptionValue): void;
  /** Ends the session: its options are forgotten, and the client is told to forget it too. */
  close(): void;
}

/** The session of a call: set by the interceptors for sessions, `undefined` without them. */
export const SESSION: ContextKey<FlightSession | undefined> = createContextKey<
  FlightSession | undefined
>(undefined, { description: "session" });

/** How large a session may become. */
export interface SessionLimit {
  /** Bytes of all options, encoded. */
  readonly bytes: number;
  /** The option that says so. */
  readonly option: string;
}

/** A session under way, and what has become of it since it was kept last. */
export class SessionState implements FlightSession {
  readonly isNew: boolean;
  readonly #options: Map<string, Exclude<SessionOptionValue, undefined>>;
  readonly #limit: SessionLimit;
  #bytes = 0;
  #isClosed = false;
  #changes = new Map<string, SessionOptionValue>();

  /**
   * @param options What was kept; `undefined` for a new session.
   * @param limit How large it may become.
   */
  constructor(options: SetSessionOptions | undefined, limit: SessionLimit) {
    this.isNew = options === undefined;
    this.#options = new Map(options);
    this.#limit = limit;
    for (const entry of this.#options) this.#bytes += byteLength(...entry);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get options(): SetSessionOptions {
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

  /** What was set or unset since this was asked last. */
  takeChanges(): ReadonlyMap<string, SessionOptionValue> {
    const changes = this.#changes;
    this.#changes = new Map();
    return changes;
  }
}

/** What an option adds to a message of options. */
function byteLength(name: string, value: SessionOptionValue): number {
  return encodeGetSessionOptionsResult({
    sessionOptions: new Map([[name, value]]),
  }).byteLength;
}
