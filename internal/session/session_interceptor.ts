/** What all sessions of a server have in common, wherever they are kept. */

import { handled } from "../base/handled.ts";
import { PEER_IDENTITY } from "../core/context_values.ts";
import { FlightError } from "../core/flight_error.ts";
import type { FlightHeaders } from "../core/flight_headers.ts";
import {
  type FlightCallResponse,
  type FlightInterceptor,
  type FlightNext,
  type FlightServerCall,
  requireSide,
} from "../interceptors/interceptor.ts";
import { SESSION, type SessionState } from "./flight_session.ts";
import { cookieOf } from "./session_cookie.ts";
import type { SessionClient } from "./session_store.ts";

/** Where sessions are kept. */
export interface SessionKeeper {
  /** Name of the interceptor, for errors. */
  readonly name: string;
  /** Name of the cookie. */
  readonly cookieName: string;
  /** A session that begins with this call. */
  create(): SessionState;
  /** The session that a cookie names; `undefined` where there is none, or no more. */
  open(cookie: string): Promise<SessionState | undefined>;
  /**
   * Keeps what has changed, if anything has.
   *
   * @param session The session.
   * @param client Who calls.
   * @returns The value and the attributes of the cookie, where the client has to be told.
   */
  keep(
    session: SessionState,
    client: SessionClient,
  ): Promise<string | undefined>;
}

/** Makes an interceptor of the server that gives each call its session. */
export function sessionInterceptor(keeper: SessionKeeper): FlightInterceptor {
  return (call, next) => {
    requireSide(call, "server", keeper.name);
    return withSession(call, next, keeper);
  };
}

async function withSession(
  call: FlightServerCall,
  next: FlightNext,
  keeper: SessionKeeper,
): Promise<FlightCallResponse> {
  const cookie = cookieOf(call.headers, keeper.cookieName);
  const session = cookie === undefined
    ? keeper.create()
    : await keeper.open(cookie);
  if (session === undefined) {
    // Without it the client would be refused for ever.
    call.responseHeaders.append(
      "set-cookie",
      `${keeper.cookieName}=; Max-Age=0`,
    );
    throw new FlightError("NOT_FOUND", "the session has ended");
  }
  call.values.set(SESSION, session);
  return kept(call, next(call), keeper, session);
}

/** Keeps the session before the headers are sent, and again at the end. */
function kept(
  call: FlightServerCall,
  response: FlightCallResponse,
  keeper: SessionKeeper,
  session: SessionState,
): FlightCallResponse {
  const { messages } = response;
  const keep = async (target: FlightHeaders): Promise<void> => {
    const cookie = await keeper.keep(session, clientOf(call));
    if (cookie === undefined) return;
    target.append("set-cookie", `${keeper.cookieName}=${cookie}`);
  };
  const headers = handled(response.headers.then(async (headers) => {
    await keep(headers);
    return headers;
  }));
  return {
    ...response,
    headers,
    messages: {
      async read() {
        let message: Awaited<ReturnType<typeof messages.read>>;
        try {
          message = await messages.read();
        } catch (error) {
          await headers.catch(() => {});
          // The call has failed already: that is what the client is told.
          await keep(call.responseTrailers).catch(() => {});
          throw error;
        }
        // A session that cannot be kept fails the call.
        await headers;
        if (message === undefined) await keep(call.responseTrailers);
        return message;
      },
      cancel: (reason) => messages.cancel(reason),
    },
  };
}

function clientOf({ peer, values }: FlightServerCall): SessionClient {
  return {
    peerIdentity: values.get(PEER_IDENTITY),
    // Each connection has a port of its own.
    host: peer.replace(/:\d{1,5}$/, ""),
  };
}
