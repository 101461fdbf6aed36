/**
 * Reads all sockets into one common buffer if the runtime can read into memory of ours.
 *
 * Otherwise every chunk has memory of its own, 64 KiB on Deno and Node, which
 * costs several times as much as to receive it.
 */

import * as net from "node:net";
import process from "node:process";

/** The size of a write to a socket, for the same reasons: see socket_writer.ts. */
const BUFFER_BYTES: number = 512 * 1024;

/** Takes a chunk. It must copy bytes that it keeps. */
type ChunkListener = (chunk: Uint8Array) => void;

/** The sockets that read into `buffer`, with their listeners. */
const listeners = new WeakMap<net.Socket, ChunkListener>();
let buffer: Uint8Array | undefined;

/** Native object below net.Socket: not a public part of Node, but present in Deno and Node. */
interface Handle {
  readonly useUserBuffer?: unknown;
}

/**
 * Makes an unread socket use the common buffer. `net.connect` has the option `onread` for this,
 * `net.createServer` has nothing.
 *
 * @param socket A connected socket without listeners; it must not be used again.
 * @returns The socket to use in its place; the same one if the runtime cannot do it.
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

/** Sets the listener for chunks; each socket has one. */
export function onChunk(socket: net.Socket, listener: ChunkListener): void {
  listeners.set(socket, listener);
  socket.on("data", listener);
}
