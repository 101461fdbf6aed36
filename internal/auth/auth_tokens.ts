/** Tokens that a server issues to known callers. */

import type { OptionNames } from "../core/known_options.ts";
import { toBytes, toText } from "../base/bytes.ts";
import { randomKey, SignedTokens } from "../base/crypto/signed_token.ts";
import {
  arrayOption,
  durationOption,
  functionOption,
  objectOption,
  requiredFunction,
} from "../core/check_option.ts";

/** Issues tokens, and recognizes them. */
export interface AuthTokens {
  /**
   * Makes a token.
   *
   * @param identity The identity of the caller.
   * @returns The token: printable ASCII, since it may travel in a header.
   */
  issue(identity: string): Promise<string> | string;
  /**
   * Verifies a token.
   *
   * @param token The token from a client: any text.
   * @returns The identity to which it was issued; `undefined` if it is not valid, or has expired.
   */
  verify(token: string): Promise<string | undefined> | string | undefined;
}

/**
 * Checks the option for tokens.
 *
 * @throws {TypeError} When they cannot be verified.
 */
export function tokensOption(tokens: Pick<AuthTokens, "verify">): void {
  const { verify, issue } = (tokens ?? {}) as Partial<AuthTokens>;
  requiredFunction("tokens.verify", verify);
  functionOption("tokens.issue", issue);
}

/** Options of {@linkcode signedTokens}. */
export interface SignedTokensOptions {
  /**
   * Keys for signing, of 32 bytes or more; text counts as UTF-8. The first key signs, all are
   * accepted, so that a key can be replaced. Servers that share their keys accept each other's
   * tokens. Default: a random key, so that tokens end with the process.
   */
  readonly keys?: readonly (string | Uint8Array)[] | undefined;
  /**
   * Time for which a token is valid, in milliseconds, more than 0. Default: 3,600,000, one hour.
   */
  readonly lifetimeMs?: number | undefined;
}

/** The names of {@linkcode SignedTokensOptions}. */
const SIGNED_TOKENS_OPTIONS: OptionNames<SignedTokensOptions> = {
  keys: true,
  lifetimeMs: true,
};

/**
 * Makes signed tokens (HMAC-SHA-256), which contain the identity and the time at which they expire.
 * The server keeps nothing, so a token cannot be revoked before its time. They are not encrypted.
 *
 * @param options The keys and the lifetime.
 * @returns The tokens.
 * @throws {RangeError} When a key is too short, or `lifetimeMs` is not more than 0.
 */
export function signedTokens(options: SignedTokensOptions = {}): AuthTokens {
  objectOption("options", options, SIGNED_TOKENS_OPTIONS);
  const { keys = [randomKey()], lifetimeMs = 3_600_000 } = options;
  arrayOption("keys", keys);
  durationOption("lifetimeMs", lifetimeMs);
  const values = new SignedTokens({ keys, purpose: "flight token" });
  return {
    issue: (identity) =>
      values.sign(toBytes(identity), Date.now() + lifetimeMs),
    async verify(token) {
      const identity = await values.open(token);
      return identity && toText(identity);
    },
  };
}
