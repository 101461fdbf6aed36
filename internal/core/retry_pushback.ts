/** The wish of a server about the next attempt (gRFC A6, "Pushback"). */

/** The trailer that has it. */
export const PUSHBACK = "grpc-retry-pushback-ms";

/** The time for which the server wants to be left alone, in milliseconds; `undefined` where for good. */
export function pushbackOf(value: string): number | undefined {
  const ms = /^(0|[1-9]\d*)$/.test(value) ? Number(value) : Infinity;
  return ms < 2 ** 31 ? ms : undefined;
}
