/** Sessions that the client keeps: a cookie holds all options, signed. */

import type { OptionNames } from "../core/known_options.ts";
import { SignedTokens } from "../base/crypto/signed_token.ts";
import {
  arrayOption,
  durationOption,
  integerOption,
  objectOption,
} from "../core/check_option.ts";
import type { FlightInterceptor } from "../interceptors/interceptor.ts";
import { getSessionOptionsResultCodec } from "../protocol/session_options.ts";
import { type SessionLimit, SessionState } from "./flight_session.ts";
import { cookieNameOption } from "./session_cookie.ts";
import { sessionInterceptor } from "./session_interceptor.ts";

/** Options of {@linkcode statelessServerSessions}. */
export interface StatelessServerSessionsOptions {
  /**
   * Keys for signing, of 32 bytes or more; text counts as UTF-8. The first key signs, all are
   * accepted, so that a key can be replaced. Servers with the same keys share their sessions.
   */
  readonly keys: readonly (string | Uint8Array)[];
  /**
   * Time that a session lives after its last change, in milliseconds, more than 0. Default:
   * 86,400,000, one day.
   */
  readonly lifetimeMs?: number | undefined;
  /** Name of the cookie. Default: `arrow_flight_session`, as in Go. */
  readonly cookieName?: string | undefined;
  /**
   * Most characters of the cookie, name and value together, 256 or more. Default: 4,096, which
   * clients must accept (RFC 6265, section 6.1).
   */
  readonly maxCookieBytes?: number | undefined;
}

/** The names of {@linkcode StatelessServerSessionsOptions}. */
const STATELESS_SERVER_SESSIONS_OPTIONS: OptionNames<
  StatelessServerSessionsOptions
> = {
  lifetimeMs: true,
  cookieName: true,
  maxCookieBytes: true,
  keys: true,
};

/** Size of the parts of a signed value in addition to its contents: time and digest. */
const TIME_BYTES = 8;
const DIGEST_CHARACTERS = 44;

/** C++ reads the attribute as an int, and takes any other number as the end of the cookie. */
const LONGEST_MAX_AGE = 2 ** 31 - 1;

/**
 * Makes an interceptor that gives every call its session without storing anything: the options are
 * in the cookie of the client, signed by HMAC-SHA-256. Handlers find the session as
 * `context.values.get(SESSION)`, and `sessionMethods()` answers the actions of the protocol.
 *
 * The client can read the options, but not change them; it can go back to an earlier state until
 * that has expired, and so can a thief of the cookie: closing a session only makes the client drop
 * it. Of two calls at the same time that set options, one wins. A call whose cookie is forged or
 * has expired fails with NOT_FOUND, and its cookie is removed.
 *
 * @param options The keys, the lifetime, and the size of the cookie.
 * @returns The interceptor, for a server.
 * @throws {RangeError} When a key is too short, or a number out of range.
 * @throws {TypeError} When `cookieName` is not the name of a cookie.
 */
export function statelessServerSessions(
  options: StatelessServerSessionsOptions,
): FlightInterceptor {
  objectOption("options", options, STATELESS_SERVER_SESSIONS_OPTIONS);
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
  /** Sessions of which the client has a cookie. */
  const told = new WeakSet<SessionState>();
  return sessionInterceptor({
    name: "statelessServerSessions",
    cookieName,
    create: () => new SessionState(undefined, limit),
    async open(cookie) {
      const kept = await values.open(cookie);
      if (kept === undefined) return undefined;
      const { sessionOptions } = getSessionOptionsResultCodec.decode(kept);
      const session = new SessionState(sessionOptions, limit);
      told.add(session);
      return session;
    },
    async keep(session) {
      if (session.isClosed) {
        return told.delete(session) ? "; Max-Age=0" : undefined;
      }
      if (session.takeChanges().size === 0) return undefined;
      const payload = getSessionOptionsResultCodec.encode({
        sessionOptions: session.options,
      });
      told.add(session);
      const value = await values.sign(payload, Date.now() + lifetimeMs);
      const maxAge = Math.min(Math.ceil(lifetimeMs / 1000), LONGEST_MAX_AGE);
      return `${value}; Max-Age=${maxAge}`;
    },
  });
}
