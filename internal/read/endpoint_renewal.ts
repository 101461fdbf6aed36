/** Keeps endpoints valid until they are read. */

import type { FlightEndpoint } from "../protocol/flight_endpoint.ts";
import { FlightError } from "../core/flight_error.ts";

/** Renews the endpoints of one FlightInfo that are about to expire, when their turn has come. */
export class EndpointRenewal {
  readonly #renew: (endpoint: FlightEndpoint) => Promise<FlightEndpoint>;
  readonly #beforeMs: number;
  #isImplemented = true;

  /**
   * @param renew The action `RenewFlightEndpoint`.
   * @param beforeMs How long an endpoint must still be valid to be read as it is.
   */
  constructor(
    renew: (endpoint: FlightEndpoint) => Promise<FlightEndpoint>,
    beforeMs: number,
  ) {
    this.#renew = renew;
    this.#beforeMs = beforeMs;
  }

  /**
   * The endpoint to read now: the one given, or what the server has made of it. An endpoint that the
   * server does not renew is read all the same while it is valid.
   *
   * @param endpoint The endpoint.
   * @param name What it is called in an error.
   * @param signal Aborted when nobody wants it any more.
   * @throws {FlightError} FAILED_PRECONDITION when it has expired and is not renewed.
   */
  async fresh(
    endpoint: FlightEndpoint,
    name: string,
    signal: AbortSignal,
  ): Promise<FlightEndpoint> {
    const expires = endpoint.expirationTime?.getTime();
    if (expires === undefined || expires > Date.now() + this.#beforeMs) {
      return endpoint;
    }
    let cause: unknown;
    if (this.#isImplemented) {
      try {
        return await this.#renew(endpoint);
      } catch (error) {
        if (signal.aborted) throw error;
        cause = error;
        if (FlightError.is(error) && error.code === "UNIMPLEMENTED") {
          this.#isImplemented = false;
        }
      }
    }
    if (expires > Date.now()) return endpoint;
    const why = FlightError.is(cause)
      ? `the server did not renew it: ${cause.details}`
      : "the server does not renew endpoints";
    throw new FlightError(
      "FAILED_PRECONDITION",
      `${name} expired at ${
        endpoint.expirationTime!.toISOString()
      }, and ${why}`,
      { method: "DoGet", cause },
    );
  }
}
