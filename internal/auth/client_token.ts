/** What all interceptors have in common that send a token with each call of a client. */

import { FlightError } from "../core/flight_error.ts";
import type {
  FlightHeaders,
  FlightHeaderValue,
} from "../core/flight_headers.ts";
import {
  type FlightCallResponse,
  type FlightClientCall,
  type FlightInterceptor,
  type FlightNext,
  requireSide,
} from "../interceptors/interceptor.ts";
import { observed } from "../interceptors/observe_response.ts";
import { begun, isRepeatable, repeatable } from "../interceptors/replay.ts";
import { SharedToken } from "./shared_token.ts";

/** One way to get a token and to send it. */
export interface TokenScheme<T> {
  /** Name of the interceptor, for errors. */
  readonly name: string;
  /**
   * Gets a token. It serves every call that waits for it, so it must not depend on the signal or the
   * deadline of the one that asked first.
   *
   * @param call The call that asked first.
   * @param next Makes calls.
   */
  fetch(call: FlightClientCall, next: FlightNext): Promise<T>;
  /** The request header that the token is sent in; calls that have one already are left alone. */
  readonly header: string;
  /** The value of that header. */
  value(token: T): FlightHeaderValue;
  /** The token that came with response headers or trailers, if any. */
  replacement?(headers: FlightHeaders): T | undefined;
  /** Whether Handshakes go without a token: by them it is got. */
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

async function withToken<T>(
  call: FlightClientCall,
  next: FlightNext,
  scheme: TokenScheme<T>,
  shared: SharedToken<T>,
): Promise<FlightCallResponse> {
  const token = await shared.get(() => scheme.fetch(call, next));
  if (!isRepeatable(call.method)) {
    return send(call, next, scheme, shared, token);
  }
  const attempt = await repeatable(call);
  try {
    return await begun(send(attempt(), next, scheme, shared, token));
  } catch (error) {
    if (!isUnauthenticated(error)) throw error;
    const again = await shared.get(() => scheme.fetch(call, next));
    return send(attempt(), next, scheme, shared, again);
  }
}

/** Makes the call with `token`, which it drops when the server does not accept it. */
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
    // What only comes back must not take the place of a later one.
    if (replacement !== undefined && replacement !== token) {
      shared.set(replacement);
    }
  };
  return observed(call, next(call), {
    onHeaders: replace,
    onCompleted({ error, trailers }) {
      if (isUnauthenticated(error)) shared.drop(token);
      else replace(trailers);
    },
  });
}

function isUnauthenticated(error: unknown): boolean {
  return FlightError.is(error) && error.code === "UNAUTHENTICATED";
}
