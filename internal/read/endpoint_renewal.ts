/** Keeps endpoints valid until they are read. */

import type { FlightEndpoint } from "../protocol/flight_endpoint.ts";
import { FlightError } from "../core/flight_error.ts";

/** Renews the endpoints of one FlightInfo that are about to expire, at their turn. */
export class EndpointRenewal {
  readonly #renew: (endpoint: FlightEndpoint) => Promise<FlightEndpoint>;
  readonly #beforeMs: number;
  #isImplemented = true;

  /**
   * @param renew The action `RenewFlightEndpoint`.
   * @param beforeMs Least remaining validity of an endpoint that is read without renewal, in
   * milliseconds.
   */
  constructor(
    renew: (endpoint: FlightEndpoint) => Promise<FlightEndpoint>,
    beforeMs: number,
  ) {
    this.#renew = renew;
    this.#beforeMs = beforeMs;
  }

  /**
   * Returns the endpoint to read now: the given one, or the renewed one. An endpoint that the
   * server does not renew is read nonetheless while it is valid.
   *
   * @param endpoint The endpoint.
   * @param name Its name for errors.
   * @param signal Aborted when it is no longer wanted.
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
