/** Converts failures of `fetch` and of its bodies to FlightError. No other file does. */

import { printable } from "../../base/printable.ts";
import { FlightError } from "../../core/flight_error.ts";
import type { FlightHeaders } from "../../core/flight_headers.ts";
import { lostConnectionText } from "../../grpc/call_errors.ts";
import { isBrowser } from "./platform.ts";

/** Makes the error of a request that got no answer. A browser gives no reason. */
export function fetchError(url: string, cause: unknown): FlightError {
  const advice = isBrowser()
    ? "; only the console of the browser tells the reason: no server there, " +
      "http for https, a certificate, or a server that does not permit this " +
      "origin (option web of serve, cors of flightHandler)"
    : "";
  return new FlightError(
    "UNAVAILABLE",
    `cannot fetch ${url}: ${reasonOf(cause)}${advice}`,
    { origin: "transport", cause },
  );
}

/** Makes the error of an answer that was cut. */
export function lostError(
  url: string,
  cause: unknown,
  headers: FlightHeaders | undefined,
): FlightError {
  return new FlightError(
    "UNAVAILABLE",
    lostConnectionText(url, reasonOf(cause)),
    { origin: "transport", headers, cause },
  );
}

/**
 * Makes the error of a WebSocket that did not open. A browser gives no reason, not even the status of
 * the answer.
 */
export function socketError(
  url: string,
  reason: string,
  cause?: unknown,
): FlightError {
  return new FlightError(
    "UNAVAILABLE",
    `cannot open a WebSocket to ${url}${reason && `: ${printable(reason)}`}; ` +
      "the server may have none (option web of serve) or not permit this " +
      "origin (CORS), a proxy may not pass them on, or the browser may have " +
      "too many open",
    { origin: "transport", cause },
  );
}

/** Makes the error of a call that needs both directions at once. */
export function halfDuplexError(method: string): FlightError {
  return new FlightError(
    "UNIMPLEMENTED",
    `${method} reads answers while it still sends, which fetch cannot do on ` +
      "this platform: it needs a WebSocket (option webSocket) and a server " +
      "that has them, such as flightHandler; or a client on Deno, Bun or " +
      "Node.js; or option duplex if all is written before anything is read",
  );
}

/** Returns the innermost message of an error: the runtimes wrap it in "fetch failed". */
function reasonOf(error: unknown): string {
  let inner = error;
  for (let depth = 0; depth < 8; depth++) {
    const cause = inner instanceof Error ? inner.cause : undefined;
    if (!(cause instanceof Error)) break;
    inner = cause;
  }
  return printable(inner instanceof Error ? inner.message : String(inner));
}
