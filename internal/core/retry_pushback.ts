/** The request of a server about the next attempt (gRFC A6, "Pushback"). */

/** Name of the trailer. */
export const PUSHBACK = "grpc-retry-pushback-ms";

/**
 * Parses the time for which the server asks to be left alone, in milliseconds; `undefined` means
 * for good.
 */
export function pushbackOf(value: string): number | undefined {
  const ms = /^(0|[1-9]\d*)$/.test(value) ? Number(value) : Infinity;
  return ms < 2 ** 31 ? ms : undefined;
}
