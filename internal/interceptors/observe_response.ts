/** Observes an answer: its headers, its messages, its end. */

import { handled, quietly } from "../base/handled.ts";
import { isPromise } from "../base/is_promise.ts";
import { untilAborted } from "../base/timers/until_aborted.ts";
import { FlightError, type FlightErrorCode } from "../core/flight_error.ts";
import { FlightHeaders } from "../core/flight_headers.ts";
import { mapResponse } from "../seam/map_response.ts";
import type {
  FlightCall,
  FlightCallMessage,
  FlightCallResponse,
} from "./interceptor.ts";

/** Outcome of a call. */
export interface FlightCallCompletion {
  /**
   * gRPC status. A failure that is not a FlightError is `CANCELLED` on the client, where the
   * caller's own reason or error has ended the call, and `UNKNOWN` on the server.
   */
  readonly code: FlightErrorCode | "OK";
  /** Error of the call; `undefined` if it succeeded. */
  readonly error: unknown;
  /**
   * Response trailers. Client: the received ones. Server: those about to be sent, in addition to
   * those of the error; they can still be changed.
   */
  readonly trailers: FlightHeaders;
}

/** Receives the events of an answer. */
interface ResponseObserver {
  /** Called when the headers have arrived, or are about to be sent; they wait for a promise. */
  readonly onHeaders?: ((headers: FlightHeaders) => unknown) | undefined;
  /** Called with each message. */
  readonly onMessage?: ((message: FlightCallMessage) => void) | undefined;
  /** Called once when the call is over. The end of one that succeeds waits for a promise. */
  readonly onCompleted?:
    | ((completion: FlightCallCompletion) => unknown)
    | undefined;
}

/**
 * Observes a response. An error of `onHeaders` fails the call, and one of `onCompleted` fails a
 * call that would have succeeded.
 */
export function observed(
  call: FlightCall,
  response: FlightCallResponse,
  { onHeaders, onMessage, onCompleted }: ResponseObserver,
): FlightCallResponse {
  const { messages } = response;
  let isOver = false;
  let failure: { readonly error: unknown } | undefined;
  /** A hook for the headers that is not done: the first message waits for it. */
  let telling: Promise<unknown> | undefined;

  const complete = (code: FlightErrorCode | "OK", error: unknown): unknown => {
    if (isOver) return undefined;
    isOver = true;
    const trailers = call.side === "server" || code === "OK"
      ? response.trailers()
      : FlightError.is(error) && error.trailers || new FlightHeaders();
    return onCompleted?.({ code, error, trailers });
  };
  // An earlier error of the call takes precedence.
  const fail = (error: unknown): void =>
    quietly(() => complete(codeOf(call, error), error));

  const refuse = (error: unknown): never => {
    failure = { error };
    messages.cancel(error);
    fail(error);
    throw error;
  };
  const headers = handled(response.headers.then((received) => {
    try {
      const told = onHeaders?.(received);
      if (!isPromise(told)) return received;
      return telling = handled(
        untilAborted(Promise.resolve(told), call.signal)
          .then(() => received, refuse),
      );
    } catch (error) {
      return refuse(error);
    }
  }, (error) => {
    fail(error);
    throw error;
  }));

  async function read(): Promise<FlightCallMessage | undefined> {
    try {
      const message = failure ? undefined : await messages.read();
      if (telling) await telling;
      telling = undefined;
      if (failure) throw failure.error;
      if (message === undefined) {
        const told = complete("OK", undefined);
        if (isPromise(told)) {
          await untilAborted(Promise.resolve(told), call.signal);
        }
      } else onMessage?.(message);
      return message;
    } catch (error) {
      failure ??= { error };
      fail(failure.error);
      throw failure.error;
    }
  }
  return mapResponse(response, {
    headers,
    read,
    cancel(reason) {
      fail(reason);
      messages.cancel(reason);
    },
  });
}

function codeOf({ side }: FlightCall, error: unknown): FlightErrorCode {
  if (FlightError.is(error)) return error.code;
  return side === "client" ? "CANCELLED" : "UNKNOWN";
}
