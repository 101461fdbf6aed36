/**
 * Sockets of Bun without TLS. Their chunks have been copied twice when they come: by the kernel into a buffer of
 * Bun's, and from there to memory of their own, which counts as garbage even if it is freed at once. The bytes that
 * wait behind a chunk can be read to their place by the descriptor of the socket, which is not blocking.
 */

import * as fs from "node:fs";
import type { Socket } from "node:net";
import process from "node:process";

import type { SocketInput } from "./socket_input.ts";

/** Size of Bun's buffer, in bytes: behind a chunk of this size, more is waiting. */
const FULL_CHUNK_BYTES: number = 512 * 1024;

/**
 * Most bytes that are read behind a chunk: messages are read by the application only after that, and
 * those that wait have memory that cannot be used again.
 */
const MAX_BEHIND_BYTES: number = 1024 * 1024;

const IS_BUN = "Bun" in globalThis;

/** Bun's socket below that of `node:net`: not a public part of it. */
interface Handle {
  /** The descriptor; -1 once it is closed. */
  readonly fd?: unknown;
}

/** Reports whether the bytes behind a chunk can be read. */
export function canReadBehind(socket: Socket): boolean {
  const { encrypted } = socket as { encrypted?: boolean };
  return IS_BUN && !encrypted && process.platform !== "win32";
}

/**
 * Reads bytes that wait behind a chunk.
 *
 * @param socket The socket, which has just delivered the chunk.
 * @param chunkBytes Length of the chunk.
 * @param input Chooses the memory, and takes the bytes.
 */
export function readBehind(
  socket: Socket,
  chunkBytes: number,
  input: SocketInput,
): void {
  if (chunkBytes < FULL_CHUNK_BYTES) return;
  let left = MAX_BEHIND_BYTES;
  while (left > 0) {
    // The bytes before may have ended or paused it. Chunks that came in a pause are before all that is not read.
    if (socket.isPaused() || socket.readableLength > 0) return;
    const fd = descriptorOf(socket);
    if (fd === undefined) return;
    const memory = input.next() ?? input.memory;
    const bytes = readNow(fd, memory);
    if (bytes === 0) return;
    input.read(bytes);
    left -= bytes;
  }
}

/** Finds the descriptor of a socket; undefined once it is closed, when another one may have its number. */
function descriptorOf(socket: Socket): number | undefined {
  const { _handle: handle } = socket as { _handle?: Handle | null };
  const fd = handle?.fd;
  return typeof fd === "number" && fd >= 0 && !socket.destroyed
    ? fd
    : undefined;
}

/** Reads bytes that have come; returns 0 if there are none. */
function readNow(fd: number, memory: Uint8Array): number {
  try {
    return fs.readSync(fd, memory, 0, memory.length, null);
  } catch {
    // Most of all EAGAIN. The socket finds an error, and the end, at its own next read.
    return 0;
  }
}
