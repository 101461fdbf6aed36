/**
 * The file of a server's Unix socket. It outlives a process that is killed, and
 * a second server must not take it from a running one.
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
 * Longest path, in bytes: `sun_path` of unix(7) has 108 with the final zero,
 * that of macOS and the BSDs 104.
 */
const MAX_PATH_BYTES = process.platform === "linux" ? 107 : 103;

/**
 * Delay before a second look, in milliseconds: a socket also refuses
 * connections between `bind` and `listen`. One that still does afterwards is
 * not about to listen.
 */
const SECOND_LOOK_MS = 50;

/**
 * Time after which a pending attempt to connect means that there is a server,
 * in milliseconds.
 */
const PROBE_TIMEOUT_MS = 1000;

/** Identity of a file, independent of its path and its mode. */
type Identity = string;

/**
 * Makes room for a socket: removes one on which no process listens. If several
 * processes find the same dead socket, one gets the path: each moves the file
 * away before it checks that it is still the dead one, and puts it back if not.
 *
 * Of several starters that find the same dead socket, one gets the path: each
 * moves the file away before it looks whether it is still the dead one, and puts
 * it back if it is not.
 *
 * @param path The path on which a server wants to listen. A leading zero byte
 * means an abstract socket of Linux, which has no file.
 * @throws {Error} When it is in use.
 */
export async function clearSocketPath(path: string): Promise<void> {
  if (isAbstract(path)) return;
  const dead = await deadSocket(path);
  if (dead === undefined) return;
  await new Promise((resolve) => setTimeout(resolve, SECOND_LOOK_MS));
  if (await deadSocket(path) === dead) remove(path, dead);
}

/** Socket that this process has bound. */
export class BoundSocket {
  readonly #path: string;
  readonly #identity: Identity | undefined;

  /** @param path Its path. */
  constructor(path: string) {
    this.#path = path;
    this.#identity = isAbstract(path) ? undefined : identityOf(path);
  }

  /** Reports whether the file is still there. */
  isOurs(): boolean {
    return this.#identity !== undefined &&
      identityOf(this.#path) === this.#identity;
  }

  /**
   * Closes the listener. The runtimes then remove any file at its path: this
   * protects the socket of another server.
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
 * Explains why a socket could not be bound.
 *
 * @param path Its path.
 * @param error The error of the runtime.
 */
export function bindProblem(path: string, error: Error): string {
  const folder = dirname(path);
  const code = (error as { code?: string }).code ??
    /^listen (E[A-Z]+)/.exec(error.message)?.[1];
  // Bun's text has only the path; Node.js says EACCES, as libuv does on every platform.
  const isUnclear = code === "EACCES" ||
    code === undefined && error.message === `Failed to listen at ${path}`;
  switch (isUnclear && !exists(folder) ? "ENOENT" : code) {
    case "EADDRINUSE":
      return "the address is in use: another server listens there";
    case "ENOENT":
    case "ENOTDIR":
      return `there is no folder ${folder} (${
        code === "ENOTDIR" ? code : "ENOENT"
      })`;
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
 * @throws {TypeError} When it is not possible for a socket.
 */
export function checkSocketPath(path: string): void {
  if (path === "") {
    throw new TypeError("Cannot use option path: it is empty");
  }
  if (path.includes("\0", 1)) {
    throw new TypeError("Cannot use option path: it contains a zero byte");
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
 * Returns the socket at a path on which no process listens; `undefined` if the
 * path is free.
 *
 * @throws {Error} When something else is there.
 */
async function deadSocket(path: string): Promise<Identity | undefined> {
  const stats = statsOf(path);
  if (stats === undefined) return undefined;
  if (!stats.isSocket()) {
    throw inUse(`${kindOf(stats)} is there, and is left alone`);
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
        `a socket is there, and it is unknown if a server listens (${problem})`,
      );
  }
}

function inUse(reason: string): Error {
  return new Error(`the address is in use: ${reason}`);
}

function kindOf(stats: BigIntStats): string {
  if (stats.isDirectory()) return "a folder";
  if (stats.isSymbolicLink()) return "a symbolic link";
  return "a file that is not a socket";
}

/**
 * Connects; returns the code of the failure, or `undefined` if there was none.
 */
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

/** Removes a dead socket, but no file that has taken its place. */
function remove(path: string, dead: Identity): void {
  const aside = besides(path);
  if (!mayWrite(aside)) {
    // Only the path itself may be changed: there is an instant between the two.
    if (identityOf(path) === dead) tryTo(() => unlinkSync(path));
    return;
  }
  if (!tryTo(() => renameSync(path, aside))) return;
  if (identityOf(aside) === dead) tryTo(() => unlinkSync(aside));
  else putBack(aside, path);
}

/** Moves a socket back to its path, unless there is another by now. */
function putBack(aside: string, path: string): void {
  tryTo(() => linkSync(aside, path));
  tryTo(() => unlinkSync(aside));
}

function besides(path: string): string {
  return `${path}.${crypto.randomUUID()}`;
}

/** Deno would prompt for a permission that was not granted. */
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

/** Runs an action, and returns true if it did not throw. */
function tryTo(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
