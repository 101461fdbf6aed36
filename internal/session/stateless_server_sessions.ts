/** Sessions that the client keeps: a cookie has all options, signed. */

import { SignedTokens } from "../base/crypto/signed_token.ts";
import {
  arrayOption,
  durationOption,
  integerOption,
  objectOption,
} from "../core/check_option.ts";
import type { FlightInterceptor } from "../interceptors/interceptor.ts";
import {
  decodeGetSessionOptionsResult,
  encodeGetSessionOptionsResult,
} from "../wire/session_options.ts";
import {
  type SessionLimit,
  SessionState,
  type SetSessionOptions,
} from "./flight_session.ts";
import { cookieNameOption } from "./session_cookie.ts";
import { sessionInterceptor } from "./session_interceptor.ts";

/** Options of {@linkcode statelessServerSessions}. */
export interface StatelessServerSessionsOptions {
  /**
   * What cookies are signed with: keys of 32 bytes or more, text counts as UTF-8. The first signs, all
   * are accepted, so that a key can be replaced. Servers with the same keys share their sessions.
   */
  readonly keys: readonly (string | Uint8Array)[];
  /**
   * How long a session lives after its last change, in milliseconds, more than 0. Default: 86,400,000,
   * one day.
   */
  readonly lifetimeMs?: number | undefined;
  /** Name of the cookie. Default: `arrow_flight_session`, as in Go. */
  readonly cookieName?: string | undefined;
  /**
   * How long the cookie may be, name and value together, in characters, 256 or more. Default: 4,096,
   * which is what clients must accept (RFC 6265, section 6.1).
   */
  readonly maxCookieBytes?: number | undefined;
}

/** What a signed value has beside what is signed: its time and its digest. */
const TIME_BYTES = 8;
const DIGEST_CHARACTERS = 44;

/** C++ reads the attribute as an int, and takes any other number for the end of the cookie. */
const LONGEST_MAX_AGE = 2 ** 31 - 1;

/**
 * Makes an interceptor that gives every call its session without keeping anything: the options are in
 * the cookie of the client, signed by HMAC-SHA-256. Handlers find the session as
 * `context.values.get(SESSION)`, and `sessionMethods()` answers the actions of the protocol.
 *
 * The client can read the options, but not change them; it can go back to a state that it had before,
 * until that has ended, and so can who has stolen the cookie: closing a session only makes the client
 * forget it. Of two calls at the same time that set options, one wins. A call whose cookie is forged or
 * has ended fails with NOT_FOUND, and its cookie is removed.
 *
 * @param options Keys, lifetime, and the size of the cookie.
 * @returns The interceptor, for a server.
 * @throws {RangeError} When a key is too short, or a number out of range.
 * @throws {TypeError} When `cookieName` is not the name of a cookie.
 */
export function statelessServerSessions(
  options: StatelessServerSessionsOptions,
): FlightInterceptor {
  objectOption("options", options);
  const {
    keys,
    lifetimeMs = 86_400_000,
    cookieName = "arrow_flight_session",
    maxCookieBytes = 4096,
  } = options;
  arrayOption("keys", keys);
  durationOption("lifetimeMs", lifetimeMs);
  cookieNameOption(cookieName);
  integerOption("maxCookieBytes", maxCookieBytes, 256);
  const values = new SignedTokens({ keys, purpose: "flight session" });
  const room = maxCookieBytes - cookieName.length - 1 - DIGEST_CHARACTERS;
  const limit: SessionLimit = {
    bytes: Math.max(0, Math.floor(room / 4) * 3 - TIME_BYTES),
    option: "maxCookieBytes",
  };
  /** The sessions of which the client has a cookie. */
  const told = new WeakSet<SessionState>();
  return sessionInterceptor({
    name: "statelessServerSessions",
    cookieName,
    create: () => new SessionState(undefined, limit),
    async open(cookie) {
      const kept = await values.open(cookie);
      if (kept === undefined) return undefined;
      const { sessionOptions } = decodeGetSessionOptionsResult(kept);
      const session = new SessionState(
        sessionOptions as SetSessionOptions,
        limit,
      );
      told.add(session);
      return session;
    },
    async keep(session) {
      if (session.isClosed) {
        return told.delete(session) ? "; Max-Age=0" : undefined;
      }
      if (session.takeChanges().size === 0) return undefined;
      const payload = encodeGetSessionOptionsResult({
        sessionOptions: session.options,
      });
      told.add(session);
      const value = await values.sign(payload, Date.now() + lifetimeMs);
      const maxAge = Math.min(Math.ceil(lifetimeMs / 1000), LONGEST_MAX_AGE);
      return `${value}; Max-Age=${maxAge}`;
    },
  });
}
