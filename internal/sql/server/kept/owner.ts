/** Owners of statements, transactions and results. */

import type { FlightCallContext } from "../../../interceptors/call_context.ts";
import { SESSION } from "../../../session/flight_session.ts";
import { hostOfPeer } from "../../../transport/host_port.ts";

/** A client, as far as it is known. */
export interface Owner {
  /** The identity that authentication has found. */
  readonly identity: string | undefined;
  /** The session, where the call has one already. */
  readonly session: string | undefined;
  /** The other end of the connection. */
  readonly peer: string;
}

/** The client of a call. */
export function ownerOf(
  { peer, peerIdentity, values }: FlightCallContext,
): Owner {
  return { identity: peerIdentity, session: values.get(SESSION)?.id, peer };
}

/**
 * Reports whether `caller` may use an object of `owner`: the identity is the same, and so is the
 * session, if it was made in one. An object from before a session can be used in the session.
 */
export function isOwner(owner: Owner, caller: Owner): boolean {
  return owner.identity === caller.identity &&
    (owner.session === undefined || owner.session === caller.session);
}

/**
 * Reports whether two calls belong to one client: one session or, without sessions, one connection.
 */
export function isSameClient(owner: Owner, caller: Owner): boolean {
  if (owner.identity !== caller.identity) return false;
  return owner.session !== undefined || caller.session !== undefined
    ? owner.session === caller.session
    : owner.peer === caller.peer;
}

/** Returns the key by which clients are counted for limits: an identity, or a host. */
export function quotaOf({ identity, peer }: Owner): string {
  return identity === undefined
    ? `host ${hostOfPeer(peer)}`
    : `identity ${identity}`;
}
