/**
 * The server of ours whose clients vanish, on any runtime that is started with
 * `gc` exposed:
 *
 *     vanishing_server.ts
 *
 * A ticket is the number of batches of 1 MiB. Any action tells its state. Prints
 * its port on the first line. When its standard input ends it shuts down, and
 * then has nothing left that would keep it.
 *
 * @module
 */
import { readdirSync, readlinkSync } from "node:fs";
import process from "node:process";
import type { RecordBatch } from "apache-arrow";
import { serve } from "../../mod.ts";
import { bigBatch } from "./big_stream.ts";

/** What a server holds, after its garbage has been collected. */
export interface ServerState {
  /** Streams that were begun and have not come to an end. */
  readonly streams: number;
  /** Sockets; undefined where the system does not tell. */
  readonly sockets?: number | undefined;
  /** Memory of the process, in MiB. */
  readonly rssMib: number;
  /** What JavaScript holds of it, buffers too, in MiB. */
  readonly heapMib: number;
}

let streams = 0;

function* batches(count: number): Generator<RecordBatch> {
  streams++;
  try {
    for (let index = 0; index < count; index++) yield bigBatch(index);
  } finally {
    streams--;
  }
}

function state(): ServerState {
  (globalThis as unknown as { gc(): void }).gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    streams,
    sockets: sockets(),
    rssMib: rss / 2 ** 20,
    heapMib: (heapUsed + external) / 2 ** 20,
  };
}

function sockets(): number | undefined {
  const folder = "/proc/self/fd";
  try {
    return readdirSync(folder).filter((name) => isSocket(`${folder}/${name}`))
      .length;
  } catch {
    return undefined;
  }
}

function isSocket(path: string): boolean {
  try {
    return readlinkSync(path).startsWith("socket:");
  } catch {
    // It has been closed since the folder was read.
    return false;
  }
}

const server = await serve({
  doGet: ({ ticket }) => batches(Number(new TextDecoder().decode(ticket))),
  *doAction() {
    yield { body: new TextEncoder().encode(JSON.stringify(state())) };
  },
});
console.log(server.port);
// Whoever started this holds its standard input open.
process.stdin.on("end", () => server.shutdown()).resume();
