/**
 * Authentication: interceptors for servers that identify their callers, and for clients that
 * present credentials, by a Handshake or by headers.
 *
 * ```ts
 * import {
 *   clientBasicHandshake,
 *   clientHandshakeAuth,
 *   knownPasswords,
 *   serverBasicHandshake,
 *   serverHandshakeAuth,
 * } from "@contrail/flight/auth";
 * import { connectInMemory } from "@contrail/flight/memory";
 *
 * await using client = connectInMemory({
 *   *listActions({ peerIdentity }) {
 *     yield { type: "hello", description: `Greets ${peerIdentity}.` };
 *   },
 * }, {
 *   serverInterceptors: [serverHandshakeAuth(serverBasicHandshake({
 *     verifyPassword: knownPasswords({ ada: "1815" }),
 *   }))],
 *   interceptors: [clientHandshakeAuth(
 *     clientBasicHandshake({ username: "ada", password: "1815" }),
 *   )],
 * });
 * const [hello] = await Array.fromAsync(client.listActions());
 * if (hello?.description !== "Greets ada.") throw new Error("who is it?");
 * ```
 *
 * @module
 */

export type { BasicAuth } from "./internal/protocol/handshake.ts";
export { PEER_IDENTITY } from "./internal/core/context_values.ts";
export {
  type AuthTokens,
  signedTokens,
  type SignedTokensOptions,
} from "./internal/auth/auth_tokens.ts";
export {
  clientBasicHandshake,
  serverBasicHandshake,
  type ServerBasicHandshakeOptions,
} from "./internal/auth/basic_handshake.ts";
export {
  type ClientAuthHandler,
  clientHandshakeAuth,
} from "./internal/auth/client_handshake_auth.ts";
export {
  clientAuthorization,
  type ClientAuthorizationOptions,
} from "./internal/auth/client_authorization.ts";
export {
  clientBasicAuth,
  clientBearerAuth,
} from "./internal/auth/client_header_auth.ts";
export {
  clientOAuth,
  type ClientOAuthOptions,
} from "./internal/auth/client_oauth.ts";
export type { ClientHandshakeOptions } from "./internal/auth/handshake_call.ts";
export type { HandshakeConversation } from "./internal/auth/handshake_conversation.ts";
export {
  knownPasswords,
  type VerifyPassword,
} from "./internal/auth/passwords.ts";
export {
  type ServerAuthHandler,
  serverHandshakeAuth,
} from "./internal/auth/server_handshake_auth.ts";
export {
  serverHeaderAuth,
  type ServerHeaderAuthOptions,
} from "./internal/auth/server_header_auth.ts";
export {
  decodeBasicAuth,
  encodeBasicAuth,
} from "./internal/protocol/handshake.ts";
export { secretsEqual } from "./internal/base/crypto/secrets_equal.ts";
