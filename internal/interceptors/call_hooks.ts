/** Three hooks around a call, for interceptors that need no more. */

import { isPromise } from "../base/is_promise.ts";
import type { FlightHeaders } from "../core/flight_headers.ts";
import type { FlightCall, FlightInterceptor } from "./interceptor.ts";
import { type FlightCallCompletion, observed } from "./observe_response.ts";

/** What is to be done later in a call. */
export interface FlightCallHooks {
  /**
   * Called at most once with the response headers: on the client as soon as they arrive, where a call
   * that fails at once has none; on the server just before they are sent, when they can still be
   * changed, or before a failure, with which they are sent if there is something in them. What it
   * throws fails the call.
   */
  readonly onHeaders?: ((headers: FlightHeaders) => void) | undefined;
  /**
   * Called once when the call is over: its answer has been read to the end, has failed, or was
   * cancelled. What it throws fails a call that would have succeeded, and is ignored otherwise.
   */
  readonly onCompleted?:
    | ((completion: FlightCallCompletion) => void)
    | undefined;
}

/**
 * Makes an interceptor of up to three hooks: the start of a call, its response headers, its end.
 *
 * @param start Called with each call, before it is made or handled. It may change the headers and set
 * values; what it throws refuses the call; where it returns a promise, the call waits for it. What it
 * returns are the hooks for the rest of this call, so that they share its variables.
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
