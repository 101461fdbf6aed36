/**
 * A client that runs all of its cases by itself, and prints a line of JSON for each.
 *
 * @module
 */
import type { Outcome } from "../parts/part.ts";
import type { Peer } from "./peer.ts";

/** Longest time that a case may take; most take milliseconds. */
export const CASE_TIMEOUT_MS = 60_000;

/**
 * Reads what became of each case.
 *
 * @param client The client.
 * @param server The server whose output belongs to an error, if there is one.
 * @param firstTimeoutMs Time for the first case, before which a client may have to install something.
 * @throws {Error} When the client says nothing for long, or ends otherwise than in order.
 */
export async function* reportedCases(
  client: Peer,
  server?: Peer,
  firstTimeoutMs: number = CASE_TIMEOUT_MS,
): AsyncGenerator<Outcome> {
  let timeoutMs = firstTimeoutMs;
  while (true) {
    const next = await client.line(timeoutMs);
    timeoutMs = CASE_TIMEOUT_MS;
    if (next === "end") break;
    if (next === "timeout") {
      const log = server === undefined ? "" : `\n${server.log}`;
      throw new Error(`the client: no answer\n${client.log}${log}`);
    }
    const { name, error, note } = JSON.parse(next.line);
    yield { name, error: error ?? undefined, note };
  }
  const end = await client.close(CASE_TIMEOUT_MS);
  if (end === "exit code 0") return;
  throw new Error(`the client: ${end ?? "no end"}\n${client.log}`);
}
