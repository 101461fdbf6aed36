/** The connections of a client, over which its calls are spread. */

import type { FlightError } from "../../core/flight_error.ts";
import type { Http2Connection } from "../../http2/connection/connection.ts";
import {
  Connector,
  type ConnectorInit,
  type StreamSupply,
  type WaitingCall,
} from "./connector.ts";

/** Longest wait of a call for a connection that is being made while others work, in milliseconds. */
const PATIENCE_MS = 1_000;

/**
 * Makes what gives streams to the calls of a client.
 *
 * @param connections Number of connections.
 * @param init The options of each.
 */
export function streamSupply(
  connections: number,
  init: ConnectorInit,
): StreamSupply {
  return connections === 1
    ? new Connector(init)
    : new Connectors(connections, init);
}

/**
 * Several connections to one server. Each call goes to the one with the fewest calls, in turn among
 * equals, so that they are made one by one as calls come. A connection that cannot be made while
 * others work is not waited for: its calls go to the others, and it is tried again beside them. So do
 * they when it is made for too long, as where a server accepts it and says nothing.
 */
class Connectors implements StreamSupply {
  readonly #connectors: readonly Connector[];
  /** Index of the connector that has the next turn. */
  #next = 0;

  constructor(connections: number, init: ConnectorInit) {
    this.#connectors = Array.from(
      { length: connections },
      () => new Connector(init, (calls, error) => this.#handOver(calls, error)),
    );
  }

  request(call: WaitingCall): void {
    const connector = this.#pick();
    connector.request(call);
    if (connector.isConnected || !this.#works) return;
    const timer = setTimeout(() => {
      if (this.#works && connector.release(call)) this.request(call);
    }, PATIENCE_MS);
    (timer as { unref?(): void }).unref?.();
  }

  withdraw(call: WaitingCall): void {
    for (const connector of this.#connectors) connector.withdraw(call);
  }

  answered(connection: Http2Connection): void {
    for (const connector of this.#connectors) {
      if (connector.has(connection)) return connector.answered(connection);
    }
  }

  close(): void {
    for (const connector of this.#connectors) connector.close();
  }

  /** True if one of them works. */
  get #works(): boolean {
    return this.#connectors.some(({ isProven }) => isProven);
  }

  #pick(): Connector {
    const count = this.#connectors.length;
    const works = this.#works;
    const lateSince = performance.now() - PATIENCE_MS;
    let best: Connector | undefined;
    let bestIndex = this.#next;
    for (let i = 0; i < count; i++) {
      const index = (this.#next + i) % count;
      const connector = this.#connectors[index]!;
      if (works && connector.isFailing) connector.prepare();
      else if (works && connector.connectsSince <= lateSince) continue;
      else if (best === undefined || connector.load < best.load) {
        best = connector;
        bestIndex = index;
      }
    }
    this.#next = (bestIndex + 1) % count;
    return best!;
  }

  /** Finds other connections for calls whose connection could not be made. */
  #handOver(calls: readonly WaitingCall[], error: FlightError): void {
    const works = this.#works;
    for (const call of calls) {
      if (works) this.request(call);
      else call.fail(error);
    }
  }
}
