/** The client's side of authentication by the header `authorization`: Basic and Bearer. */

import { emptySource } from "../base/source.ts";
import { FlightError } from "../core/flight_error.ts";
import type { BasicAuth } from "../protocol/handshake.ts";
import {
  type FlightClientCall,
  type FlightInterceptor,
  type FlightNext,
  requireSide,
} from "../interceptors/interceptor.ts";
import { encodeBasicCredentials } from "./basic_credentials.ts";
import { checkedToken } from "./checked_answers.ts";
import { AUTHORIZATION, bearerOf } from "./bearer_token.ts";
import { clientToken } from "./client_token.ts";
import {
  type ClientHandshakeOptions,
  handshakeCall,
  type HandshakeSettings,
  handshakeSettings,
} from "./handshake_call.ts";

/**
 * Makes an interceptor that sends user name and password once, by a Handshake with the scheme
 * Basic, and from then on the Bearer token of the server's answer.
 *
 * The Handshake takes place when the first call needs a token, once for all calls that wait for it,
 * and again when the server answers UNAUTHENTICATED: that call is then made once more, if its
 * request is not a stream. To detect that, the first message of an answer is read ahead. The token
 * may come in headers or trailers, and any answer may bring a new one. A server without Handshake,
 * or that answers without a token, gets user name and password with each call, until it sends a
 * token.
 *
 * Calls with an `authorization` header of their own, and `client.handshake()`, are left alone.
 * Anyone who can listen can read user name and password: use TLS.
 *
 * @param credentials User name, without a colon, and password.
 * @param options Headers and timeout of the Handshake.
 * @returns The interceptor, for a client.
 * @throws {RangeError} When `timeoutMs` is not more than 0.
 * @throws {TypeError} When the user name has a colon, or `headers` are not valid.
 */
export function clientBasicAuth(
  credentials: BasicAuth,
  options: ClientHandshakeOptions = {},
): FlightInterceptor {
  const basic = encodeBasicCredentials(credentials);
  const settings = handshakeSettings(options);
  settings.headers.set(AUTHORIZATION, basic);
  return clientToken<string>({
    name: "clientBasicAuth",
    header: AUTHORIZATION,
    skipsHandshake: true,
    fetch: async (call, next) => await logIn(call, next, settings) ?? basic,
    value: (token) => token,
    replacement: bearerOf,
  });
}

/**
 * Makes an interceptor that sends a Bearer token with each call (RFC 6750).
 *
 * A function is called when the first call needs a token, once for all calls that wait for it, and
 * again when the server answers UNAUTHENTICATED: that call is then made once more, if its request
 * is not a stream. To detect that, the first message of an answer is read ahead. If the function
 * throws, the waiting calls fail with that error. Once a call has ended that waits for a token, later calls
 * have the function called again: it may have a promise that never settles.
 *
 * Calls with an `authorization` header of their own are left alone.
 *
 * @param token The token, without the word "Bearer", or a function that gets one.
 * @returns The interceptor, for a client.
 * @throws {TypeError} When `token` is neither text nor a function, is empty, or begins with "Bearer ". Calls
 * fail with it if a function returns such a token.
 */
export function clientBearerAuth(
  token: string | (() => Promise<string> | string),
): FlightInterceptor {
  if (typeof token === "function") {
    return clientToken<string>({
      name: "clientBearerAuth",
      header: AUTHORIZATION,
      skipsHandshake: false,
      fetch: async () =>
        checkedToken(await token(), "the token of clientBearerAuth"),
      value: (token) => `Bearer ${token}`,
    });
  }
  checkedToken(token, "the token of clientBearerAuth");
  return (call, next) => {
    requireSide(call, "client", "clientBearerAuth");
    if (!call.headers.has(AUTHORIZATION)) {
      call.headers.set(AUTHORIZATION, `Bearer ${token}`);
    }
    return next(call);
  };
}

/** Gets the value of the header from the server; `undefined` if it sends none. */
async function logIn(
  call: FlightClientCall,
  next: FlightNext,
  settings: HandshakeSettings,
): Promise<string | undefined> {
  const response = next(handshakeCall(call, emptySource(), settings));
  try {
    while (await response.messages.read() !== undefined);
    return bearerOf(await response.headers) ?? bearerOf(response.trailers());
  } catch (error) {
    if (!FlightError.is(error) || error.code !== "UNIMPLEMENTED") throw error;
    // A service without Handshake handlers may have middleware that knows us.
    return (error.headers && bearerOf(error.headers)) ??
      (error.trailers && bearerOf(error.trailers));
  }
}
