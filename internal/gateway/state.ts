/** All that the parts of a gateway share. */

import type { CheckedOptions } from "./options.ts";
import type { FlightCallContext } from "../interceptors/call_context.ts";
import { hostOfPeer } from "../transport/host_port.ts";
import type { CallRecord } from "./call_record.ts";
import type { Calls } from "./calls.ts";
import type { Handles } from "./handles.ts";
import type { OtherServers } from "./other_servers.ts";
import type { Queries, Query } from "./queries.ts";
import type { Replicas } from "./replicas.ts";
import type { Mark, Requests } from "./requests.ts";

/** Parts of a gateway. */
export interface GatewayState {
  readonly options: CheckedOptions;
  readonly replicas: Replicas;
  readonly others: OtherServers;
  readonly calls: Calls;
  readonly handles: Handles;
  readonly requests: Requests;
  readonly queries: Queries;
}

/** Identity to which handles and tickets are bound; empty without authentication. */
export function userOf({ peerIdentity }: FlightCallContext): string {
  return peerIdentity ?? "";
}

/** Finds or makes the record of a query. */
export function openQuery(
  { queries, options }: GatewayState,
  id: string,
  context: FlightCallContext,
): Query {
  const { peerIdentity, peer } = context;
  // Without authentication, a host is a user.
  const owner = peerIdentity === undefined
    ? `host ${hostOfPeer(peer)}`
    : `user ${peerIdentity}`;
  return queries.open(id, owner, () => options.limits(context));
}

/**
 * Has a call work for a query until the call is over.
 *
 * @param id The identifier of the query. Default: a new one.
 * @throws {FlightError} As `Queries.use`.
 */
export function joinQuery(
  state: GatewayState,
  context: FlightCallContext,
  record: CallRecord,
  id: string = crypto.randomUUID(),
): Query {
  record.queryId = id;
  const query = openQuery(state, id, context);
  record.join(query, state.queries.use(query));
  return query;
}

/**
 * Bounds the time of a call that is no query. It does not count among those of its user, who needs it to free what they
 * hold.
 */
export function boundTime(
  { queries, options }: GatewayState,
  context: FlightCallContext,
  record: CallRecord,
): void {
  const limits = () => options.limits(context);
  const call = queries.open(crypto.randomUUID(), undefined, limits);
  record.join(call, queries.use(call));
}

/** The mark of a query in the engine: its identifier, and the trace of its call by the header of W3C Trace Context. */
export function markOf({ id }: Query, { headers }: FlightCallContext): Mark {
  const [, traceId] = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/.exec(
    headers.get("traceparent") ?? "",
  ) ?? [];
  return { id, traceId };
}
