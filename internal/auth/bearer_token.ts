/** The token that comes with an answer: the scheme Bearer of RFC 6750. */

import type { FlightHeaders } from "../core/flight_headers.ts";
import { parseAuthorization } from "./basic_credentials.ts";

/** Name of the header, for requests and answers. */
export const AUTHORIZATION = "authorization";

/**
 * Longest accepted token, in characters; with a longer one, later calls could exceed the header
 * list of a server.
 */
const MAX_TOKEN_LENGTH = 8192;

/**
 * Returns the token in the header, if there is one.
 *
 * @param headers Headers or trailers of an answer.
 */
export function bearerOf(headers: FlightHeaders): string | undefined {
  const value = headers.get(AUTHORIZATION);
  return value !== undefined && value.length <= MAX_TOKEN_LENGTH &&
      parseAuthorization(value).scheme === "bearer"
    ? value
    : undefined;
}
