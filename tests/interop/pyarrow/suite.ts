/**
 * One client against one server: every case, even after hangs and crashes.
 *
 * @module
 */
import type { CaseLine } from "./case_runner.ts";
import type { Outcome } from "../parts/part.ts";
import { Peer } from "../programs/peer.ts";

/** A case that takes longer hangs. */
const CASE_TIMEOUT_MS = 90_000;

/** The case in which the server ends its own process. */
const ENDS_THE_SERVER = "server gone";

/** A server that crashes does so about when its client sees an error. */
const CRASH_GRACE_MS = 300;

/** So many cases that hang are enough: the rest would take too long. */
const MAX_HANGS = 3;

/** Client and server of a suite. */
export interface Suite {
  /** Starts the server. */
  readonly server: readonly string[];
  /** Starts the client, which is given a port and the names of cases. */
  readonly client: readonly string[];
}

/**
 * Runs cases.
 *
 * A server and a client run many of them; both are started anew after a case
 * that hung or that ended one of them.
 *
 * @param suite Who talks to whom.
 * @param names The cases.
 * @returns What became of each, in the same order.
 */
export async function* runSuite(
  { server, client }: Suite,
  names: readonly string[],
): AsyncGenerator<Outcome> {
  let left = names;
  let hangs = 0;
  while (left.length > 0) {
    if (hangs === MAX_HANGS) {
      for (const name of left) {
        yield { name, error: `not run: ${MAX_HANGS} cases hung before` };
      }
      return;
    }
    await using serverPeer = new Peer(server);
    const port = await serverPeer.port();
    await using clientPeer = new Peer([...client, port, JSON.stringify(left)]);
    while (left.length > 0) {
      const outcome = await nextOutcome(left[0]!, clientPeer, serverPeer);
      yield outcome.error === undefined ? outcome : {
        name: outcome.name,
        error: `${outcome.error}\n${indent("server", serverPeer.log)}${
          indent("client", clientPeer.log)
        }`,
      };
      left = left.slice(1);
      if (outcome.hung) hangs++;
      // Its process is about to end: the next case would still find it there.
      if (outcome.name === ENDS_THE_SERVER) {
        await serverPeer.hasEnded(CASE_TIMEOUT_MS);
      }
      if (outcome.restart || serverPeer.end !== undefined) break;
    }
  }
}

function indent(who: string, log: string): string {
  return log.trim().split("\n").slice(-12)
    .map((line) => line && `  ${who}: ${line}\n`).join("");
}

async function nextOutcome(
  name: string,
  client: Peer,
  server: Peer,
): Promise<Outcome & { restart: boolean; hung: boolean }> {
  while (true) {
    const next = await client.line(CASE_TIMEOUT_MS);
    if (next === "timeout") {
      const error = `no end within ${CASE_TIMEOUT_MS / 1000} s`;
      return { name, error, restart: true, hung: true };
    }
    if (next === "end") {
      await client.hasEnded(CRASH_GRACE_MS);
      const error = `the client ended: ${client.end}`;
      return { name, error, restart: true, hung: false };
    }
    const line = parse(next.line);
    if (line === undefined || !("end" in line)) continue;
    if (line.error === undefined) {
      return { name, error: undefined, restart: false, hung: false };
    }
    const crashed = await server.hasEnded(CRASH_GRACE_MS);
    const error = crashed
      ? `${line.error}\nthe server ended: ${server.end}`
      : line.error;
    return { name, error, restart: crashed, hung: false };
  }
}

/** C++ writes to standard output too, where it thinks it must. */
function parse(line: string): CaseLine | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
