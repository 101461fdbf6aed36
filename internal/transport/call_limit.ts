/** Limits on the calls that a server answers at once, on every transport. */

import { PassingMap } from "../base/lifetimes/passing_map.ts";
import { FlightError } from "../core/flight_error.ts";
import { onCallEnd } from "../seam/call_ended.ts";
import { failedResponse } from "../seam/failed_response.ts";
import type {
  CallHandler,
  CallResponse,
  OutgoingMessage,
} from "../seam/transport.ts";

/** Limits for running calls. */
export interface CallLimits {
  /** Most calls at once. */
  readonly maxCalls: number;
  /**
   * Most calls of one connection; by default as many as are left for the
   * others.
   */
  readonly maxPerConnection: number | undefined;
  /** Most calls from one address. */
  readonly maxPerPeer: number;
}

/**
 * Rejects calls beyond the limits. The code is UNAVAILABLE and not
 * RESOURCE_EXHAUSTED: gRPC's retry policies name it, and C++ does not take it
 * for a mistake in the request.
 *
 * @param handler Answers the other calls.
 * @param limits The limits.
 */
export function limitCalls(
  handler: CallHandler,
  limits: CallLimits,
): CallHandler {
  const { maxCalls, maxPerPeer } = limits;
  let calls = 0;
  const connections = new Counts();
  const peers = new Counts();
  return (request) => {
    const connection = request.connection ?? request.peer;
    const peer = hostOf(request.peer);
    const ofConnection = connections.get(connection);
    if (calls >= maxCalls) {
      return refusal("the server", maxCalls, "maxConcurrentCalls");
    }
    // The next connection must find room too.
    const maxPerConnection = limits.maxPerConnection ?? maxCalls - calls + 1;
    if (ofConnection >= maxPerConnection) {
      return refusal(
        "this connection",
        ofConnection,
        limits.maxPerConnection === undefined
          ? `maxCallsPerConnection; there are ${calls} running calls in all`
          : "maxCallsPerConnection",
      );
    }
    if (peer !== undefined && peers.get(peer) >= maxPerPeer) {
      return refusal("this address", maxPerPeer, "maxCallsPerPeer");
    }
    calls++;
    connections.change(connection, 1);
    peers.change(peer, 1);
    onCallEnd(request, () => {
      calls--;
      connections.change(connection, -1);
      peers.change(peer, -1);
    });
    return handler(request);
  };
}

/** Counts calls by key. */
class Counts {
  readonly #counts = new PassingMap<unknown, number>();

  get(key: unknown): number {
    return this.#counts.get(key) ?? 0;
  }

  change(key: unknown, by: 1 | -1): void {
    const count = this.get(key) + by;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }
}

/**
 * Returns the address of a peer without its port; undefined for Unix sockets.
 */
function hostOf(peer: string): string | undefined {
  const colon = peer.lastIndexOf(":");
  return colon < 0 ? undefined : peer.slice(0, colon);
}

function refusal(
  who: string,
  calls: number,
  option: string,
): CallResponse<OutgoingMessage> {
  // Trailers only: a call that has had headers is not retried (gRFC A6).
  return failedResponse(
    new FlightError(
      "UNAVAILABLE",
      `${who} has ${calls} running calls already (option ${option})`,
    ),
  );
}
