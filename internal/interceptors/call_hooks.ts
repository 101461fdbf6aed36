/** Three hooks around a call, for simple interceptors. */

import { isPromise } from "../base/is_promise.ts";
import type { FlightHeaders } from "../core/flight_headers.ts";
import type { FlightCall, FlightInterceptor } from "./interceptor.ts";
import { type FlightCallCompletion, observed } from "./observe_response.ts";

/** Hooks for the rest of a call. */
export interface FlightCallHooks {
  /**
   * Called at most once with the response headers. On the client: as soon as they arrive; a call
   * that fails at once has none. On the server: just before they are sent, when they can still be
   * changed, or before a failure, with which they are sent if there are any. If it returns a promise,
   * the headers wait for it. If it throws, or the promise rejects, the call fails.
   */
  readonly onHeaders?: ((headers: FlightHeaders) => void) | undefined;
  /**
   * Called once when the call is over: its answer has been read to the end, has failed, or was
   * canceled. If it returns a promise, the end of a call that succeeds waits for it. An error that it
   * throws, or with which the promise rejects, fails a call that would have succeeded, and is
   * otherwise ignored.
   */
  readonly onCompleted?:
    | ((completion: FlightCallCompletion) => void)
    | undefined;
}

/**
 * Makes an interceptor from up to three hooks: the start of a call, its response headers, its end.
 *
 * @param start Called with each call, before it is made or handled. It may change the headers and
 * set values. If it throws, the call is refused; if it returns a promise, the call waits for it. It
 * returns the hooks for the rest of this call, so that they share its variables.
 * @returns The interceptor, for the client or the server.
 *
 * @example
 * ```ts
 * import { connectInMemory } from "@contrail/flight/memory";
 * import { callHooks } from "@contrail/flight/middleware";
 *
 * const timing = callHooks((call) => {
 *   const start = performance.now();
 *   return {
 *     onCompleted({ code }) {
 *       console.log(`${call.method} ${code} ${performance.now() - start} ms`);
 *     },
 *   };
 * });
 *
 * await using client = connectInMemory({ listActions: () => [] }, {
 *   interceptors: [timing],
 * });
 * await Array.fromAsync(client.listActions());
 * ```
 */
export function callHooks(
  start: (
    call: FlightCall,
  ) => FlightCallHooks | void | PromiseLike<FlightCallHooks | void>,
): FlightInterceptor {
  return (call, next) => {
    const hooks = start(call);
    return isPromise(hooks)
      ? hooks.then((hooks) => observed(call, next(call), hooks ?? {}))
      : observed(call, next(call), hooks ?? {});
  };
}
