/** What an interceptor is, and what it sees of a call. */

import type { Source } from "../base/source.ts";
import type { FlightCallContext } from "../core/call_context.ts";
import type { ContextValues } from "../core/context_values.ts";
import type { FlightHeaders } from "../core/flight_headers.ts";

/**
 * A message of a call, already encoded or not yet decoded. Interceptors may count messages, delay
 * them and leave some out, but only pass on those they were given.
 */
export interface FlightCallMessage {
  /** Its length in bytes, without the prefix of gRPC. */
  readonly byteLength: number;
}

/** The messages of one direction of a call; whoever wraps them passes on both methods. */
export type FlightCallMessages = Source<FlightCallMessage>;

/** A call of the client, on its way out. */
export interface FlightClientCall {
  /** On which side of the call the interceptor runs. */
  readonly side: "client";
  /**
   * Name of the RPC, such as `DoGet`; with its service where that is not Flight's, such as
   * `grpc.health.v1.Health/Check`.
   */
  readonly method: string;
  /** HTTP/2 path, such as `/arrow.flight.protocol.FlightService/DoGet`. */
  readonly path: string;
  /** Request headers; they can be changed until `next` is called. */
  readonly headers: FlightHeaders;
  /** Where the call goes: the location of the client as a URI; `memory` in this process. */
  readonly peer: string;
  /** When the caller gives up; `undefined` for never. */
  readonly deadline: Date | undefined;
  /**
   * Aborted when the call is cancelled, by the signal of the caller or through one of its streams;
   * what an interceptor waits for before `next` should end then.
   */
  readonly signal: AbortSignal;
  /** What interceptors tell each other, by typed keys. */
  readonly values: ContextValues;
  /** The requests; their end is the half-close. */
  readonly messages: FlightCallMessages;
}

/** A call that has arrived at the server. */
export interface FlightServerCall
  extends Omit<FlightCallContext, "peerIdentity"> {
  /** On which side of the call the interceptor runs. */
  readonly side: "server";
  /**
   * Whether the server has the method: all of Flight's, whether the service implements them or not, and
   * those of its further services. Calls of any other path pass by too, and fail with UNIMPLEMENTED:
   * their `path` and `method` are whatever a peer made up.
   */
  readonly isKnown: boolean;
  /** HTTP/2 path, such as `/arrow.flight.protocol.FlightService/DoGet`. */
  readonly path: string;
  /** The requests; their end is the client's half-close. */
  readonly messages: FlightCallMessages;
}

/** A call as an interceptor sees it: `side` tells which of the two it is. */
export type FlightCall = FlightClientCall | FlightServerCall;

/** The answer to a call, while it is still coming. */
export interface FlightCallResponse {
  /**
   * Response headers. Client: as soon as they arrive; rejects when the call fails before. Server:
   * sent when it resolves; messages wait for it.
   */
  readonly headers: Promise<FlightHeaders>;
  /**
   * The messages of the answer, read only as fast as they can be delivered. Their end means that the
   * call has succeeded, a rejection that it has failed; when they are cancelled, nobody wants the
   * rest, and the call ends.
   */
  readonly messages: FlightCallMessages;
  /**
   * Response trailers; on the client complete once `messages` has ended, on the server open to
   * changes until then. Those of a failed call are part of its FlightError.
   *
   * @returns The trailers.
   */
  trailers(): FlightHeaders;
}

/**
 * Makes the call that it is given, by way of the interceptors that follow. It never throws: a failure
 * is reported by the response.
 */
export type FlightNext = (call: FlightCall) => FlightCallResponse;

/**
 * Stands around a call, on the client or on the server; `side` of the call says where. The first of a
 * list is the outermost: it sees the call first and its answer last.
 *
 * It calls `next` with the call, or with a copy that differs (`{ ...call, signal }`), and returns the
 * response, or a copy of that. It may wait before; throw, which refuses the call; answer without
 * calling `next`; call `next` more than once, each time with headers and messages of their own.
 *
 * On the client, what is thrown reaches the caller as it is. On the server a FlightError reaches the
 * client, and anything else is treated as an error of a handler.
 *
 * @example
 * ```ts
 * import type { FlightInterceptor } from "@contrail/flight";
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
 * The value of an option that lists interceptors.
 *
 * @throws {TypeError} When it is not an array of functions.
 */
export function interceptorsOption(
  name: string,
  value: readonly FlightInterceptor[] | undefined,
): readonly FlightInterceptor[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    throw new TypeError(`Cannot use option ${name}: it is not an array`);
  }
  const wrong = value.findIndex((one) => typeof one !== "function");
  if (wrong >= 0) {
    throw new TypeError(
      `Cannot use option ${name}: element ${wrong} is not a function`,
    );
  }
  return [...value];
}

/**
 * For interceptors that make sense on one side only.
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
