/** Servers that end with their process. */

import process from "node:process";

import { handled } from "../base/handled.ts";

/** Something that a process serves. */
interface Server {
  readonly closed: Promise<void>;
  shutdown(options: { readonly timeoutMs?: number }): Promise<void>;
}

/** Signals by which terminals and service managers end a process. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * Shuts a server down when the process is asked to end: with the first signal in
 * the time that the server allows, with the next at once. Afterwards signals have
 * the effect that they had before.
 *
 * @param server The server.
 */
export function shutdownOnSignals(server: Server): void {
  let isAskedAgain = false;
  const shutdown = (): void => {
    const options = isAskedAgain ? { timeoutMs: 0 } : {};
    isAskedAgain = true;
    handled(server.shutdown(options));
  };
  for (const signal of SIGNALS) process.on(signal, shutdown);
  const forget = (): void => {
    for (const signal of SIGNALS) process.off(signal, shutdown);
  };
  server.closed.then(forget, forget);
}
