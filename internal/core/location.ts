/** Flight.proto: Location, and the URIs of the Flight specification ("Location URIs"). */

/** Where an endpoint can be read. */
export interface Location {
  /** A URI, such as `grpc+tcp://host:port`. */
  readonly uri: string;
}

/** What is accepted as a location: the noun or its URI. */
export type LocationInit = Location | string;

/** The location that means "the connection on which this FlightInfo came". */
export const REUSE_CONNECTION: Location = {
  uri: "arrow-flight-reuse-connection://?",
};

/**
 * Whether a location means the connection on which its FlightInfo came: `REUSE_CONNECTION`, or an
 * empty URI (Flight.proto, Location).
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
  const fail = (why: string, cause?: unknown): never => {
    throw new TypeError(
      `Cannot use location ${
        JSON.stringify(uri)
      }: ${why}; expected grpc://host:port, ` +
        "grpc+tcp://host:port, grpc+tls://host:port or grpc+unix:///path",
      { cause },
    );
  };
  if (typeof uri !== "string") return fail("it is not a string");
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(uri) ??
    fail("it is not a URI");
  switch (scheme!.toLowerCase()) {
    case "grpc+unix": {
      // "grpc+unix:///run/x.sock" has an empty authority; "grpc+unix://./x.sock" a relative path.
      const path = decodeURIComponent(rest!);
      if (path === "" || path === "/") {
        return fail("the path of the socket is missing");
      }
      return { kind: "unix", path };
    }
    case "grpc":
    case "grpc+tcp":
    case "grpc+tls": {
      const [, host, port] =
        /^(\[[0-9a-f:.%]+\]|[^/?#@:[\]\s]+)?(?::(\d{1,5}))?\/?$/i.exec(rest!) ??
          fail("it has more than host and port, or these are malformed");
      if (host === undefined) return fail("the host is missing");
      if (port === undefined) return fail("the port is missing");
      if (Number(port) === 0 || Number(port) > 65535) {
        return fail(`${port} is not a port (1 to 65535)`);
      }
      return {
        kind: "tcp",
        tls: scheme!.toLowerCase() === "grpc+tls",
        hostname: host.replace(/^\[|\]$/g, ""),
        port: Number(port),
      };
    }
    default:
      return fail(`the scheme ${scheme}:// is not gRPC`);
  }
}

/** The location URI of a gRPC address. */
export function formatGrpcLocation(address: GrpcAddress): string {
  if (address.kind === "unix") return `grpc+unix://${encodeURI(address.path)}`;
  const host = address.hostname.includes(":")
    ? `[${address.hostname}]`
    : address.hostname;
  return `grpc+${address.tls ? "tls" : "tcp"}://${host}:${address.port}`;
}
