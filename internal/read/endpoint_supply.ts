/** Sources of the endpoints of a read. */

import { valueName } from "../base/value_name.ts";
import type { FlightEndpoint } from "../protocol/flight_endpoint.ts";
import { FlightError } from "../core/flight_error.ts";
import type { FlightInfo } from "../protocol/flight_info.ts";
import type { PollInfo } from "../protocol/poll_info.ts";

/** Returns the endpoints one by one, in their order. */
export interface EndpointSupply {
  /** Reads the next endpoint; `undefined` at the end. At most one read may be pending. */
  read(): Promise<FlightEndpoint | undefined>;
  /** Stops; resolves when the source of the endpoints has been told. */
  cancel(reason: unknown): Promise<void>;
  /** True if the order of the endpoints is that of the data; known once one was read. */
  readonly ordered: boolean;
  /** The FlightInfo whose schema the endpoints are to have, once it is known. */
  readonly info: FlightInfo | undefined;
}

/**
 * Supplies the endpoints of a FlightInfo.
 *
 * @throws {TypeError} When it has none, not even an empty list.
 */
export function endpointsOf(info: FlightInfo): EndpointSupply {
  if (!Array.isArray(info?.endpoints)) {
    throw new TypeError(
      "Cannot read: the source must be a FlightInfo or a stream of PollInfos, not " +
        valueName(info) +
        (Array.isArray(info) || (typeof info === "object" && info !== null &&
            "ticket" in info)
          ? " (of some endpoints it is { ...info, endpoints })"
          : " (getStream reads a descriptor, doGet a ticket)"),
    );
  }
  const left = info.endpoints.values();
  return {
    ordered: info.ordered,
    info,
    read: () => Promise.resolve(left.next().value),
    cancel: () => Promise.resolve(),
  };
}

/** The answers of a server about a query, one by one. */
export interface PollSource {
  /** Reads the next one; `undefined` at the end. At most one read may be pending. */
  read(): Promise<PollInfo | undefined>;
  /** Stops; resolves when the source of the answers has been told. */
  cancel(reason: unknown): Promise<void>;
}

/**
 * Reads the answers from a stream, which is locked from now on.
 *
 * @throws {TypeError} When it is locked already.
 */
export function pollsOf(stream: ReadableStream<PollInfo>): PollSource {
  const reader = stream.getReader();
  return {
    read: async () => (await reader.read()).value,
    cancel: (reason) => reader.cancel(reason),
  };
}

/**
 * Supplies the endpoints of a query while it runs: each answer of the server repeats the earlier
 * ones.
 */
export class PolledEndpoints implements EndpointSupply {
  readonly #polls: PollSource;
  #info: FlightInfo | undefined;
  #taken = 0;

  /** @param polls The answers. */
  constructor(polls: PollSource) {
    this.#polls = polls;
  }

  get ordered(): boolean {
    return this.#info?.ordered ?? false;
  }

  get info(): FlightInfo | undefined {
    return this.#info;
  }

  async read(): Promise<FlightEndpoint | undefined> {
    while (this.#taken >= (this.#info?.endpoints.length ?? 0)) {
      const poll = await this.#polls.read();
      if (poll === undefined) return undefined;
      const { info } = poll;
      if (info === undefined) continue;
      if (info.endpoints.length < this.#taken) {
        throw new FlightError(
          "INTERNAL",
          `the server has removed endpoints: there were ${this.#taken}, ` +
            `now there are ${info.endpoints.length}`,
          { method: "PollFlightInfo", origin: "remote" },
        );
      }
      this.#info = info;
    }
    return this.#info!.endpoints[this.#taken++];
  }

  cancel(reason: unknown): Promise<void> {
    return this.#polls.cancel(reason);
  }
}
