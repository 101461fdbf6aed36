/**
 * Interceptors around the calls of a client or a server: made by {@linkcode callHooks} or by hand,
 * and ready-made ones.
 *
 * ```ts
 * import { connectInMemory } from "@contrail/flight/memory";
 * import { callHooks } from "@contrail/flight/middleware";
 *
 * const codes: string[] = [];
 * await using client = connectInMemory({ listActions: () => [] }, {
 *   interceptors: [
 *     callHooks(() => ({ onCompleted: ({ code }) => void codes.push(code) })),
 *   ],
 * });
 * await Array.fromAsync(client.listActions());
 * if (codes[0] !== "OK") throw new Error("the call failed");
 * ```
 *
 * @module
 */

export type { Source } from "./internal/base/source.ts";
export {
  type ContextKey,
  type ContextValues,
  createContextKey,
} from "./internal/core/context_values.ts";
export type {
  FlightCall,
  FlightCallMessage,
  FlightCallResponse,
  FlightClientCall,
  FlightInterceptor,
  FlightNext,
  FlightServerCall,
} from "./internal/interceptors/interceptor.ts";
export {
  callHooks,
  type FlightCallHooks,
} from "./internal/interceptors/call_hooks.ts";
export {
  type CallLogEntry,
  callLogging,
  type CallLoggingOptions,
} from "./internal/interceptors/call_logging.ts";
export {
  callTelemetry,
  type CallTelemetryOptions,
} from "./internal/interceptors/call_telemetry.ts";
export { clientCookies } from "./internal/interceptors/client_cookies.ts";
export {
  type ClientRetry,
  clientRetry,
  type ClientRetryOptions,
} from "./internal/interceptors/client_retry.ts";
export type { CookieOrigin } from "./internal/interceptors/cookie.ts";
export {
  CookieJar,
  type CookieJarOptions,
} from "./internal/interceptors/cookie_jar.ts";
export type { OpenTelemetryApi } from "./internal/interceptors/opentelemetry_api.ts";
export type { FlightMethod } from "./internal/protocol/methods.ts";
export type { FlightCallCompletion } from "./internal/interceptors/observe_response.ts";
