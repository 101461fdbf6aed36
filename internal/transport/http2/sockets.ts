/** Sockets, with and without TLS: RFC 9113, sections 3.2 and 3.3. */

import * as net from "node:net";
import * as tls from "node:tls";

import type { GrpcAddress } from "../../protocol/location.ts";
import {
  readTlsIntoMemory,
  withCommonBuffer,
} from "../../socket/socket_reader.ts";
import type { ServerTls } from "../server_tls.ts";
import {
  closedInHandshake,
  explainTlsFailure,
  handshakeProblem,
} from "../tls_failure.ts";

/**
 * Time without data after which the kernel sends a probe, in milliseconds. A
 * peer that has vanished is thus noticed, if late, also without pings of ours.
 */
const TCP_KEEPALIVE_MS = 60_000;

/**
 * Connects to a server.
 *
 * @param address The address of the server.
 * @param options TLS, if the connection is secure.
 * @param onConnect Called with the connected socket, at most once.
 * @param onError Called when connecting failed, at most once. `isDropped` is
 * true if the server had accepted the connection, and ended it without a word.
 * @returns The socket until then; destroy it to cancel.
 */
export function connectSocket(
  address: GrpcAddress,
  options: tls.ConnectionOptions | undefined,
  onConnect: (socket: net.Socket) => void,
  onError: (error: Error, isDropped: boolean) => void,
): net.Socket {
  const socket = address.kind === "unix"
    ? net.connect({ path: address.path })
    : options
    ? tls.connect({ ...options, host: address.hostname, port: address.port })
    : net.connect({ host: address.hostname, port: address.port });
  const settle = (act: () => void): void => {
    socket.off("error", failed).off("close", closed).off("end", closed);
    act();
  };
  const fail = (error: Error, isDropped: boolean): void => {
    const report = (error: Error): void => onError(error, isDropped);
    settle(() => {
      if (options === undefined || address.kind === "unix") report(error);
      else explainTlsFailure(error, options, address, report);
    });
    socket.destroy();
  };
  const failed = (error: Error & { readonly code?: unknown }): void =>
    fail(error, error.code === "ECONNRESET" || error.code === "EPIPE");
  const closed = (): void =>
    fail(
      options ? closedInHandshake() : new Error("the connection was closed"),
      true,
    );
  // The listener stays: an error without a listener would end the process.
  socket.on("error", () => {});
  socket.on("error", failed).on("close", closed).on("end", closed);
  socket.once(options ? "secureConnect" : "connect", () => {
    const error = options &&
      handshakeProblem(socket as tls.TLSSocket, options);
    if (error) return fail(error, false);
    tune(socket);
    if (options) readTlsIntoMemory(socket);
    settle(() => onConnect(options ? socket : withCommonBuffer(socket)));
  });
  return socket;
}

/**
 * Makes a server that is not listening yet.
 *
 * Its sockets must be ended from here: a client that has closed its sending
 * side may still read.
 *
 * @param serverTls TLS; plain text by default.
 * @param protocols The protocols for ALPN, the preferred one first.
 * @param onSocket Called with each socket that connects, before any TLS; it may
 * destroy it.
 * @param onReady Called with each socket that is ready for HTTP.
 */
export function createServer(
  serverTls: ServerTls | undefined,
  protocols: readonly string[],
  onSocket: (socket: net.Socket) => void,
  onReady: (socket: net.Socket) => void,
): net.Server | tls.Server {
  const ready = (socket: net.Socket): void => {
    tune(socket);
    onReady(socket);
  };
  if (serverTls === undefined) {
    const options = { pauseOnConnect: true, allowHalfOpen: true };
    return net.createServer(options, (accepted) => {
      const socket = withCommonBuffer(accepted);
      onSocket(socket);
      if (socket.destroyed) return;
      ready(socket);
      socket.resume();
    });
  }
  const server = tls.createServer({
    // Section 3.2; RFC 7301.
    ALPNProtocols: [...protocols],
    allowHalfOpen: true,
    ...serverTls.serverOptions,
    ...serverTls.contextOptions,
  });
  server.on("connection", (socket: net.Socket) => onSocket(socket));
  server.on("secureConnection", (socket: tls.TLSSocket) => {
    readTlsIntoMemory(socket);
    ready(socket);
  });
  // A peer that fails the handshake is gone, and cannot be told anything.
  server.on("tlsClientError", (_, socket: net.Socket) => socket?.destroy?.());
  return server;
}

function tune(socket: net.Socket): void {
  // Frames are gathered here: waiting for more would only delay them.
  socket.setNoDelay?.(true);
  socket.setKeepAlive?.(true, TCP_KEEPALIVE_MS);
}
