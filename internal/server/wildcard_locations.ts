/** Warns of endpoints that lead nowhere, as they have the address of all addresses. */

import type { FlightEndpointInit } from "../protocol/flight_endpoint.ts";
import { isWildcardLocation } from "../protocol/location.ts";

/** The URIs that were warned of. */
const warned = new Set<string>();

/** Most warnings: a service makes few of them by mistake. */
const MAX_WARNED = 100;

/**
 * Looks at the locations of endpoints, and warns once of each that only a client on the same machine
 * could use, by chance.
 *
 * @param endpoints What a handler gives; anything else is left to the encoder.
 */
export function warnOfWildcards(
  endpoints: readonly FlightEndpointInit[] | undefined,
): void {
  if (!Array.isArray(endpoints)) return;
  for (const endpoint of endpoints) {
    if (!Array.isArray(endpoint?.locations)) continue;
    for (const location of endpoint.locations) {
      const uri = typeof location === "string" ? location : location?.uri;
      if (typeof uri === "string") warnOfWildcard(uri);
    }
  }
}

function warnOfWildcard(uri: string): void {
  // Most locations have no such host: quick to see.
  if (!/\/\/[[*0:]/.test(uri) || !isWildcardLocation({ uri })) return;
  if (warned.has(uri) || warned.size >= MAX_WARNED) return;
  warned.add(uri);
  console.warn(
    `An endpoint has the location ${uri}, which other machines cannot ` +
      "connect to. Say where they reach the server (option publicLocation " +
      "of serve, then context.location), or leave out the locations of " +
      "endpoints that this server has itself.",
  );
}
