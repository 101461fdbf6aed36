/** The server's side of authentication by the header `authorization`: Basic and Bearer. */

import type { OptionNames } from "../core/known_options.ts";
import { checkedIdentity, checkedToken } from "./checked_answers.ts";
import {
  booleanOption,
  functionOption,
  objectOption,
} from "../core/check_option.ts";
import { emptySource } from "../base/source.ts";
import { PEER_IDENTITY } from "../core/context_values.ts";
import { FlightError } from "../core/flight_error.ts";
import {
  type FlightCallResponse,
  type FlightInterceptor,
  type FlightNext,
  type FlightServerCall,
  requireSide,
} from "../interceptors/interceptor.ts";
import { serverAnswer } from "./server_answer.ts";
import { type AuthTokens, signedTokens, tokensOption } from "./auth_tokens.ts";
import {
  decodeBasicCredentials,
  parseAuthorization,
} from "./basic_credentials.ts";
import type { VerifyPassword } from "./passwords.ts";

/** Options of {@linkcode serverHeaderAuth}. */
export interface ServerHeaderAuthOptions {
  /** Determines the identity behind a user name and a password. Default: Basic is not accepted. */
  readonly verifyPassword?: VerifyPassword | undefined;
  /**
   * Accepted Bearer tokens, which are also issued in answer to Basic if there is `issue`. Default:
   * `signedTokens()`.
   */
  readonly tokens?:
    | Pick<AuthTokens, "verify"> & Partial<Pick<AuthTokens, "issue">>
    | undefined;
  /**
   * Refuses calls without the header. If false, the handler sees them with a `peerIdentity` of
   * `undefined`. Default: true.
   */
  readonly required?: boolean | undefined;
}

/** The names of {@linkcode ServerHeaderAuthOptions}. */
const SERVER_HEADER_AUTH_OPTIONS: OptionNames<ServerHeaderAuthOptions> = {
  verifyPassword: true,
  tokens: true,
  required: true,
};

/**
 * Makes an interceptor that authenticates every call by its `authorization` header.
 *
 * Basic credentials (RFC 7617), in base64 with or without padding, are answered with a Bearer token
 * in the response header `authorization`: on a Handshake, which then ends without a message, and on
 * any other call, which is carried out. Bearer tokens (RFC 6750) are verified. The identity becomes
 * `context.peerIdentity`; all other callers get UNAUTHENTICATED.
 *
 * Anyone who can listen can read both: use TLS.
 *
 * @param options The passwords, the tokens, or both.
 * @returns The interceptor, for a server.
 * @throws {TypeError} When an option is of the wrong type, or there are neither passwords nor tokens.
 */
export function serverHeaderAuth(
  options: ServerHeaderAuthOptions = {},
): FlightInterceptor {
  objectOption("options", options, SERVER_HEADER_AUTH_OPTIONS);
  const { verifyPassword, tokens = signedTokens(), required = true } = options;
  functionOption("verifyPassword", verifyPassword);
  tokensOption(tokens);
  booleanOption("required", required);
  if (options.verifyPassword === undefined && options.tokens === undefined) {
    throw new TypeError(
      "serverHeaderAuth() needs the option verifyPassword or tokens: " +
        "without both it would refuse all credentials",
    );
  }
  return (call, next) => {
    requireSide(call, "server", "serverHeaderAuth");
    const header = call.headers.get("authorization");
    if (header === undefined) {
      if (!required) return next(call);
      throw refusal("the call has no authorization");
    }
    const { scheme, credentials } = parseAuthorization(header);
    switch (scheme) {
      case "basic":
        if (verifyPassword === undefined) break;
        return basic(call, next, credentials, verifyPassword, tokens);
      case "bearer":
        return bearer(call, next, credentials, tokens);
    }
    // The header may be anything, even a secret in the wrong place.
    throw refusal("the scheme of the authorization is not accepted");
  };
}

async function basic(
  call: FlightServerCall,
  next: FlightNext,
  credentials: string,
  verifyPassword: VerifyPassword,
  tokens: Partial<Pick<AuthTokens, "issue">>,
): Promise<FlightCallResponse> {
  const pair = decodeBasicCredentials(credentials);
  if (pair === undefined) throw refusal("the authorization is malformed");
  const identity = checkedIdentity(
    await verifyPassword(pair.username, pair.password),
    "verifyPassword",
  );
  if (identity === undefined) throw refusal("wrong user name or password");
  if (tokens.issue) {
    const token = checkedToken(
      await tokens.issue(identity),
      "the answer of tokens.issue",
    );
    call.responseHeaders.set("authorization", `Bearer ${token}`);
  }
  call.values.set(PEER_IDENTITY, identity);
  return call.method === "Handshake"
    ? serverAnswer(call, emptySource())
    : next(call);
}

async function bearer(
  call: FlightServerCall,
  next: FlightNext,
  token: string,
  tokens: Pick<AuthTokens, "verify">,
): Promise<FlightCallResponse> {
  const identity = checkedIdentity(
    await tokens.verify(token),
    "tokens.verify",
  );
  if (identity === undefined) throw refusal("the token is not valid");
  call.values.set(PEER_IDENTITY, identity);
  return next(call);
}

function refusal(details: string): FlightError {
  return new FlightError("UNAUTHENTICATED", details);
}
