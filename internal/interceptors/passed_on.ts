/** Checks of what an interceptor passes on, in either direction: any other form would reach a transport. */

import { isPromise } from "../base/is_promise.ts";
import { valueName } from "../base/value_name.ts";
import {
  FlightHeaders,
  type FlightHeadersInit,
} from "../core/flight_headers.ts";
import type { FlightCall } from "./interceptor.ts";

/**
 * Returns headers or trailers that an interceptor has passed on. Those of another copy of this package, and
 * all that headers can be made of, become headers of this one.
 *
 * @throws {TypeError} When they are something else, or not valid metadata.
 */
export function passedHeaders(value: FlightHeadersInit): FlightHeaders {
  if (value instanceof FlightHeaders) return value;
  if (isPromise(value)) throw wrong("FlightHeaders", value);
  return new FlightHeaders(value);
}

/**
 * Checks a call that an interceptor gives to `next`.
 *
 * @returns A copy of the call.
 * @throws {TypeError} When a part of it is missing, or of the wrong type.
 */
export function passedCall(call: FlightCall): FlightCall {
  if (!call) throw wrong("the call, as in next(call)", call);
  const { headers, deadline, signal, messages } = call;
  const hasTime = deadline === undefined || deadline?.getTime?.() < Infinity;
  if (!hasTime) throw wrong("deadline as a valid Date", deadline);
  if (!signal?.addEventListener) throw wrong("the signal", signal);
  if (!messages?.read) throw wrong("messages", messages);
  return { ...call, headers: passedHeaders(headers) };
}

function wrong(part: string, value: unknown): TypeError {
  return new TypeError(
    `Cannot continue the call: an interceptor must pass on ${part}, not ${
      valueName(value)
    }`,
  );
}
