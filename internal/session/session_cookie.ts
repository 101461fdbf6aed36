/** The cookie that names a session. */

import type { FlightHeaders } from "../core/flight_headers.ts";

/**
 * The value of a cookie that a client sends.
 *
 * @returns `undefined` where there is none, or it is empty.
 */
export function cookieOf(
  headers: FlightHeaders,
  name: string,
): string | undefined {
  for (const header of headers.getAll("cookie")) {
    for (const pair of String(header).split(";")) {
      const separator = pair.indexOf("=");
      if (separator >= 0 && pair.slice(0, separator).trim() === name) {
        return pair.slice(separator + 1).trim() || undefined;
      }
    }
  }
  return undefined;
}

/**
 * The name of a cookie, from an option.
 *
 * @throws {TypeError} When it is not a token (RFC 6265, section 4.1.1).
 */
export function cookieNameOption(name: string): string {
  if (typeof name !== "string" || !/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
    throw new TypeError(
      `Cannot use option cookieName: ${
        JSON.stringify(name)
      } is not the name of a cookie`,
    );
  }
  return name;
}
