/** Delay before the next attempt to connect: gRPC's connection-backoff.md. */

const BASE_MS = 100;
const FACTOR = 1.6;

/** Longest delay, without its jitter, in milliseconds. */
export const MAX_BACKOFF_MS = 5000;

const JITTER = 0.2;

/**
 * Computes the delay between a failed attempt and the next. It begins small, as
 * calls wait for it, and differs between the clients of a server that came
 * back.
 *
 * @param failures Number of failed attempts since the last useful connection.
 * @param random From 0 to 1.
 * @returns The delay in milliseconds; 0 without a failure.
 */
export function backoffMs(failures: number, random = Math.random()): number {
  if (failures === 0) return 0;
  const delay = Math.min(MAX_BACKOFF_MS, BASE_MS * FACTOR ** (failures - 1));
  return delay * (1 + JITTER * (2 * random - 1));
}
