/**
 * A server of ours lives on, and is as it was, after clients have vanished in
 * the middle of a stream.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { connect, type FlightClient } from "../../mod.ts";
import { checkBigBatch } from "./big_stream.ts";
import { BUN_VERSION } from "./bun.ts";
import type { Column, Outcome, Part } from "./part.ts";
import { besides } from "./paths.ts";
import { Peer } from "./peer.ts";
import { programOf, type Runtime } from "./programs.ts";
import { settled } from "./settled.ts";
import type { ServerState } from "./vanishing_server.ts";

/** So many clients are there at the same time, in one process. */
const CLIENTS = 200;
const PROCESSES = 5;

/** The cases, with what vanishing_client.ts calls their clients. */
const CASES: Readonly<Record<string, string>> = {
  [`${CLIENTS * PROCESSES} vanishing clients with the largest windows`]: "raw",
  [`${CLIENTS * PROCESSES} vanishing clients of this package`]: "own",
};

/**
 * Less than what 1,000 clients would leave who left a connection each: 15 KiB of
 * objects, or a buffer of 64 KiB.
 */
const MAX_GROWTH_MIB = { rssMib: 60, heapMib: 8 };

/**
 * Makes the C library give back at once what Deno frees. It would keep hundreds
 * of MiB, more or less from run to run, to be used again.
 */
const GIVE_BACK = ["env", "MALLOC_MMAP_THRESHOLD_=65536"];

/** Batches of 1 MiB that the server must still be able to send. */
const BATCHES = 16;

/** How long something may take that takes a few seconds. */
const TIMEOUT_MS = 60_000;

const POLL_MS = 100;

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
  const program = runtime === "deno"
    ? [...await programOf(runtime), "--v8-flags=--expose-gc"]
    : [...await programOf(runtime), "--expose-gc"];
  return {
    title,
    ours: "server",
    runtime,
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
async function vanish(
  program: readonly string[],
  kind: string,
): Promise<string> {
  await using server = new Peer([
    ...GIVE_BACK,
    ...program,
    besides("vanishing_server.ts"),
  ]);
  const port = await server.port();
  try {
    await using client = connect(`grpc://127.0.0.1:${port}`);
    const clients = [...program, besides("vanishing_client.ts"), kind, port];
    // The first ones make the runtime grow to the size that it needs.
    await runClients(clients);
    // What Deno says of its packages is of no interest.
    const started = server.log.length;
    await settled(async () => (await stateOf(client)).sockets ?? 0);
    const before = await stateWhere(client, (state) => problemOf(state, state));
    for (let round = 0; round < PROCESSES; round++) await runClients(clients);
    await checkGet(client);
    const after = await stateWhere(client, (state) => problemOf(state, before));
    await client.close();
    assertEquals(await server.close(TIMEOUT_MS), "exit code 0");
    assertEquals(server.log.slice(started), "");
    return `${textOf(before)} before, ${textOf(after)} after`;
  } catch (error) {
    await server.hasEnded(0);
    const end = server.end === undefined ? "" : `\nthe server: ${server.end}`;
    throw new Error(`${(error as Error).message}${end}\n${server.log}`);
  }
}

/** Clients in a process that is killed while a third of them is still there. */
async function runClients(command: readonly string[]): Promise<void> {
  await using clients = new Peer([...command, String(CLIENTS)]);
  const line = await clients.line(TIMEOUT_MS);
  if (typeof line !== "object") {
    throw new Error(`the clients: ${clients.end ?? line}\n${clients.log}`);
  }
}

async function checkGet(client: FlightClient): Promise<void> {
  let index = 0;
  const options = { timeoutMs: TIMEOUT_MS };
  for await (const batch of client.doGet(String(BATCHES), options)) {
    checkBigBatch(batch, index++);
  }
  assertEquals(index, BATCHES);
}

async function stateOf(client: FlightClient): Promise<ServerState> {
  const options = { timeoutMs: TIMEOUT_MS };
  for await (const { body } of client.doAction({ type: "state" }, options)) {
    return JSON.parse(new TextDecoder().decode(body));
  }
  throw new Error("the server does not tell its state");
}

/** Waits for a state without a problem. */
async function stateWhere(
  client: FlightClient,
  problem: (state: ServerState) => string | undefined,
): Promise<ServerState> {
  const deadline = performance.now() + TIMEOUT_MS;
  while (true) {
    const state = await stateOf(client);
    const why = problem(state);
    if (why === undefined) return state;
    assert(performance.now() < deadline, why);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** What a server still holds that it should not. */
function problemOf(
  state: ServerState,
  before: ServerState,
): string | undefined {
  const isBack = state.streams === 0 && state.sockets === before.sockets &&
    state.rssMib <= before.rssMib + MAX_GROWTH_MIB.rssMib &&
    state.heapMib <= before.heapMib + MAX_GROWTH_MIB.heapMib;
  return isBack ? undefined : `${textOf(before)} before, now ${textOf(state)}`;
}

function textOf(
  { streams, sockets, rssMib, heapMib }: ServerState,
): string {
  return `${streams} streams, ${sockets ?? "unknown"} sockets, ` +
    `${rssMib.toFixed()} MiB (${heapMib.toFixed()} MiB in JavaScript)`;
}
