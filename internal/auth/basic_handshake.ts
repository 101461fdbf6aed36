/** Handlers of a Handshake by the message BasicAuth, as C++, Go and Java have them. */

import type { OptionNames } from "../core/known_options.ts";
import { checkedIdentity, checkedToken } from "./checked_answers.ts";
import { objectOption, requiredFunction } from "../core/check_option.ts";
import { toBytes, toText } from "../base/bytes.ts";
import { FlightError } from "../core/flight_error.ts";
import type { BasicAuth } from "../protocol/handshake.ts";
import { decodeBasicAuth, encodeBasicAuth } from "../protocol/handshake.ts";
import { type AuthTokens, signedTokens, tokensOption } from "./auth_tokens.ts";
import type { ClientAuthHandler } from "./client_handshake_auth.ts";
import type { VerifyPassword } from "./passwords.ts";
import type { ServerAuthHandler } from "./server_handshake_auth.ts";

/**
 * Makes a handler that sends user name and password, and takes the answer as the token.
 *
 * @param credentials User name and password.
 * @returns The handler, for `clientHandshakeAuth`.
 * @throws {TypeError} When they are not text.
 */
export function clientBasicHandshake(
  credentials: BasicAuth,
): ClientAuthHandler {
  const payload = encodeBasicAuth(credentials);
  return async ({ send, receive }) => {
    await send(payload);
    const token = await receive();
    if (token === undefined) {
      throw new FlightError("UNAUTHENTICATED", "the server sent no token", {
        method: "Handshake",
        origin: "remote",
      });
    }
    return token;
  };
}

/** Options of {@linkcode serverBasicHandshake}. */
export interface ServerBasicHandshakeOptions {
  /** Determines the identity behind a user name and a password. */
  readonly verifyPassword: VerifyPassword;
  /** Tokens to issue. Default: `signedTokens()`. */
  readonly tokens?: AuthTokens | undefined;
}

/** The names of {@linkcode ServerBasicHandshakeOptions}. */
const SERVER_BASIC_HANDSHAKE_OPTIONS: OptionNames<ServerBasicHandshakeOptions> =
  {
    tokens: true,
    verifyPassword: true,
  };

/**
 * Makes a handler that asks for user name and password, and answers with a token.
 *
 * @param options The passwords and the tokens.
 * @returns The handler, for `serverHandshakeAuth`.
 */
export function serverBasicHandshake(
  options: ServerBasicHandshakeOptions,
): ServerAuthHandler {
  objectOption("options", options, SERVER_BASIC_HANDSHAKE_OPTIONS);
  const { verifyPassword, tokens = signedTokens() } = options;
  tokensOption(tokens);
  requiredFunction("verifyPassword", verifyPassword);
  return {
    async authenticate({ send, receive }) {
      const payload = await receive();
      if (payload === undefined) {
        throw new FlightError(
          "UNAUTHENTICATED",
          "the handshake ended without BasicAuth",
        );
      }
      const { username, password } = decodeBasicAuth(payload);
      const identity = checkedIdentity(
        await verifyPassword(username, password),
        "verifyPassword",
      );
      if (identity === undefined) {
        throw new FlightError(
          "UNAUTHENTICATED",
          "wrong user name or password",
        );
      }
      const token = await tokens.issue(identity);
      await send(toBytes(checkedToken(token, "the answer of tokens.issue")));
    },
    validate: (token) =>
      token.byteLength === 0 ? undefined : tokens.verify(toText(token)),
  };
}
