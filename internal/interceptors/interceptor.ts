/** Interceptors, and their view of a call. */

import { arrayOption, requiredFunction } from "../core/check_option.ts";
import type { Source } from "../base/source.ts";
import type { FlightCallContext } from "./call_context.ts";
import type { ContextValues } from "../core/context_values.ts";
import type { FlightHeaders } from "../core/flight_headers.ts";

/**
 * Message of a call, already encoded or not yet decoded. Interceptors may count messages, delay
 * them and leave some out, but only pass on those that they were given.
 */
export interface FlightCallMessage {
  /** Length in bytes, without the prefix of gRPC. */
  readonly byteLength: number;
}

/** Call of the client, on its way out. */
export interface FlightClientCall {
  /** Side of the call on which the interceptor runs. */
  readonly side: "client";
  /**
   * Name of the RPC, such as `DoGet`. Methods of other services include the service, such as
   * `grpc.health.v1.Health/Check`.
   */
  readonly method: string;
  /** HTTP/2 path, such as `/arrow.flight.protocol.FlightService/DoGet`. */
  readonly path: string;
  /** Request headers; they can be changed until `next` is called. */
  readonly headers: FlightHeaders;
  /** Target of the call: the location of the client as a URI; `memory` in this process. */
  readonly peer: string;
  /** Time at which the caller gives up; `undefined` for never. */
  readonly deadline: Date | undefined;
  /**
   * Aborted when the call is canceled, by the signal of the caller or through one of its streams,
   * when its deadline has passed, and when it has failed. An interceptor that waits before `next` should stop then.
   */
  readonly signal: AbortSignal;
  /** Values that interceptors share, by typed keys. */
  readonly values: ContextValues;
  /** The requests; their end is the half-close. */
  readonly messages: Source<FlightCallMessage>;
}

/** Call that has arrived at the server. */
export interface FlightServerCall
  extends Omit<FlightCallContext, "peerIdentity"> {
  /** Side of the call on which the interceptor runs. */
  readonly side: "server";
  /**
   * True if the server has the method: all of Flight's, even if the service does not implement
   * them, and those of its further services. Calls of any other path pass by too, and fail with
   * UNIMPLEMENTED: a peer may have made up their `path` and `method`.
   */
  readonly isKnown: boolean;
  /** HTTP/2 path, such as `/arrow.flight.protocol.FlightService/DoGet`. */
  readonly path: string;
  /** The requests; their end is the client's half-close. */
  readonly messages: Source<FlightCallMessage>;
}

/** Call as an interceptor sees it; `side` distinguishes the two kinds. */
export type FlightCall = FlightClientCall | FlightServerCall;

/** Answer to a call, while it is still coming. */
export interface FlightCallResponse {
  /**
   * Response headers. Client: as soon as they arrive; rejects when the call fails before. Server:
   * sent when it resolves; messages wait for it.
   */
  readonly headers: Promise<FlightHeaders>;
  /**
   * Messages of the answer, read only as fast as they can be delivered. Their end means that the
   * call has succeeded, a rejection that it has failed. When they are canceled, the rest is not
   * wanted, and the call ends.
   */
  readonly messages: Source<FlightCallMessage>;
  /**
   * Returns the response trailers. On the client they are complete once `messages` has ended; on
   * the server they may be changed until then. Those of a failed call are part of its FlightError.
   *
   * @returns The trailers.
   */
  trailers(): FlightHeaders;
}

/**
 * Makes the given call, through the interceptors that follow. The response reports a failure; only a call
 * with a part that is missing or of the wrong type makes it throw.
 */
export type FlightNext = (call: FlightCall) => FlightCallResponse;

/**
 * Function around a call, on the client or on the server; `side` of the call says which. The first
 * of a list is the outermost: it sees the call first and its answer last.
 *
 * It calls `next` with the call, or with a copy that differs (`{ ...call, signal }`), and returns
 * the response, or a copy of that. It may wait before; throw, which refuses the call; answer
 * without calling `next`; or call `next` more than once, each time with new headers and messages.
 *
 * On the client, a thrown error reaches the caller unchanged. On the server a FlightError reaches
 * the client, and any other error counts as an error of a handler.
 *
 * @example
 * ```ts
 * import type { FlightInterceptor } from "@contrail/flight/middleware";
 *
 * const tenant: FlightInterceptor = (call, next) => {
 *   call.headers.set("x-tenant", "blue");
 *   return next(call);
 * };
 * ```
 */
export type FlightInterceptor = (
  call: FlightCall,
  next: FlightNext,
) => FlightCallResponse | PromiseLike<FlightCallResponse>;

/**
 * Checks an option that lists interceptors.
 *
 * @throws {TypeError} When it is not an array of functions.
 */
export function interceptorsOption(
  name: string,
  value: readonly FlightInterceptor[] | undefined,
): readonly FlightInterceptor[] {
  const interceptors = [...arrayOption(name, value) ?? []];
  for (const [index, interceptor] of interceptors.entries()) {
    requiredFunction(`${name}[${index}]`, interceptor);
  }
  return interceptors;
}

/**
 * Checks the side of a call, for interceptors that make sense on one side only.
 *
 * @throws {TypeError} When `call` is on the other side.
 */
export function requireSide<Side extends FlightCall["side"]>(
  call: FlightCall,
  side: Side,
  name: string,
): asserts call is Extract<FlightCall, { side: Side }> {
  if (call.side !== side) {
    throw new TypeError(`Cannot use ${name} on a ${call.side}`);
  }
}
