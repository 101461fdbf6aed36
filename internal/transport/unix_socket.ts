/**
 * The file of a server's Unix socket: it outlives a process that is killed, and
 * a second server must not take it from one that lives.
 */

import {
  type BigIntStats,
  linkSync,
  lstatSync,
  renameSync,
  unlinkSync,
} from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import process from "node:process";
import { setTimeout } from "node:timers";

/**
 * Longest path in bytes: `sun_path` of unix(7) has 108 with the zero at its end,
 * that of macOS and the BSDs 104.
 */
const MAX_PATH_BYTES = process.platform === "linux" ? 107 : 103;

/**
 * A socket refuses connections between `bind` and `listen` too. One that still
 * does after this time, in milliseconds, is not about to listen.
 */
const SECOND_LOOK_MS = 50;

/** An attempt to connect that takes longer, in milliseconds, has found a server. */
const PROBE_TIMEOUT_MS = 1000;

/** Which file it is, whatever its path and its mode. */
type Identity = string;

/**
 * Makes room for a socket: removes one on which no process listens.
 *
 * Of several starters that find the same dead socket, one gets the path: each
 * moves the file away before it looks whether it is still the dead one, and puts
 * it back if it is not.
 *
 * @param path Where a server wants to listen. A leading zero byte is an abstract
 * socket of Linux, which has no file.
 * @throws {Error} When it is in use.
 */
export async function clearSocketPath(path: string): Promise<void> {
  if (isAbstract(path)) return;
  const dead = await deadSocket(path);
  if (dead === undefined) return;
  await new Promise((resolve) => setTimeout(resolve, SECOND_LOOK_MS));
  if (await deadSocket(path) === dead) remove(path, dead);
}

/** A socket that this process has bound. */
export class BoundSocket {
  readonly #path: string;
  readonly #identity: Identity | undefined;

  /** @param path Where it is bound. */
  constructor(path: string) {
    this.#path = path;
    this.#identity = isAbstract(path) ? undefined : identityOf(path);
  }

  /** Whether it is still there. */
  isOurs(): boolean {
    return this.#identity !== undefined &&
      identityOf(this.#path) === this.#identity;
  }

  /**
   * Closes the listener. The runtimes then remove what is at its path, whatever
   * it is: another server's socket is kept from them.
   *
   * @param close Closes the listener before it returns.
   */
  release(close: () => void): void {
    const path = this.#path;
    const found = this.#identity && identityOf(path);
    if (found === undefined || found === this.#identity) return close();
    const aside = besides(path);
    const isAside = tryTo(() => linkSync(path, aside));
    close();
    if (isAside) putBack(aside, path);
  }
}

/**
 * Says why a socket could not be bound.
 *
 * @param path Its path.
 * @param error What the runtime says.
 */
export function bindProblem(path: string, error: Error): string {
  const folder = dirname(path);
  const code = (error as { code?: string }).code ??
    /^listen (E[A-Z]+)/.exec(error.message)?.[1] ??
    // Bun's text has no more than the path.
    (error.message === `Failed to listen at ${path}` && !exists(folder)
      ? "ENOENT"
      : undefined);
  switch (code) {
    case "EADDRINUSE":
      return "the address is in use: another server listens there";
    case "ENOENT":
    case "ENOTDIR":
      return `there is no folder ${folder}, or none for files (${code})`;
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return `this process may not make a file in ${folder} (${code})`;
    default:
      return error.message;
  }
}

function isAbstract(path: string): boolean {
  return path.startsWith("\0");
}

/**
 * Checks the path of a Unix socket, before anything is done with it.
 *
 * @throws {TypeError} When no socket can have it.
 */
export function checkSocketPath(path: string): void {
  if (path === "") {
    throw new TypeError("Cannot use option path: it is empty");
  }
  if (path.includes("\0", 1)) {
    throw new TypeError("Cannot use option path: it has a zero byte in it");
  }
  if (isAbstract(path) && process.platform !== "linux") {
    throw new TypeError(
      "Cannot use option path: only Linux has abstract sockets",
    );
  }
  const bytes = new TextEncoder().encode(path).length;
  if (bytes > MAX_PATH_BYTES) {
    throw new TypeError(
      `Cannot use option path: it has ${bytes} bytes, and the path of a Unix ` +
        `socket at most ${MAX_PATH_BYTES}`,
    );
  }
}

/**
 * The socket at a path on which no process listens; `undefined` when the path is
 * free.
 *
 * @throws {Error} When something else is there.
 */
async function deadSocket(path: string): Promise<Identity | undefined> {
  const stats = statsOf(path);
  if (stats === undefined) return undefined;
  if (!stats.isSocket()) {
    throw inUse(`${kindOf(stats)} is there, and is left as it is`);
  }
  const problem = await probe(path);
  switch (problem) {
    case "ECONNREFUSED":
      return identityOfStats(stats);
    case "ENOENT":
      return undefined;
    case undefined:
      throw inUse("another server listens there");
    default:
      throw inUse(
        `a socket is there, and whether a server listens is not known (${problem})`,
      );
  }
}

function inUse(reason: string): Error {
  return new Error(`the address is in use: ${reason}`);
}

function kindOf(stats: BigIntStats): string {
  if (stats.isDirectory()) return "a folder";
  if (stats.isSymbolicLink()) return "a symbolic link";
  return "a file that is no socket";
}

/** Connects; gives the code of the failure, `undefined` when there was none. */
function probe(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.setTimeout(PROBE_TIMEOUT_MS);
    socket.once("connect", () => resolve(undefined));
    socket.once("timeout", () => resolve("ETIMEDOUT"));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
    socket.once("connect", () => socket.destroy());
    socket.once("timeout", () => socket.destroy());
  });
}

/** Removes a dead socket, and nothing that has come in its place. */
function remove(path: string, dead: Identity): void {
  const aside = besides(path);
  if (!mayWrite(aside)) {
    // Nothing but the path itself may be changed: there is an instant between the two.
    if (identityOf(path) === dead) tryTo(() => unlinkSync(path));
    return;
  }
  if (!tryTo(() => renameSync(path, aside))) return;
  if (identityOf(aside) === dead) tryTo(() => unlinkSync(aside));
  else putBack(aside, path);
}

/** Moves a socket to its path, unless there is another by now. */
function putBack(aside: string, path: string): void {
  tryTo(() => linkSync(aside, path));
  tryTo(() => unlinkSync(aside));
}

function besides(path: string): string {
  return `${path}.${crypto.randomUUID()}`;
}

/** Deno would ask its user for what was not granted. */
function mayWrite(path: string): boolean {
  const { permissions } = (globalThis as {
    Deno?: {
      permissions?: {
        querySync?(what: { name: string; path: string }): { state: string };
      };
    };
  }).Deno ?? {};
  const status = permissions?.querySync?.({ name: "write", path });
  return status === undefined || status.state === "granted";
}

function exists(path: string): boolean {
  return identityOf(path) !== undefined;
}

function statsOf(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

function identityOf(path: string): Identity | undefined {
  try {
    const stats = statsOf(path);
    return stats && identityOfStats(stats);
  } catch {
    return undefined;
  }
}

function identityOfStats(stats: BigIntStats): Identity {
  const { dev, ino, birthtimeNs } = stats;
  return `${dev} ${ino} ${birthtimeNs}`;
}

/** Whether it went well. */
function tryTo(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
