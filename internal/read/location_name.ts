/** What locations are called where people read it: without what may be a secret. */

import {
  formatGrpcLocation,
  isReuseConnection,
  type Location,
  readGrpcLocation,
} from "../protocol/location.ts";

/**
 * The URI that all spellings of a gRPC location have in common.
 *
 * @returns The URI; `undefined` for a location that is not gRPC, or malformed.
 */
export function grpcUri({ uri }: Location): string | undefined {
  const address = readGrpcLocation(uri);
  return typeof address === "string" ? undefined : formatGrpcLocation(
    address.kind === "unix"
      ? address
      : { ...address, hostname: address.hostname.toLowerCase() },
  );
}

/** A gRPC location without a port, which a service may have written by mistake. */
const IS_HOST_ALONE = /^grpc(?:\+tcp|\+tls)?:\/\/[\w.-]{1,253}\/?$/i;

/**
 * A location as it may be shown. Of `http(s)` URIs user, password, query and fragment are left out,
 * where presigned URIs have their signature; of what is no kind of location, all but the scheme.
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

/** Whether a location is to be fetched by HTTP. */
export function isHttp({ uri }: Location): boolean {
  return /^https?:/i.test(uri);
}
