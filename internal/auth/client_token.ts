/** Base of all interceptors that send a token with each call of a client. */

import type { FlightHeaders } from "../core/flight_headers.ts";
import {
  type FlightCallResponse,
  type FlightClientCall,
  type FlightInterceptor,
  type FlightNext,
  requireSide,
} from "../interceptors/interceptor.ts";
import { observed } from "../interceptors/observe_response.ts";
import { isRefused, sentTwice } from "./refused_token.ts";
import { SharedToken } from "./shared_token.ts";

/** Way to get a token and to send it. */
interface TokenScheme<T> {
  /** Name of the interceptor, for errors. */
  readonly name: string;
  /**
   * Gets a token. It serves every waiting call, so it must not depend on the signal or the deadline
   * of the first one.
   *
   * @param call The first waiting call.
   * @param next Makes calls.
   */
  fetch(call: FlightClientCall, next: FlightNext): Promise<T>;
  /** Request header for the token; calls that have one already are left alone. */
  readonly header: string;
  /** The value of that header. */
  value(token: T): string | Uint8Array;
  /** Returns the token from response headers or trailers, if any. */
  replacement?(headers: FlightHeaders): T | undefined;
  /** Reports whether another token has to be fetched before the next call. */
  readonly isOver?: (token: T) => boolean;
  /** True if Handshakes go without a token, because they get it. */
  readonly skipsHandshake: boolean;
}

/**
 * Makes an interceptor that sends a token with each call. It is fetched when the first call needs it,
 * once for all calls that wait for it. A call that fails with UNAUTHENTICATED is made once more with a
 * new token, if its request is not a stream; otherwise the next call gets a new one.
 */
export function clientToken<T>(scheme: TokenScheme<T>): FlightInterceptor {
  const shared = new SharedToken<T>();
  return (call, next) => {
    requireSide(call, "client", scheme.name);
    return call.headers.has(scheme.header) ||
        (scheme.skipsHandshake && call.method === "Handshake")
      ? next(call)
      : withToken(call, next, scheme, shared);
  };
}

function withToken<T>(
  call: FlightClientCall,
  next: FlightNext,
  scheme: TokenScheme<T>,
  shared: SharedToken<T>,
): Promise<FlightCallResponse> {
  const sendWithToken = async (
    call: FlightClientCall,
  ): Promise<FlightCallResponse> => {
    const fetch = () => scheme.fetch(call, next);
    const token = await shared.get(fetch, call.signal, scheme.isOver);
    return send(call, next, scheme, shared, token);
  };
  return sentTwice(call, sendWithToken, sendWithToken);
}

/** Makes the call with `token`, and drops the token when the server rejects it. */
function send<T>(
  call: FlightClientCall,
  next: FlightNext,
  scheme: TokenScheme<T>,
  shared: SharedToken<T>,
  token: T,
): FlightCallResponse {
  call.headers.set(scheme.header, scheme.value(token));
  const replace = (headers: FlightHeaders): void => {
    const replacement = scheme.replacement?.(headers);
    // A token that was only echoed must not replace a later one.
    if (replacement !== undefined && replacement !== token) {
      shared.set(replacement);
    }
  };
  return observed(call, next(call), {
    onHeaders: replace,
    onCompleted({ error, trailers }) {
      if (isRefused(error)) shared.drop(token);
      else replace(trailers);
    },
  });
}
