/**
 * Sessions of a server: options that it remembers of a client from call to call, in memory, in a store
 * of your own or in the cookies themselves. A client needs `clientCookies` of
 * `@contrail/flight/middleware`.
 *
 * ```ts
 * import { connectInMemory } from "@contrail/flight/memory";
 * import { clientCookies } from "@contrail/flight/middleware";
 * import { serverSessions, sessionMethods } from "@contrail/flight/session";
 *
 * await using client = connectInMemory(sessionMethods(), {
 *   serverInterceptors: [serverSessions()],
 *   interceptors: [clientCookies()],
 * });
 * await client.setSessionOptions({ catalog: "sales" });
 * const { sessionOptions } = await client.getSessionOptions();
 * if (sessionOptions.get("catalog") !== "sales") throw new Error("forgotten");
 * ```
 *
 * @module
 */

export {
  type FlightSession,
  SESSION,
} from "./internal/session/flight_session.ts";
export {
  MemorySessionStore,
  type MemorySessionStoreOptions,
} from "./internal/session/memory_session_store.ts";
export {
  serverSessions,
  type ServerSessionsOptions,
} from "./internal/session/server_sessions.ts";
export {
  type SessionMethods,
  sessionMethods,
  type SessionMethodsOptions,
} from "./internal/session/session_methods.ts";
export type {
  SessionClient,
  SessionStore,
} from "./internal/session/session_store.ts";
export {
  SharedSessionStore,
  type SharedSessionStoreOptions,
} from "./internal/session/shared_session_store.ts";
export type { SharedStore } from "./internal/core/shared_store.ts";
export {
  statelessServerSessions,
  type StatelessServerSessionsOptions,
} from "./internal/session/stateless_server_sessions.ts";
