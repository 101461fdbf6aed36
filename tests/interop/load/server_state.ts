/**
 * Resources of a server of the tests, on any runtime that is started with `gc`
 * exposed.
 *
 * @module
 */
import { readdirSync, readlinkSync } from "node:fs";
import process from "node:process";

/** Resources of a server after garbage collection. */
export interface ServerState {
  /** Streams that were begun and have not come to an end, where they are counted. */
  readonly streams?: number | undefined;
  /** Sockets; undefined where the system does not tell. */
  readonly sockets?: number | undefined;
  /** Memory of the process, in MiB. */
  readonly rssMib: number;
  /** Memory held by JavaScript, including buffers, in MiB. */
  readonly heapMib: number;
}

/** The state of this process, as a result of an action. */
export function serverState(streams?: number): Uint8Array {
  (globalThis as unknown as { gc(): void }).gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  const state: ServerState = {
    streams,
    sockets: sockets(),
    rssMib: rss / 2 ** 20,
    heapMib: (heapUsed + external) / 2 ** 20,
  };
  return new TextEncoder().encode(JSON.stringify(state));
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
