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
 * @throws {Error} When the client says nothing for long, or ends otherwise than in order.
 */
export async function* reportedCases(
  client: Peer,
  server: Peer,
): AsyncGenerator<Outcome> {
  while (true) {
    const next = await client.line(CASE_TIMEOUT_MS);
    if (next === "end") break;
    if (next === "timeout") {
      throw new Error(`the client: no answer\n${client.log}\n${server.log}`);
    }
    const { name, error, note } = JSON.parse(next.line);
    yield { name, error: error ?? undefined, note };
  }
  const end = await client.close(CASE_TIMEOUT_MS);
  if (end === "exit code 0") return;
  throw new Error(`the client: ${end ?? "no end"}\n${client.log}`);
}
