/** How many calls a server answers at once, on every transport. */

import { FlightError } from "../core/flight_error.ts";
import { failedResponse } from "../seam/failed_response.ts";
import type {
  CallHandler,
  CallResponse,
  OutgoingMessage,
} from "../seam/transport.ts";

/** Bounds of the calls under way. */
export interface CallLimits {
  /** How many there are at once. */
  readonly maxCalls: number;
  /** How many of them one connection has; by default as many as are left. */
  readonly maxPerConnection: number | undefined;
  /** How many of them come from one address. */
  readonly maxPerPeer: number;
}

/**
 * Refuses the calls that are too many. With UNAVAILABLE and not with
 * RESOURCE_EXHAUSTED: it is the code that gRPC's retry policies name, and the
 * one that C++ does not take for a mistake in the request.
 *
 * @param handler What answers the others.
 * @param limits How many may be under way.
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
    // Whoever comes next finds a place too.
    const maxPerConnection = limits.maxPerConnection ?? maxCalls - calls + 1;
    if (ofConnection >= maxPerConnection) {
      return refusal(
        "this connection",
        ofConnection,
        limits.maxPerConnection === undefined
          ? `maxCallsPerConnection; ${calls} calls are under way in all`
          : "maxCallsPerConnection",
      );
    }
    if (peer !== undefined && peers.get(peer) >= maxPerPeer) {
      return refusal("this address", maxPerPeer, "maxCallsPerPeer");
    }
    calls++;
    connections.change(connection, 1);
    peers.change(peer, 1);
    // A transport aborts it at the end of every call.
    request.signal.addEventListener("abort", () => {
      calls--;
      connections.change(connection, -1);
      peers.change(peer, -1);
    }, { once: true });
    return handler(request);
  };
}

/** How many there are of each. */
class Counts {
  readonly #counts = new Map<unknown, number>();

  get(key: unknown): number {
    return this.#counts.get(key) ?? 0;
  }

  change(key: unknown, by: 1 | -1): void {
    const count = this.get(key) + by;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }
}

/** The address of a peer without its port; undefined for Unix sockets. */
function hostOf(peer: string): string | undefined {
  const colon = peer.lastIndexOf(":");
  return colon < 0 ? undefined : peer.slice(0, colon);
}

function refusal(
  who: string,
  calls: number,
  option: string,
): CallResponse<OutgoingMessage> {
  // Trailers only: a call that has had headers is not tried again (gRFC A6).
  return failedResponse(
    new FlightError(
      "UNAVAILABLE",
      `${who} has ${calls} calls under way already (option ${option})`,
    ),
  );
}
