/**
 * What comes from a socket, in one buffer for all sockets where the runtime can
 * read into memory of ours.
 *
 * Otherwise every chunk has memory of its own, 64 KiB on Deno and Node, which
 * costs several times as much as to receive it.
 */

import * as net from "node:net";
import process from "node:process";

/** As much as goes to a socket at a time, and for the same reasons: see output.ts. */
const BUFFER_BYTES: number = 512 * 1024;

/** Takes in a chunk; it must copy what it keeps. */
export type ChunkListener = (chunk: Uint8Array) => void;

/** The sockets that read into `buffer`, with their listeners. */
const listeners = new WeakMap<net.Socket, ChunkListener>();
let buffer: Uint8Array | undefined;

/** What net.Socket is made on: no public part of Node, but of Deno and Node. */
interface Handle {
  readonly useUserBuffer?: unknown;
}

/**
 * Has a socket that nobody has read from use the common buffer. `net.connect` has
 * the option `onread` for this, `net.createServer` has nothing.
 *
 * @param socket A connected socket without listeners; it must not be used again.
 * @returns The socket to use in its place; the same one where the runtime cannot
 * do it.
 */
export function withCommonBuffer(socket: net.Socket): net.Socket {
  const before = socket as net.Socket & { _handle: Handle | null };
  const handle = before._handle;
  if (typeof handle?.useUserBuffer !== "function") return socket;
  // Windows may hold on to the buffer while it waits for data.
  if (process.platform === "win32") return socket;
  before._handle = null;
  socket.destroy();
  const common = buffer ??= new Uint8Array(BUFFER_BYTES);
  const options = {
    handle,
    allowHalfOpen: socket.allowHalfOpen,
    onread: {
      buffer: common,
      callback: (bytes: number): boolean => {
        listeners.get(result)?.(common.subarray(0, bytes));
        return true;
      },
    },
  };
  const result = new net.Socket(options as net.SocketConstructorOpts);
  return result;
}

/** Listens to what comes; there is one listener for each socket. */
export function onChunk(socket: net.Socket, listener: ChunkListener): void {
  listeners.set(socket, listener);
  socket.on("data", listener);
}
