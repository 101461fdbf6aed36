/** The token that comes with an answer: the scheme Bearer of RFC 6750. */

import type { FlightHeaders } from "../core/flight_headers.ts";
import { parseAuthorization } from "./basic_credentials.ts";

/** The header, of requests as of answers. */
export const AUTHORIZATION = "authorization";

/** A longer one, in characters, could keep later calls from fitting a server's header list. */
const MAX_TOKEN_LENGTH = 8192;

/**
 * The value of the header, where it has a token.
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
