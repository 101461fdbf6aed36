/** Common part of all session interceptors, independent of the store. */

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
import { hostOfPeer } from "../transport/host_port.ts";
import { SESSION, type SessionState } from "./flight_session.ts";
import { cookieOf } from "./session_cookie.ts";
import type { SessionClient } from "./session_store.ts";

/** Storage of sessions. */
interface SessionKeeper {
  /** Name of the interceptor, for errors. */
  readonly name: string;
  /** Name of the cookie. */
  readonly cookieName: string;
  /** Makes a session that begins with this call. */
  create(): SessionState;
  /** Returns the session of a cookie; `undefined` if there is none, or it has ended. */
  open(cookie: string): Promise<SessionState | undefined>;
  /**
   * Stores changes, if there are any.
   *
   * @param session The session.
   * @param client The client.
   * @returns The value and the attributes of the cookie, if the client needs a new one.
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
    // Otherwise the client would be refused forever.
    call.responseHeaders.append(
      "set-cookie",
      `${keeper.cookieName}=; Max-Age=0`,
    );
    throw new FlightError("NOT_FOUND", "the session has ended");
  }
  call.values.set(SESSION, session);
  return kept(call, next(call), keeper, session);
}

/** Stores the session before the headers are sent, and again at the end. */
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
          // The call has failed already, and the client gets that error.
          await keep(call.responseTrailers).catch(() => {});
          throw error;
        }
        // A session that cannot be stored fails the call.
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
    host: hostOfPeer(peer),
  };
}
