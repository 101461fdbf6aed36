/**
 * A server of ours that must hold no more after its clients than before them.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { connect, type FlightClient } from "../../../mod.ts";
import { interopFile } from "../programs/paths.ts";
import { Peer } from "../programs/peer.ts";
import { programOf, type Runtime } from "../programs/programs.ts";
import type { ServerState } from "./server_state.ts";
import { settled } from "./settled.ts";

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

/** Timeout for operations that take a few seconds. */
const TIMEOUT_MS = 60_000;

const POLL_MS = 100;

/** Test that uses the server. */
export interface MeasuredRun {
  /** Makes the runtime grow to the size that it needs. */
  warmUp(port: string, client: FlightClient): Promise<void>;
  /** Runs the clients, which must leave nothing behind. */
  run(port: string, client: FlightClient): Promise<void>;
}

/** The command that runs a file whose memory can be measured. */
export async function measurableProgramOf(
  runtime: Runtime,
): Promise<readonly string[]> {
  const option = runtime === "deno" ? "--v8-flags=--expose-gc" : "--expose-gc";
  return [...await programOf(runtime), option];
}

/**
 * Runs clients of a server, and measures it before and after. Any action tells
 * its state; it ends in order when its standard input does.
 *
 * @param program Runs a file, as {@linkcode measurableProgramOf} says.
 * @param file The server.
 * @returns A description of the resources of the server before and after.
 * @throws {Error} When it holds more, or does not end in order, or writes
 * unexpected output to standard error.
 */
export async function measure(
  program: readonly string[],
  file: string,
  { warmUp, run }: MeasuredRun,
): Promise<string> {
  await using server = new Peer([...GIVE_BACK, ...program, interopFile(file)]);
  const port = await server.port();
  try {
    await using client = connect(`grpc://127.0.0.1:${port}`);
    await warmUp(port, client);
    // Deno's output about its packages is of no interest.
    const started = server.log.length;
    await settled(async () => (await stateOf(client)).sockets ?? 0);
    const before = await stateWhere(client, (state) => problemOf(state, state));
    await run(port, client);
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

async function stateOf(client: FlightClient): Promise<ServerState> {
  const options = { timeoutMs: TIMEOUT_MS };
  for await (const state of client.doAction({ type: "state" }, options)) {
    return state.json();
  }
  throw new Error("the server does not tell its state");
}

/**
 * Waits for a state without a problem.
 *
 * @throws {Error} With the problem that is still there after a minute.
 */
export async function stateWhere(
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

/** Describes resources that a server should have released. */
function problemOf(
  state: ServerState,
  before: ServerState,
): string | undefined {
  const isBack = !state.streams && state.sockets === before.sockets &&
    state.rssMib <= before.rssMib + MAX_GROWTH_MIB.rssMib &&
    state.heapMib <= before.heapMib + MAX_GROWTH_MIB.heapMib;
  return isBack ? undefined : `${textOf(before)} before, now ${textOf(state)}`;
}

function textOf(
  { streams, sockets, rssMib, heapMib }: ServerState,
): string {
  const counted = streams === undefined ? "" : `${streams} streams, `;
  return `${counted}${sockets ?? "unknown"} sockets, ` +
    `${rssMib.toFixed()} MiB (${heapMib.toFixed()} MiB in JavaScript)`;
}
