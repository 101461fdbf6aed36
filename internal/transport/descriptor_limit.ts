/**
 * Limits connections by the file descriptors of the process: each connection
 * takes one, and a process without any left can do little, not even refuse.
 */

import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";

import { maxConnectionsOf, type ServerLimits } from "./options.ts";

/** Most descriptors that are held back. */
const MAX_RESERVE = 1024;

/** Deno's permissions. */
const DENO_PERMISSIONS = ["read", "write", "net", "env", "sys", "run", "ffi"];

/**
 * Returns the checked `maxConnections`, or less if the process has too few
 * descriptors. A quarter of the free ones, but at most 1024, is held back: for
 * connections that are accepted only to be closed, and for files that handlers
 * open. A warning reports a lower value.
 *
 * The limit is known if `/proc` can be read without a prompt: on Linux, and on
 * Deno only with all permissions.
 *
 * @throws {RangeError} When `maxConnections` is out of range.
 */
export function connectionRoomOf(options: ServerLimits): number {
  const maxConnections = maxConnectionsOf(options);
  const free = freeDescriptors();
  if (free === undefined) return maxConnections;
  const reserve = Math.min(MAX_RESERVE, Math.ceil(free / 4));
  const room = Math.max(1, free - reserve);
  if (room >= maxConnections) return maxConnections;
  warn(
    `maxConnections is ${maxConnections}, but this process may have only ` +
      `${free} more open files and sockets (ulimit -n): connections beyond ` +
      `${room} are closed as soon as they are accepted`,
  );
  return room;
}

const warnings = new Set<string>();

/** Warns once: a process may have many servers. */
function warn(text: string): void {
  if (warnings.has(text)) return;
  warnings.add(text);
  process.emitWarning(text, "FlightWarning");
}

function freeDescriptors(): number | undefined {
  if (process.platform !== "linux" || !mayReadProc()) return undefined;
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const soft = Number(/^Max open files +(\d+)/m.exec(limits)?.[1]);
    if (!Number.isInteger(soft)) return undefined;
    return Math.max(0, soft - readdirSync("/proc/self/fd").length);
  } catch {
    return undefined;
  }
}

/** Reports whether Deno would neither refuse nor prompt. */
function mayReadProc(): boolean {
  const { permissions } = (globalThis as {
    Deno?: {
      permissions?: { querySync?(what: { name: string }): { state: string } };
    };
  }).Deno ?? {};
  return permissions?.querySync === undefined ||
    DENO_PERMISSIONS.every((name) =>
      permissions.querySync!({ name }).state === "granted"
    );
}
