/** Repeatable calls: their one request, and an answer that has not begun. */

import { singleSource } from "../base/source.ts";
import { FlightHeaders } from "../core/flight_headers.ts";
import type { FlightMethod } from "../protocol/methods.ts";
import { mapResponse } from "../seam/map_response.ts";
import type { FlightCallResponse, FlightClientCall } from "./interceptor.ts";

/** RPCs with one request; those with a stream of requests cannot be repeated. */
export const REPEATABLE_METHODS: readonly FlightMethod[] = [
  "ListFlights",
  "GetFlightInfo",
  "PollFlightInfo",
  "GetSchema",
  "DoGet",
  "DoAction",
  "ListActions",
];

/** Reports whether calls of `method` have one request. */
export function isRepeatable(method: string): boolean {
  return REPEATABLE_METHODS.some((name) => name === method);
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

/**
 * Waits for the first message of a response, and returns the response, which is then the one for
 * the caller. It rejects when the call fails before.
 */
export async function begun(
  response: FlightCallResponse,
): Promise<FlightCallResponse> {
  const { messages } = response;
  let first: ReturnType<typeof messages.read> | undefined = messages.read();
  await first;
  return mapResponse(response, {
    read() {
      const message = first ?? messages.read();
      first = undefined;
      return message;
    },
  });
}
