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

/**
 * Supplies the endpoints of a query while it runs: each answer of the server repeats the earlier
 * ones.
 */
export class PolledEndpoints implements EndpointSupply {
  readonly #polls: ReadableStreamDefaultReader<PollInfo>;
  #info: FlightInfo | undefined;
  #taken = 0;

  /**
   * @param polls The answers; locked from now on.
   * @throws {TypeError} When it is locked already.
   */
  constructor(polls: ReadableStream<PollInfo>) {
    this.#polls = polls.getReader();
  }

  get ordered(): boolean {
    return this.#info?.ordered ?? false;
  }

  get info(): FlightInfo | undefined {
    return this.#info;
  }

  async read(): Promise<FlightEndpoint | undefined> {
    while (this.#taken >= (this.#info?.endpoints.length ?? 0)) {
      const { done, value } = await this.#polls.read();
      if (done) return undefined;
      if (value.info === undefined) continue;
      if (value.info.endpoints.length < this.#taken) {
        throw new FlightError(
          "INTERNAL",
          `the server has removed endpoints: there were ${this.#taken}, ` +
            `now there are ${value.info.endpoints.length}`,
          { method: "PollFlightInfo", origin: "remote" },
        );
      }
      this.#info = value.info;
    }
    return this.#info!.endpoints[this.#taken++];
  }

  cancel(reason: unknown): Promise<void> {
    return this.#polls.cancel(reason);
  }
}
