/** The cookie of a session. */

import { textOption } from "../core/check_option.ts";
import type { FlightHeaders } from "../core/flight_headers.ts";

/**
 * Returns the value of a cookie from a client.
 *
 * @returns The value; `undefined` if there is none, or it is empty.
 */
export function cookieOf(
  headers: FlightHeaders,
  name: string,
): string | undefined {
  for (const header of headers.getAll("cookie")) {
    const text = String(header);
    // Not by split(): a peer could make every second byte a separator.
    for (let start = 0; start < text.length;) {
      const semicolon = text.indexOf(";", start);
      const end = semicolon < 0 ? text.length : semicolon;
      const value = valueOf(text, start, end, name);
      if (value !== undefined) return value || undefined;
      start = end + 1;
    }
  }
  return undefined;
}

/** Returns the value of the pair from `start` to `end`, if it has this name. */
function valueOf(
  text: string,
  start: number,
  end: number,
  name: string,
): string | undefined {
  while (start < end && text[start] === " ") start++;
  if (!text.startsWith(name, start)) return undefined;
  let separator = start + name.length;
  while (separator < end && text[separator] === " ") separator++;
  return separator < end && text[separator] === "="
    ? text.slice(separator + 1, end).trim()
    : undefined;
}

/**
 * Checks the name of a cookie, from an option.
 *
 * @throws {TypeError} When it is not a token (RFC 6265, section 4.1.1).
 */
export function cookieNameOption(name: string): string {
  textOption("cookieName", name);
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
    throw new TypeError(
      `Cannot use option cookieName: ${
        JSON.stringify(name)
      } is not the name of a cookie`,
    );
  }
  return name;
}
