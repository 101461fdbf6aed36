/** Repeatable calls: their one request, and an answer that has not begun. */

import { singleSource } from "../base/source.ts";
import { FlightHeaders } from "../core/flight_headers.ts";
import { ONE_REQUEST_METHODS } from "../protocol/methods.ts";
import { mapResponse } from "../seam/map_response.ts";
import type { FlightCallResponse, FlightClientCall } from "./interceptor.ts";

/** Reports whether calls of `method` have one request: those with a stream of requests cannot be repeated. */
export function isRepeatable(method: string): boolean {
  return ONE_REQUEST_METHODS.some((name) => name === method);
}

/**
 * Takes the request from `call`.
 *
 * @returns A function that copies the call for each attempt, with new headers.
 */
export async function repeatable(
  call: FlightClientCall,
): Promise<() => FlightClientCall> {
  const request = await call.messages.read();
  return () => ({
    ...call,
    headers: new FlightHeaders(call.headers),
    messages: singleSource(request!),
  });
}

/** A response whose first message has been read ahead. */
interface BegunResponse {
  /** The response for the caller. It also tells the headers of a call that has failed. */
  readonly response: FlightCallResponse;
  /** The failure of a call without a message; `undefined` if there was one, or the end. */
  readonly failure: { readonly error: unknown } | undefined;
}

/** Waits for the first message of a response. */
export async function begun(
  response: FlightCallResponse,
): Promise<BegunResponse> {
  const { messages } = response;
  let first: ReturnType<typeof messages.read> | undefined = messages.read();
  let failure: BegunResponse["failure"];
  await first.catch((error) => void (failure = { error }));
  return {
    response: mapResponse(response, {
      read() {
        const message = first ?? messages.read();
        if (failure === undefined) first = undefined;
        return message;
      },
    }),
    failure,
  };
}
