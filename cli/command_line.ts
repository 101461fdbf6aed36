/** Cancellation of commands by signals. */

import process from "node:process";
import { Interrupted } from "./exit_code.ts";

/** Signals that end a command, and their numbers. */
const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Runs a command that Ctrl-C cancels.
 *
 * @param run Gets a signal that is aborted with {@linkcode Interrupted}.
 */
export async function interruptible<T>(
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const handlers = Object.entries(SIGNALS).map(([name, number]) => {
    const handler = (): void => {
      // The second time is an order.
      if (controller.signal.aborted) process.exit(128 + number);
      controller.abort(new Interrupted(128 + number));
    };
    process.on(name, handler);
    return [name, handler] as const;
  });
  try {
    return await run(controller.signal);
  } catch (error) {
    // Some failures are only what an abort has led to.
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    for (const [name, handler] of handlers) process.off(name, handler);
  }
}
