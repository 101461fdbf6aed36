/** Flight.proto: Location, and the URIs of the Flight specification ("Location URIs"). */

import { valueName } from "../base/value_name.ts";
import { field } from "../message/fields.ts";
import { accepting, message, type MessageType } from "../message/message.ts";
import { string } from "../message/scalars.ts";

/** Location of an endpoint. */
export interface Location {
  /** A URI, such as `grpc+tcp://host:port`. */
  readonly uri: string;
}

/** A location in either of its forms: a `Location` object or its URI. */
export type LocationInit = Location | string;

/** The codec of {@linkcode Location}. */
export const locationCodec: MessageType<Location, LocationInit> = accepting(
  message<Location>("arrow.flight.protocol.Location", {
    uri: field(1, string),
  }),
  (init) => typeof init === "string" ? { uri: init } : init,
);

/** The location that means "the connection on which this FlightInfo came". */
export const REUSE_CONNECTION: Location = {
  uri: "arrow-flight-reuse-connection://?",
};

/**
 * Reports whether a location means the connection on which its FlightInfo came: `REUSE_CONNECTION`,
 * or an empty URI (Flight.proto, Location).
 */
export function isReuseConnection({ uri }: Location): boolean {
  return uri === "" || /^arrow-flight-reuse-connection:/i.test(uri);
}

/** A location that a gRPC transport can connect to or listen on. */
export type GrpcAddress =
  | {
    readonly kind: "tcp";
    readonly tls: boolean;
    readonly hostname: string;
    readonly port: number;
  }
  | { readonly kind: "unix"; readonly path: string };

/**
 * Reads a `grpc://`, `grpc+tcp://`, `grpc+tls://` or `grpc+unix://` location.
 *
 * @throws {TypeError} When it is none of these, or lacks host, port or path.
 */
export function parseGrpcLocation(location: LocationInit): GrpcAddress {
  const uri = typeof location === "string" ? location : location?.uri;
  const address = typeof uri === "string"
    ? readGrpcLocation(uri)
    : "it is neither text nor a Location" + hintFor(location);
  if (typeof address !== "string") return address;
  const shown = typeof uri === "string"
    ? JSON.stringify(uri)
    : valueName(location);
  throw new TypeError(
    `Cannot use location ${shown}: ${address}; expected ` +
      "grpc://host:port, grpc+tcp://host:port, grpc+tls://host:port or " +
      "grpc+unix:///path",
  );
}

/** Names the part of a value that is a location. */
function hintFor(value: unknown): string {
  if (typeof value !== "object" || value === null) return "";
  if ("location" in value) return " (of a server it is server.location)";
  if ("locations" in value) {
    return " (of an endpoint it is one of its locations)";
  }
  return "href" in value ? " (of a URL it is url.href)" : "";
}

/**
 * Reads a gRPC location.
 *
 * @returns The address; or why there is none, without quoting what may be a secret.
 */
export function readGrpcLocation(uri: string): GrpcAddress | string {
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(uri) ?? [];
  if (scheme === undefined || rest === undefined) return "it is not a URI";
  switch (scheme.toLowerCase()) {
    case "grpc+unix":
      return readPath(rest);
    case "grpc":
    case "grpc+tcp":
    case "grpc+tls":
      return readHostAndPort(rest, scheme.toLowerCase() === "grpc+tls");
    default:
      return `the scheme ${scheme}:// is not gRPC`;
  }
}

/** "grpc+unix:///run/x.sock" has an empty authority; "grpc+unix://./x.sock" a relative path. */
function readPath(rest: string): GrpcAddress | string {
  let path: string;
  try {
    path = decodeURIComponent(rest);
  } catch {
    return "its path has a % that begins no UTF-8";
  }
  return path === "" || path === "/"
    ? "the path of the socket is missing"
    : { kind: "unix", path };
}

function readHostAndPort(rest: string, tls: boolean): GrpcAddress | string {
  const match = /^(\[[0-9a-f:.%]+\]|[^/?#@:[\]\s]+)?(?::(\d{1,5}))?\/?$/i.exec(
    rest,
  );
  if (match === null) {
    return "it has more than host and port, or these are malformed";
  }
  const [, host, port] = match;
  if (host === undefined) return "the host is missing";
  if (port === undefined) return "the port is missing, and gRPC has no default";
  if (Number(port) === 0 || Number(port) > 65535) {
    return `${port} is not a port (1 to 65535)`;
  }
  return {
    kind: "tcp",
    tls,
    hostname: withoutBrackets(host),
    port: Number(port),
  };
}

/** Returns an IPv6 address without the brackets that it has in a URI; any other host as it is. */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}

/**
 * Reports whether a location is a wildcard address, such as `0.0.0.0` and `[::]`: a server can
 * listen there, but it is useless to other machines.
 */
export function isWildcardLocation({ uri }: Location): boolean {
  const address = readGrpcLocation(uri);
  return typeof address === "object" && address.kind === "tcp" &&
    /^(?:0+(?:\.0+){0,3}|[0:]*:[0:]*|::ffff:0\.0\.0\.0|\*)$/i.test(
      address.hostname,
    );
}

/** The location URI of a gRPC address. */
export function formatGrpcLocation(address: GrpcAddress): string {
  if (address.kind === "unix") return `grpc+unix://${encodeURI(address.path)}`;
  const host = address.hostname.includes(":")
    ? `[${address.hostname}]`
    : address.hostname;
  return `grpc+${address.tls ? "tls" : "tcp"}://${host}:${address.port}`;
}
