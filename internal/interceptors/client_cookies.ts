/** Cookies on the client: a cookie of a server is sent back with later calls. */

import type { FlightHeaders } from "../core/flight_headers.ts";
import { parseGrpcLocation } from "../protocol/location.ts";
import type { CookieOrigin } from "./cookie.ts";
import { CookieJar } from "./cookie_jar.ts";
import { type FlightInterceptor, requireSide } from "./interceptor.ts";
import { observed } from "./observe_response.ts";

/**
 * Makes an interceptor that keeps the cookies of a client, as the sessions of a Flight service need
 * them. It takes them from response headers and trailers, and sends them with each call.
 *
 * Cookies that the caller sends by a `cookie` header of its own stay.
 *
 * @param jar The jar for the cookies; by default one of the client's own. Clients with the same jar
 * share their sessions; `jar.clone()` starts from the same state.
 * @returns The interceptor, for a client.
 */
export function clientCookies(
  jar: CookieJar = new CookieJar(),
): FlightInterceptor {
  return (call, next) => {
    requireSide(call, "client", "clientCookies");
    const { host, isSecure } = hostOf(call.peer);
    const origin: CookieOrigin = { host, isSecure, path: call.path };
    const cookies = jar.header(origin);
    if (cookies !== undefined) {
      const own = call.headers.getAll("cookie");
      call.headers.set("cookie", [...own, cookies].join("; "));
    }
    const store = (headers: FlightHeaders): void => {
      for (const value of headers.getAll("set-cookie")) {
        if (typeof value === "string") jar.store(value, origin);
      }
    };
    return observed(call, next(call), {
      onHeaders: store,
      onCompleted: ({ trailers }) => store(trailers),
    });
  };
}

/** Splits the address of a peer. A connection without a network is secure: no one can listen. */
function hostOf(peer: string): Pick<CookieOrigin, "host" | "isSecure"> {
  if (peer === "memory") return { host: peer, isSecure: true };
  const address = parseGrpcLocation(peer);
  return address.kind === "unix"
    ? { host: peer, isSecure: true }
    : { host: address.hostname, isSecure: address.tls };
}
