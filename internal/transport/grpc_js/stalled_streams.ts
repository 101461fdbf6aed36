/**
 * Workaround for Bun, which does not resume a stream when its peer raises
 * SETTINGS_INITIAL_WINDOW_SIZE while the stream is out of window. gRPC's C++
 * core does so in mid-stream, and the call would hang (oven-sh/bun#41329). Any
 * frame that Bun sends makes it check its streams again.
 */

import type { Http2Session } from "node:http2";

/** Interval between two nudges of a stalled stream, in milliseconds. */
const INTERVAL_MS = 2;

const IS_BUN = "Bun" in globalThis;

/** Connections whose peer has not yet answered the last nudge. */
const nudged = new WeakSet<Http2Session>();

/**
 * Waits until a message is written, and nudges the connection meanwhile. On
 * other runtimes than Bun it only waits.
 *
 * @param written Settles when the message is written.
 * @param session The connection, if there is one yet.
 */
export async function untilWritten(
  written: Promise<void>,
  session: () => Http2Session | undefined,
): Promise<void> {
  if (!IS_BUN) return await written;
  const timer = setInterval(() => nudge(session()), INTERVAL_MS);
  try {
    await written;
  } finally {
    clearInterval(timer);
  }
}

function nudge(session: Http2Session | undefined): void {
  if (session === undefined || nudged.has(session)) return;
  try {
    // Not ping(): servers close connections on which too many pings come. And
    // one at a time for all calls: Bun fails when many are not acknowledged.
    session.settings({}, () => nudged.delete(session));
    nudged.add(session);
  } catch {
    // The connection is gone, which the call will notice.
  }
}
