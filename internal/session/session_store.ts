/** Interface of a store for the sessions of a server. */

import type { SessionOptionValue } from "../protocol/session_options.ts";

/** Client that has begun a session, so that one client cannot push out the sessions of others. */
export interface SessionClient {
  /** Identity from authentication; `undefined` for anonymous clients. */
  readonly peerIdentity: string | undefined;
  /**
   * Host of the client, such as `192.0.2.7` or `[2001:db8::7]`; `unix` or empty for this machine.
   */
  readonly host: string;
}

/**
 * Keeps sessions by their id. This package has one in memory; others may use a database that
 * several servers share. If a store throws, the call fails as with an error of a handler.
 */
export interface SessionStore {
  /**
   * Begins a session.
   *
   * @param id Its id, which is not in use.
   * @param options Its options.
   * @param client The client that has begun it.
   * @returns Nothing, or a promise if it takes time.
   */
  create(
    id: string,
    options: ReadonlyMap<string, SessionOptionValue>,
    client: SessionClient,
  ): Promise<void> | void;
  /**
   * Returns a session, and extends its lifetime.
   *
   * @param id The id from a client: any text.
   * @returns Its options, or `undefined` if there is no such session, or it has ended.
   */
  load(
    id: string,
  ):
    | Promise<ReadonlyMap<string, SessionOptionValue> | undefined>
    | ReadonlyMap<string, SessionOptionValue>
    | undefined;
  /**
   * Changes some options of a session, and leaves the others to concurrent calls. A session that
   * has ended in the meantime stays so.
   *
   * @param id Its id.
   * @param changes The options; `undefined` removes one.
   * @returns Nothing, or a promise if it takes time.
   */
  update(
    id: string,
    changes: ReadonlyMap<string, SessionOptionValue>,
  ): Promise<void> | void;
  /**
   * Ends a session.
   *
   * @param id Its id.
   * @returns Nothing, or a promise if it takes time.
   */
  remove(id: string): Promise<void> | void;
}
