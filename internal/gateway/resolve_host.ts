/** Addresses of a host name, by the resolver of the system. */

import { lookup } from "node:dns/promises";

/**
 * Finds all addresses of a host name.
 *
 * @param hostname The name.
 * @returns The addresses, IPv4 and IPv6.
 */
export async function resolveHost(hostname: string): Promise<string[]> {
  const found = await lookup(hostname, { all: true });
  return found.map(({ address }) => address);
}
