/**
 * Reads sockets with few copies. Where the runtime can read into memory of ours, large data is read
 * to its final place, and everything else into one common buffer. On Bun that goes for what waits
 * behind a chunk.
 *
 * Otherwise every chunk has memory of its own, 64 KiB on Deno and Node, which
 * costs several times as much as to receive it.
 */

import * as net from "node:net";
import process from "node:process";

import { freeChunk } from "../base/allocate.ts";
import { DenoTls } from "./deno_tls.ts";
import { canReadBehind, readBehind } from "./read_behind.ts";
import { SocketInput, type SocketSink } from "./socket_input.ts";

/**
 * Fewest bytes that are worth a read to their final place, to save a copy. Less is read together with
 * what follows.
 */
export const MIN_PLACED_BYTES: number = 192 * 1024;

/** The sockets that read into memory of ours. */
const inputs = new WeakMap<net.Socket, SocketInput>();
/** The sockets with TLS among them. */
const tlsSockets = new WeakMap<net.Socket, DenoTls>();
/** The receivers of all sockets that are read. */
const receivers = new WeakMap<net.Socket, { sink: SocketSink }>();
let deliversChunks = false;

/**
 * Makes all sockets that connect from now on deliver chunks, as those of runtimes that cannot read
 * into memory of ours. It is for tests.
 */
export function deliverChunks(): void {
  deliversChunks = true;
}

/** Native object below net.Socket: not a public part of Node, but present in Deno and Node. */
interface Handle {
  readonly useUserBuffer?: unknown;
}

/**
 * Makes an unread socket read into memory of ours. `net.connect` has the option `onread` for this,
 * `net.createServer` has nothing.
 *
 * @param socket A connected socket without listeners; it must not be used again.
 * @returns The socket to use in its place; the same one if the runtime cannot do it.
 */
export function withCommonBuffer(socket: net.Socket): net.Socket {
  const before = socket as net.Socket & { _handle: Handle | null };
  const handle = before._handle;
  if (deliversChunks || typeof handle?.useUserBuffer !== "function") {
    return socket;
  }
  // Windows may hold on to the buffer while it waits for data.
  if (process.platform === "win32") return socket;
  before._handle = null;
  socket.destroy();
  const input = new SocketInput();
  const options = {
    handle,
    allowHalfOpen: socket.allowHalfOpen,
    onread: {
      buffer: () => input.next(),
      callback: (bytes: number): boolean => {
        input.read(bytes);
        return true;
      },
    },
  };
  const result = new net.Socket(options as net.SocketConstructorOpts);
  inputs.set(result, input);
  return result;
}

/**
 * Makes a socket with TLS read into memory of ours, if the runtime can do it.
 *
 * @param socket A socket after its handshake.
 */
export function readTlsIntoMemory(socket: net.Socket): void {
  if (deliversChunks || process.platform === "win32") return;
  const tls = DenoTls.of(socket);
  if (tls === undefined) return;
  const input = new SocketInput();
  inputs.set(socket, input);
  tlsSockets.set(socket, tls);
  tls.readInto(input);
}

/** Stops reading a socket. Bytes that were read may still come. */
export function pauseSocket(socket: net.Socket): void {
  (tlsSockets.get(socket) ?? socket).pause();
}

/** Reads on after {@linkcode pauseSocket}. */
export function resumeSocket(socket: net.Socket): void {
  (tlsSockets.get(socket) ?? socket).resume();
}

/** Sets the receiver of the bytes of a socket; each socket has one at a time. */
export function readSocket(socket: net.Socket, sink: SocketSink): void {
  const input = inputs.get(socket);
  if (input) input.sink = sink;
  const known = receivers.get(socket);
  if (known) {
    known.sink = sink;
    return;
  }
  const receiver = { sink };
  receivers.set(socket, receiver);
  const behind = deliversChunks ? undefined : inputBehind(socket, sink);
  // With memory of ours there are no such events, but this begins to read.
  socket.on("data", (chunk: Uint8Array) => {
    const { length } = chunk;
    receiver.sink.onChunk(chunk);
    freeChunk(chunk);
    if (behind !== undefined) readBehind(socket, length, behind);
  });
}

/** Makes the input for bytes behind chunks; undefined if the runtime cannot read them. */
function inputBehind(
  socket: net.Socket,
  sink: SocketSink,
): SocketInput | undefined {
  if (!canReadBehind(socket)) return undefined;
  const input = new SocketInput();
  input.sink = sink;
  inputs.set(socket, input);
  return input;
}

/**
 * Reads the first bytes of a socket, to choose the protocol.
 *
 * @param socket A connected socket that was not read yet.
 * @param choose Called with all bytes that have come so far. It returns true once it has called
 * `readSocket`; the bytes then go to that receiver too.
 */
export function peekSocket(
  socket: net.Socket,
  choose: (first: Uint8Array) => boolean,
): void {
  let first = new Uint8Array();
  readSocket(socket, {
    onChunk(chunk) {
      const bytes = new Uint8Array(first.length + chunk.length);
      bytes.set(first);
      bytes.set(chunk, first.length);
      first = bytes;
      if (choose(first)) receivers.get(socket)!.sink.onChunk(first);
    },
    place: () => undefined,
    onPlaced: () => {},
  });
}
