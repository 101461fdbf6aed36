/** Writes an entry about each call when it is over. */

import type { OptionNames } from "../core/known_options.ts";
import {
  arrayOption,
  booleanOption,
  functionOption,
  objectOption,
} from "../core/check_option.ts";
import { quietly } from "../base/handled.ts";
import { printable } from "../base/printable.ts";
import { PEER_IDENTITY } from "../core/context_values.ts";
import { FlightError, type FlightErrorCode } from "../core/flight_error.ts";
import type { FlightHeaders } from "../core/flight_headers.ts";
import { countMessages, type MessageCount } from "./count_messages.ts";
import type { FlightInterceptor } from "./interceptor.ts";
import { observed } from "./observe_response.ts";
import { visibleHeaders } from "../core/visible_headers.ts";

/** Log entry about a call. */
export interface CallLogEntry {
  /** Side of the call on which it was written. */
  readonly side: "client" | "server";
  /** Name of the RPC, such as `DoGet`. */
  readonly method: string;
  /** Client: location of the server. Server: address of the client. */
  readonly peer: string;
  /** Name of the caller, if an interceptor of the server has established it. */
  readonly peerIdentity: string | undefined;
  /** Time at which the call began. */
  readonly start: Date;
  /** Duration of the call, in milliseconds. */
  readonly durationMs: number;
  /** gRPC status. */
  readonly code: FlightErrorCode | "OK";
  /**
   * Reason for a failure, as the other side has seen or stated it; `undefined` if the call
   * succeeded.
   */
  readonly details: string | undefined;
  /** Messages that the client has sent, and their bytes together. */
  readonly requests: { readonly messages: number; readonly bytes: number };
  /** Messages that the server has sent, and their bytes together. */
  readonly responses: { readonly messages: number; readonly bytes: number };
  /** Request headers, secrets hidden; only with the option `headers`. */
  readonly requestHeaders?: Readonly<Record<string, readonly string[]>>;
  /** Response headers, secrets hidden; only with the option `headers`. */
  readonly responseHeaders?: Readonly<Record<string, readonly string[]>>;
  /** Response trailers, secrets hidden; only with the option `headers`. */
  readonly responseTrailers?: Readonly<Record<string, readonly string[]>>;
}

/** Options of {@linkcode callLogging}. */
export interface CallLoggingOptions {
  /**
   * Called with each entry. Its errors are ignored, those of a promise too, because a log must not harm calls. Texts in an
   * entry are as the peer has sent them, control characters included. Default: writes a line to the
   * console, by `console.info`, in which they are escaped, and cut after 1,024 characters.
   */
  readonly log?: ((entry: CallLogEntry) => void) | undefined;
  /**
   * Adds headers and trailers to entries. The values of `authorization`, `cookie`, `set-cookie`,
   * `auth-token-bin` and of other names that suggest a secret are hidden. Default: false.
   */
  readonly headers?: boolean | undefined;
  /** Further names of headers that hold secrets, in any case. Default: none. */
  readonly secretHeaders?: readonly string[] | undefined;
}

/** The names of {@linkcode CallLoggingOptions}. */
const CALL_LOGGING_OPTIONS: OptionNames<CallLoggingOptions> = {
  log: true,
  headers: true,
  secretHeaders: true,
};

/**
 * Makes an interceptor that logs each call, when it is over.
 *
 * An entry never contains a message, nor a value of a header that looks like a secret. `details` is
 * the text of the FlightError, so handlers should keep secrets out of it.
 *
 * @param options The log function, and the contents of entries.
 * @returns The interceptor, for the client or the server; as the first of the list it sees the
 * outcome that the caller gets.
 */
export function callLogging(
  options: CallLoggingOptions = {},
): FlightInterceptor {
  objectOption("options", options, CALL_LOGGING_OPTIONS);
  const { log = logLine, headers: hasHeaders = false } = options;
  functionOption("log", log);
  booleanOption("headers", hasHeaders);
  arrayOption("secretHeaders", options.secretHeaders);
  const secretNames = (options.secretHeaders ?? [])
    .map((name) => name.toLowerCase());
  const visible = (headers: FlightHeaders) =>
    visibleHeaders(headers, secretNames);
  return (call, next) => {
    const { side, method, peer } = call;
    const start = new Date();
    const startMs = performance.now();
    const requests = { messages: 0, bytes: 0 };
    const responses = { messages: 0, bytes: 0 };
    const messages = countMessages(call.messages, requests);
    let responseHeaders: FlightHeaders | undefined;
    return observed(call, next({ ...call, messages }), {
      onHeaders: (headers) => void (responseHeaders = headers),
      onMessage({ byteLength }) {
        responses.messages++;
        responses.bytes += byteLength;
      },
      onCompleted({ code, error, trailers }) {
        // See the option.
        quietly(() =>
          log({
            side,
            method,
            peer,
            peerIdentity: call.values.get(PEER_IDENTITY),
            start,
            durationMs: performance.now() - startMs,
            code,
            // The text of any other error may contain anything.
            details: FlightError.is(error) ? error.details : undefined,
            requests,
            responses,
            ...(hasHeaders && {
              requestHeaders: visible(call.headers),
              ...(responseHeaders && {
                responseHeaders: visible(responseHeaders),
              }),
              responseTrailers: visible(trailers),
            }),
          })
        );
      },
    });
  };
}

/** Formats one line. Text from a peer cannot begin another one. */
function logLine(entry: CallLogEntry): void {
  const { side, peerIdentity, code, details } = entry;
  const [method, peer] = [printable(entry.method), printable(entry.peer)];
  const who = peerIdentity === undefined ? "" : ` (${printable(peerIdentity)})`;
  const why = details === undefined ? "" : ` (${printable(details)})`;
  console.info(
    `${entry.start.toISOString()} ${side} ${method} ${peer}${who} ${code}${why} ` +
      `${entry.durationMs.toFixed(1)} ms, requests ${text(entry.requests)}, ` +
      `responses ${text(entry.responses)}`,
  );
}

function text({ messages, bytes }: MessageCount): string {
  return `${messages} (${bytes} bytes)`;
}
