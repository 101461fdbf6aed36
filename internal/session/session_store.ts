/** Where the sessions of a server are kept: in memory, or elsewhere. */

import type { SessionOptionValue } from "../protocol/session_options.ts";
import type { SetSessionOptions } from "./flight_session.ts";

/** Who has begun a session, so that one client cannot push out the sessions of others. */
export interface SessionClient {
  /** The identity that authentication has found; `undefined` for strangers. */
  readonly peerIdentity: string | undefined;
  /** The host of the client, such as `192.0.2.7` or `[2001:db8::7]`; `unix` and empty for this machine. */
  readonly host: string;
}

/**
 * Keeps sessions by their id. One in memory is there; others may keep them in a database that several
 * servers share. What a store throws fails the call as the error of a handler does.
 */
export interface SessionStore {
  /**
   * Begins a session.
   *
   * @param id Its id, which is not in use.
   * @param options Its options.
   * @param client Who has begun it.
   * @returns Nothing, or a promise where it takes time.
   */
  create(
    id: string,
    options: SetSessionOptions,
    client: SessionClient,
  ): Promise<void> | void;
  /**
   * Gives a session, and puts off its end.
   *
   * @param id What a client has sent: anything.
   * @returns Its options, or `undefined` where there is no such session, or no more.
   */
  load(
    id: string,
  ):
    | Promise<SetSessionOptions | undefined>
    | SetSessionOptions
    | undefined;
  /**
   * Changes some options of a session, and leaves the others to the calls that change them at the same
   * time. A session that has ended meanwhile stays so.
   *
   * @param id Its id.
   * @param changes The options; those that are `undefined` are to be removed.
   * @returns Nothing, or a promise where it takes time.
   */
  update(
    id: string,
    changes: ReadonlyMap<string, SessionOptionValue>,
  ): Promise<void> | void;
  /**
   * Ends a session.
   *
   * @param id Its id.
   * @returns Nothing, or a promise where it takes time.
   */
  remove(id: string): Promise<void> | void;
}
