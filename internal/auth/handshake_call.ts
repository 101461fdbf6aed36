/** A Handshake that an interceptor of the client makes, by way of those that follow it. */

import { dateOfDeadline, deadlineAfter } from "../base/timers/deadline.ts";
import type { OptionNames } from "../core/known_options.ts";
import type { Source } from "../base/source.ts";
import { durationOption, objectOption } from "../core/check_option.ts";
import { ContextValues } from "../core/context_values.ts";
import {
  FlightHeaders,
  type FlightHeadersInit,
} from "../core/flight_headers.ts";
import { methodPath } from "../protocol/methods.ts";
import type {
  FlightCallMessage,
  FlightClientCall,
} from "../interceptors/interceptor.ts";

/** Options of the Handshakes that an interceptor makes by itself. */
export interface ClientHandshakeOptions {
  /** Headers of the Handshake; those of the calls that wait for it are not sent with it. */
  readonly headers?: FlightHeadersInit | undefined;
  /** Timeout of the Handshake, in milliseconds, more than 0. Default: 20,000. */
  readonly timeoutMs?: number | undefined;
}

/** The names of {@linkcode ClientHandshakeOptions}. */
const CLIENT_HANDSHAKE_OPTIONS: OptionNames<ClientHandshakeOptions> = {
  headers: true,
  timeoutMs: true,
};

/** Checked options of a Handshake. */
export interface HandshakeSettings {
  /** Its headers. */
  readonly headers: FlightHeaders;
  /** Timeout, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Checks the options.
 *
 * @throws {RangeError} When `timeoutMs` is not more than 0.
 */
export function handshakeSettings(
  options: ClientHandshakeOptions,
): HandshakeSettings {
  objectOption("options", options, CLIENT_HANDSHAKE_OPTIONS);
  const { headers, timeoutMs = 20_000 } = options;
  durationOption("timeoutMs", timeoutMs);
  return { headers: new FlightHeaders(headers), timeoutMs };
}

/** Makes the Handshake for `call`. It does not end with that call: others may wait for it too. */
export function handshakeCall(
  call: FlightClientCall,
  messages: Source<FlightCallMessage>,
  { headers, timeoutMs }: HandshakeSettings,
): FlightClientCall {
  return {
    side: "client",
    method: "Handshake",
    path: methodPath("Handshake"),
    headers: new FlightHeaders(headers),
    peer: call.peer,
    deadline: dateOfDeadline(deadlineAfter(timeoutMs)!),
    signal: new AbortController().signal,
    values: new ContextValues(),
    messages,
  };
}
