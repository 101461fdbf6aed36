/** Names of locations for error texts, without possible secrets. */

import {
  formatGrpcLocation,
  isReuseConnection,
  type Location,
  readGrpcLocation,
} from "../protocol/location.ts";

/**
 * Returns the common URI of all spellings of a gRPC location.
 *
 * @returns The URI; `undefined` if the location is not gRPC, or malformed.
 */
export function grpcUri({ uri }: Location): string | undefined {
  const address = readGrpcLocation(uri);
  return typeof address === "string" ? undefined : formatGrpcLocation(
    address.kind === "unix"
      ? address
      : { ...address, hostname: address.hostname.toLowerCase() },
  );
}

/** Matches a gRPC location without a port, a likely mistake of a service. */
const IS_HOST_ALONE = /^grpc(?:\+tcp|\+tls)?:\/\/[\w.-]{1,253}\/?$/i;

/**
 * Formats a location for display. It leaves out user, password, query and fragment of `http(s)`
 * URIs, because presigned URIs have their signature there. Of an invalid location it shows only the
 * scheme.
 */
export function locationName(location: Location): string {
  const { uri } = location;
  if (isReuseConnection(location)) return "this connection";
  if (grpcUri(location) !== undefined || IS_HOST_ALONE.test(uri)) return uri;
  if (isHttp(location) && URL.canParse(uri)) {
    const { protocol, host, pathname, search } = new URL(uri);
    return `${protocol}//${host}${pathname}${search && "?…"}`;
  }
  const [scheme] = /^[a-z][a-z0-9+.-]*:/i.exec(uri) ?? [""];
  return `${scheme}…`;
}

/** Reports whether a location is fetched by HTTP. */
export function isHttp({ uri }: Location): boolean {
  return /^https?:/i.test(uri);
}
