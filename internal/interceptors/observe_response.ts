/** Watches an answer go by: its headers, its messages, its end. */

import { handled } from "../base/handled.ts";
import { FlightError, type FlightErrorCode } from "../core/flight_error.ts";
import { FlightHeaders } from "../core/flight_headers.ts";
import type {
  FlightCall,
  FlightCallMessage,
  FlightCallResponse,
} from "./interceptor.ts";

/** How a call has ended. */
export interface FlightCallCompletion {
  /**
   * The gRPC status. A call that failed by something else than a FlightError is `CANCELLED` on the
   * client, where the caller's own reason or error has ended it, and `UNKNOWN` on the server.
   */
  readonly code: FlightErrorCode | "OK";
  /** Why it failed; `undefined` where it succeeded. */
  readonly error: unknown;
  /**
   * Response trailers. Client: what came. Server: what is about to be sent, beside those of the error,
   * and can still be changed.
   */
  readonly trailers: FlightHeaders;
}

/** Is told of what an answer does. */
export interface ResponseObserver {
  /** The headers are here, or about to be sent. */
  readonly onHeaders?: ((headers: FlightHeaders) => void) | undefined;
  /** A message goes by. */
  readonly onMessage?: ((message: FlightCallMessage) => void) | undefined;
  /** The call is over; called once. */
  readonly onCompleted?:
    | ((completion: FlightCallCompletion) => void)
    | undefined;
}

/**
 * The same response, observed. What `onHeaders` throws fails the call, and what `onCompleted` throws
 * does where it would have succeeded.
 */
export function observed(
  call: FlightCall,
  response: FlightCallResponse,
  { onHeaders, onMessage, onCompleted }: ResponseObserver,
): FlightCallResponse {
  const { messages } = response;
  let isOver = false;
  let failure: { readonly error: unknown } | undefined;

  const complete = (code: FlightErrorCode | "OK", error: unknown): void => {
    if (isOver) return;
    isOver = true;
    const trailers = call.side === "server" || code === "OK"
      ? response.trailers()
      : FlightError.is(error) && error.trailers || new FlightHeaders();
    onCompleted?.({ code, error, trailers });
  };
  const fail = (error: unknown): void => {
    try {
      complete(codeOf(call, error), error);
    } catch {
      // The error that the call has already is the one to report.
    }
  };

  const headers = handled(response.headers.then((received) => {
    try {
      onHeaders?.(received);
      return received;
    } catch (error) {
      failure = { error };
      messages.cancel(error);
      fail(error);
      throw error;
    }
  }, (error) => {
    fail(error);
    throw error;
  }));

  async function read(): Promise<FlightCallMessage | undefined> {
    try {
      const message = failure ? undefined : await messages.read();
      if (failure) throw failure.error;
      if (message === undefined) complete("OK", undefined);
      else onMessage?.(message);
      return message;
    } catch (error) {
      failure ??= { error };
      fail(failure.error);
      throw failure.error;
    }
  }
  return {
    headers,
    messages: {
      read,
      cancel(reason) {
        fail(reason);
        messages.cancel(reason);
      },
    },
    trailers: () => response.trailers(),
  };
}

function codeOf({ side }: FlightCall, error: unknown): FlightErrorCode {
  if (FlightError.is(error)) return error.code;
  return side === "client" ? "CANCELLED" : "UNKNOWN";
}
