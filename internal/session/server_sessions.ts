/** Sessions that the server keeps: the client has a cookie with the session id. */

import type { OptionNames } from "../core/known_options.ts";
import { encodeBase64Url } from "../base/base64.ts";
import {
  integerOption,
  objectOption,
  requiredFunction,
} from "../core/check_option.ts";
import type { FlightInterceptor } from "../interceptors/interceptor.ts";
import { type SessionLimit, SessionState } from "./flight_session.ts";
import { MemorySessionStore } from "./memory_session_store.ts";
import { cookieNameOption } from "./session_cookie.ts";
import { sessionInterceptor } from "./session_interceptor.ts";
import type { SessionStore } from "./session_store.ts";

/** Options of {@linkcode serverSessions}. */
export interface ServerSessionsOptions {
  /** Store for sessions. Default: a new `MemorySessionStore`. */
  readonly store?: SessionStore | undefined;
  /**
   * Name of the cookie. Default: `arrow_flight_session_id`, which the specification suggests and C++,
   * Go and Java use.
   */
  readonly cookieName?: string | undefined;
  /** Most bytes of a session: all its options, encoded, 1 or more. Default: 65,536. */
  readonly maxSessionBytes?: number | undefined;
}

/** The names of {@linkcode ServerSessionsOptions}. */
const SERVER_SESSIONS_OPTIONS: OptionNames<ServerSessionsOptions> = {
  store: true,
  cookieName: true,
  maxSessionBytes: true,
};

/** Length of an id, in bytes: as long as a digest, so that it cannot be guessed. */
const ID_BYTES = 32;

/**
 * Makes an interceptor that gives every call its session: handlers find it as
 * `context.values.get(SESSION)`, and `sessionMethods()` answers the actions of the protocol.
 *
 * A session begins when a handler sets an option. The client then gets a cookie with its id, a
 * random number of 256 bits, and sends it back with each call (`clientCookies`). A call whose
 * session does not exist, or has ended, fails with NOT_FOUND, and its cookie is removed.
 *
 * @param options The store, and the size of sessions.
 * @returns The interceptor, for a server.
 * @throws {RangeError} When `maxSessionBytes` is out of range.
 * @throws {TypeError} When an option is of the wrong type, or `cookieName` is not the name of a cookie.
 */
export function serverSessions(
  options: ServerSessionsOptions = {},
): FlightInterceptor {
  objectOption("options", options, SERVER_SESSIONS_OPTIONS);
  const {
    store = new MemorySessionStore(),
    cookieName = "arrow_flight_session_id",
    maxSessionBytes = 65_536,
  } = options;
  for (const name of ["create", "load", "update", "remove"] as const) {
    requiredFunction(`store.${name}`, store?.[name]);
  }
  integerOption("maxSessionBytes", maxSessionBytes, 1);
  const limit: SessionLimit = {
    bytes: maxSessionBytes,
    option: "maxSessionBytes",
  };
  return sessionInterceptor({
    name: "serverSessions",
    cookieName: cookieNameOption(cookieName),
    create: () => new SessionState(undefined, limit),
    async open(cookie) {
      const kept = await store.load(cookie);
      if (kept === undefined) return undefined;
      const session = new SessionState(kept, limit);
      session.id = cookie;
      return session;
    },
    async keep(session, client) {
      const { id } = session;
      if (session.isClosed) {
        if (id === undefined) return undefined;
        session.id = undefined;
        await store.remove(id);
        return "; Max-Age=0";
      }
      const changes = session.takeChanges();
      if (changes.size === 0) return undefined;
      if (id !== undefined) {
        await store.update(id, changes);
        return undefined;
      }
      const newId = randomId();
      session.id = newId;
      await store.create(newId, session.options, client);
      return newId;
    },
  });
}

function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES));
  return encodeBase64Url(bytes);
}
