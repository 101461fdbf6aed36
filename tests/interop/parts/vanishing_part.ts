/**
 * A server of ours lives on, and is as it was, after clients have vanished in
 * the middle of a stream.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { FlightClient } from "../../../mod.ts";
import { checkBigBatch } from "../load/big_stream.ts";
import { BUN_VERSION } from "../programs/bun.ts";
import {
  measurableProgramOf,
  measure,
  stateWhere,
} from "../load/measured_server.ts";
import type { Column, Outcome, Part } from "./part.ts";
import { interopFile } from "../programs/paths.ts";
import { Peer } from "../programs/peer.ts";
import type { Runtime } from "../programs/programs.ts";

/** So many clients are there at the same time, in one process. */
const CLIENTS = 200;
const PROCESSES = 5;

/** So many of them stay until their process is killed. */
const STAYING = Math.floor(CLIENTS / 3);

/** At least as many as the server has for itself and for its measurement. */
const OTHER_SOCKETS = 10;

/** The cases, with what vanishing_client.ts calls their clients. */
const CASES: Readonly<Record<string, string>> = {
  [`${CLIENTS * PROCESSES} vanishing clients with the largest windows`]: "raw",
  [`${CLIENTS * PROCESSES} vanishing clients of this package`]: "own",
};

/** Batches of 1 MiB that the server must still be able to send. */
const BATCHES = 16;

/** Timeout for operations that take a few seconds. */
const TIMEOUT_MS = 60_000;

/** Makes the part. */
export async function vanishingPart(
  runtimes: readonly Runtime[],
): Promise<Part> {
  const columns = await Promise.all(runtimes.map(columnOf));
  return {
    columns,
    tables: ["Clients that vanish"],
    place: (row) => ({ table: "Clients that vanish", row, operation: "" }),
  };
}

async function columnOf(runtime: Runtime): Promise<Column> {
  const title = runtime === "deno"
    ? `Deno ${Deno.version.deno}`
    : `Bun ${BUN_VERSION}`;
  const program = await measurableProgramOf(runtime);
  return {
    title,
    async *run(filter): AsyncGenerator<Outcome> {
      for (const [name, kind] of Object.entries(CASES)) {
        if (!name.includes(filter)) continue;
        try {
          console.log(`${title}: ${name}: ${await vanish(program, kind)}`);
          yield { name, error: undefined };
        } catch (error) {
          yield { name, error: (error as Error).message };
        }
      }
    },
  };
}

/** Runs a case; says what the server held before and after. */
function vanish(program: readonly string[], kind: string): Promise<string> {
  const vanishing = (port: string, client: FlightClient) =>
    runClients([
      ...program,
      interopFile("load/vanishing_client.ts"),
      kind,
      port,
    ], client);
  return measure(program, "load/vanishing_server.ts", {
    warmUp: vanishing,
    async run(port, client) {
      for (let round = 0; round < PROCESSES; round++) {
        await vanishing(port, client);
      }
      await checkGet(client);
    },
  });
}

/**
 * Clients in a process that is killed while a third of them is still there, and
 * the server has let go of the others.
 */
async function runClients(
  command: readonly string[],
  client: FlightClient,
): Promise<void> {
  await using clients = new Peer([...command, String(CLIENTS)]);
  const line = await clients.line(TIMEOUT_MS);
  if (typeof line !== "object") {
    throw new Error(`the clients: ${clients.end ?? line}\n${clients.log}`);
  }
  await stateWhere(
    client,
    ({ streams = 0, sockets = 0 }) =>
      streams > STAYING || sockets > STAYING + OTHER_SOCKETS
        ? `${STAYING} clients have stayed, but there are ${streams} streams ` +
          `and ${sockets} sockets`
        : undefined,
  );
}

async function checkGet(client: FlightClient): Promise<void> {
  let index = 0;
  const options = { timeoutMs: TIMEOUT_MS };
  for await (const batch of client.doGet(String(BATCHES), options)) {
    checkBigBatch(batch, index++);
  }
  assertEquals(index, BATCHES);
}
