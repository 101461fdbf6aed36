/**
 * Ports of programs that are told where to listen.
 *
 * @module
 */
import type { Peer } from "./peer.ts";

const START_TIMEOUT_MS = 20_000;

/** A port that was free a moment ago. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

/** Waits until a program accepts connections. */
export async function listens(port: number, program: Peer): Promise<void> {
  const end = Date.now() + START_TIMEOUT_MS;
  while (true) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch {
      if (program.end !== undefined || Date.now() > end) {
        throw new Error(
          `the program did not start: ${program.end}\n${program.log}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
