/** Limits for received lists of headers and trailers. */

import { FlightError } from "../core/flight_error.ts";
import { tooManyFieldsText } from "./call_errors.ts";
import { countParts, isBinaryName } from "../core/flight_headers.ts";
import type { HeaderList } from "../http2/hpack/header.ts";

/** Limits of a list. */
interface HeaderLimits {
  /** See `TransportOptions.maxHeaderListBytes`. */
  readonly maxHeaderListBytes: number;
  /** See `TransportOptions.maxHeaderFields`. */
  readonly maxHeaderFields: number;
}

/**
 * Makes the error of a list beyond a limit.
 *
 * @param what Kind of the list: `headers` or `trailers`.
 * @param list The list, or undefined if it has more bytes than the limit.
 * @param listBytes Its size, as HTTP/2 counts it.
 * @param limits The limits.
 * @returns The error, or undefined if it is accepted.
 */
export function headerExcess(
  what: "headers" | "trailers",
  list: HeaderList | undefined,
  listBytes: number,
  { maxHeaderListBytes, maxHeaderFields }: HeaderLimits,
): FlightError | undefined {
  if (list === undefined) {
    return new FlightError(
      "RESOURCE_EXHAUSTED",
      `the ${what} of ${listBytes} bytes exceed the limit of ` +
        `${maxHeaderListBytes} bytes (option maxHeaderListBytes)`,
    );
  }
  const fields = countFields(list);
  return fields <= maxHeaderFields ? undefined : new FlightError(
    "RESOURCE_EXHAUSTED",
    tooManyFieldsText(what, fields, maxHeaderFields),
  );
}

/**
 * Counts the values of a list: a `-bin` header may have several, separated by
 * commas (gRPC over HTTP/2, "Custom-Metadata").
 */
function countFields(list: HeaderList): number {
  let fields = 0;
  for (const [name, value] of list) {
    fields += isBinaryName(name) ? countParts(value) : 1;
  }
  return fields;
}
