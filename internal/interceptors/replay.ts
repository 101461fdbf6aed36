/** What it takes to make a call again: its one request, and an answer that has not begun. */

import { singleSource } from "../base/source.ts";
import { FlightHeaders } from "../core/flight_headers.ts";
import type { FlightMethod } from "../protocol/methods.ts";
import type { FlightCallResponse, FlightClientCall } from "./interceptor.ts";

/** The RPCs of one request; those of a stream of them cannot be made again. */
export const REPEATABLE_METHODS: readonly FlightMethod[] = [
  "ListFlights",
  "GetFlightInfo",
  "PollFlightInfo",
  "GetSchema",
  "DoGet",
  "DoAction",
  "ListActions",
];

/** Whether calls of `method` have one request. */
export function isRepeatable(method: string): boolean {
  return REPEATABLE_METHODS.some((name) => name === method);
}

/**
 * Takes the request out of `call`.
 *
 * @returns Makes a copy of the call for each attempt, with headers of its own.
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
 * The same response, once its first message has arrived: from then on it is what the caller gets.
 * Rejects when the call fails before.
 */
export async function begun(
  response: FlightCallResponse,
): Promise<FlightCallResponse> {
  const { messages } = response;
  let first: ReturnType<typeof messages.read> | undefined = messages.read();
  await first;
  return {
    ...response,
    messages: {
      read() {
        const message = first ?? messages.read();
        first = undefined;
        return message;
      },
      cancel: (reason) => messages.cancel(reason),
    },
  };
}
