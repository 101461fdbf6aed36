/** Mapping of HTTP status codes to gRPC, for transports over HTTP. */

import type { FlightErrorCode } from "../core/flight_error.ts";

/**
 * Maps an HTTP status code by gRPC's table (doc/http-grpc-status-mapping.md).
 */
export function httpStatusCode(status: number): FlightErrorCode {
  switch (status) {
    case 400:
      return "INTERNAL";
    case 401:
      return "UNAUTHENTICATED";
    case 403:
      return "PERMISSION_DENIED";
    case 404:
      return "UNIMPLEMENTED";
    case 429:
    case 502:
    case 503:
    case 504:
      return "UNAVAILABLE";
    default:
      return "UNKNOWN";
  }
}
