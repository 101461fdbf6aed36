/** Errors of HTTP responses that cannot be read as data. */

import { FlightError, type FlightErrorCode } from "../../core/flight_error.ts";

/**
 * Media types that are Arrow IPC, or generic, as object stores send them, and nginx for unknown
 * names (`text/plain`): then the first bytes decide.
 */
const READABLE = new Set([
  "",
  "application/vnd.apache.arrow.stream",
  "application/vnd.apache.arrow.file",
  "application/x-apache-arrow-stream",
  "application/x-apache-arrow-file",
  "application/octet-stream",
  "binary/octet-stream",
  "text/plain",
]);

/**
 * Explains why a response cannot be read.
 *
 * @param response The response.
 * @param uri The URI of the request.
 * @returns The error; `undefined` if it can be read.
 */
export function problemOf(
  response: Response,
  uri: string,
): FlightError | undefined {
  const { status, headers, url } = response;
  if (/^https:/i.test(uri) && /^http:/i.test(url)) {
    return new FlightError(
      "UNIMPLEMENTED",
      "it redirects to a location without TLS, which is not followed",
    );
  }
  if (!response.ok) {
    const code = codeOf(status);
    return new FlightError(code, `it answered with HTTP status ${status}`, {
      // Another client may accept it.
      origin: code === "UNIMPLEMENTED" ? "local" : "remote",
    });
  }
  const [type = ""] = (headers.get("content-type") ?? "").split(";");
  if (READABLE.has(type.trim().toLowerCase())) return undefined;
  return new FlightError(
    "UNIMPLEMENTED",
    `its content-type is ${type.trim()}, and only Arrow IPC can be read`,
  );
}

/** Maps the HTTP status of a request for data; gRPC's own table is about calls. */
function codeOf(status: number): FlightErrorCode {
  switch (status) {
    case 400:
      return "INVALID_ARGUMENT";
    case 401:
      return "UNAUTHENTICATED";
    case 403:
      return "PERMISSION_DENIED";
    case 404:
    case 410:
      return "NOT_FOUND";
    case 406:
    case 415:
      return "UNIMPLEMENTED";
    case 408:
    case 429:
    case 502:
    case 503:
    case 504:
      return "UNAVAILABLE";
    default:
      return status < 500 ? "UNKNOWN" : "INTERNAL";
  }
}
