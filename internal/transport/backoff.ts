/** How long to wait before connecting again: gRPC's connection-backoff.md. */

const BASE_MS = 100;
const FACTOR = 1.6;

/** The longest delay, but for its jitter. */
export const MAX_BACKOFF_MS = 5000;

const JITTER = 0.2;

/**
 * The time from one failed attempt to the next. It begins small, as the calls
 * wait for it, and is not the same for all clients of a server that came back.
 *
 * @param failures How many attempts have failed since a connection that was of
 * use.
 * @param random From 0 to 1.
 * @returns Milliseconds; 0 without a failure.
 */
export function backoffMs(failures: number, random = Math.random()): number {
  if (failures === 0) return 0;
  const delay = Math.min(MAX_BACKOFF_MS, BASE_MS * FACTOR ** (failures - 1));
  return delay * (1 + JITTER * (2 * random - 1));
}
