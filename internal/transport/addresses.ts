/** Addresses of servers and peers, as text. */

import { integerOption } from "../core/check_option.ts";
import { FlightError } from "../core/flight_error.ts";
import { formatGrpcLocation } from "../protocol/location.ts";
import { hostPort } from "./host_port.ts";
import type { ListenAddress } from "./options.ts";
import { bindProblem } from "./unix_socket.ts";

/** {@linkcode ListenAddress}, with TLS if it is used there. */
export type BindAddress = ListenAddress & { readonly tls?: unknown };

/**
 * Returns the port to bind; 0 for a Unix socket.
 *
 * @throws {RangeError} When it is not a port.
 */
export function listenPort(address: ListenAddress): number {
  return "path" in address ? 0 : integerOption("port", address.port, 0, 65_535);
}

/** Returns the location URI of a server that has bound `port`. */
export function listenUri(address: BindAddress, port: number): string {
  return formatGrpcLocation(
    "path" in address ? { kind: "unix", path: address.path } : {
      kind: "tcp",
      tls: address.tls !== undefined,
      hostname: address.hostname,
      port,
    },
  );
}

/** Makes the error of an address that cannot be bound. */
export function listenError(
  address: BindAddress,
  cause: Error,
): FlightError {
  const reason = "path" in address
    ? bindProblem(address.path, cause)
    : listenReason(cause.message);
  return new FlightError(
    "UNAVAILABLE",
    `cannot listen on ${listenUri(address, listenPort(address))}: ${reason}`,
    { origin: "transport", cause },
  );
}

/** Deno says EINVAL, and all runtimes say less than they could. */
function listenReason(reason: string): string {
  if (/\bEADDRNOTAVAIL\b|\bEINVAL\b/.test(reason)) {
    return `it is no address of this machine (${reason})`;
  }
  return /\bEACCES\b/.test(reason)
    ? `this process may not have that port (${reason})`
    : reason;
}

/** Names the other end of a connection, such as `127.0.0.1:41234`. */
export function peerName(
  { remoteAddress, remotePort }: {
    readonly remoteAddress?: string | undefined;
    readonly remotePort?: number | undefined;
  },
): string {
  if (remoteAddress === undefined || remotePort === undefined) return "unix";
  return hostPort(remoteAddress, remotePort);
}
