/** The server's transport on HTTP/2. */

import type { AddressInfo, Server, Socket } from "node:net";
import { clearTimeout, setTimeout } from "node:timers";

import { listenError, listenPort, listenUri, peerName } from "../addresses.ts";
import { shutDownError } from "../call_errors.ts";
import { limitCalls } from "../call_limit.ts";
import {
  maxConcurrentCallsOf,
  maxConnectionsOf,
  type ServerTransportOptions,
} from "../options.ts";
import { serverTls } from "../tls_options.ts";
import type { CallHandler, FindBody, ServerTransport } from "../transport.ts";
import { limitsOf, timesOf } from "./options.ts";
import { ServerConnection } from "./server_connection.ts";
import { createServer } from "./sockets.ts";

/** How long peers get to take note of a forced shutdown, in milliseconds. */
const FORCED_SHUTDOWN_GRACE_MS = 100;

/** A peer that has connected, and may be TLS or HTTP/2 or neither. */
interface Handshake {
  readonly socket: Socket;
  readonly timer: ReturnType<typeof setTimeout>;
}

/**
 * Listens for gRPC calls.
 *
 * @param handler Called for each call, whatever its path.
 * @param options Where to listen, limits and TLS.
 * @param findBody What to align in received messages; nothing by default.
 * @returns The transport, once it listens.
 * @throws {FlightError} UNAVAILABLE when the address cannot be bound.
 * @throws {RangeError} When an option is out of range.
 */
export async function http2ServerTransport(
  handler: CallHandler,
  options: ServerTransportOptions,
  findBody: FindBody = () => undefined,
): Promise<ServerTransport> {
  const transport = new Http2ServerTransport(handler, options, findBody);
  await transport.listen();
  return transport;
}

class Http2ServerTransport implements ServerTransport {
  readonly #options: ServerTransportOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Peers that have not said what they want. */
  readonly #handshakes = new Map<unknown, Handshake>();
  readonly #connections = new Set<ServerConnection>();
  readonly #handshakeTimeoutMs: number;
  readonly #maxConnections: number;
  /** Sockets that were accepted, below any TLS. */
  #accepted = 0;
  #port = 0;
  #isShutDown = false;

  constructor(
    handler: CallHandler,
    options: ServerTransportOptions,
    findBody: FindBody,
  ) {
    this.#options = options;
    const times = timesOf(options);
    const limits = limitsOf(options, times.handshakeTimeoutMs);
    const limited = limitCalls(handler, maxConcurrentCallsOf(options));
    this.#maxConnections = maxConnectionsOf(options);
    this.#handshakeTimeoutMs = times.handshakeTimeoutMs;
    this.#server = createServer(
      options.tls && serverTls(options.tls),
      (socket) => this.#admit(socket),
      (socket) => {
        // With TLS, this is another socket than the one below it.
        this.#guard(socket);
        const connection: ServerConnection = new ServerConnection({
          socket,
          handler: limited,
          limits,
          times,
          findBody,
          onReady: () => this.#endHandshake(this.#keyOf(socket)),
          onEnd: () => this.#connections.delete(connection),
        });
        this.#connections.add(connection);
        if (this.#isShutDown) connection.drain("shutdown");
      },
    );
  }

  get port(): number {
    return this.#port;
  }

  get uri(): string {
    return listenUri(this.#options, this.#port);
  }

  async listen(): Promise<void> {
    const options = this.#options;
    const server = this.#server;
    const address = "path" in options ? { path: options.path } : {
      host: options.hostname,
      port: listenPort(options),
    };
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(address, () => {
          server.off("error", reject);
          resolve();
        });
      });
    } catch (cause) {
      throw listenError(options, (cause as Error).message, cause);
    }
    // Such as too many open files, while accepting: the next may succeed.
    server.on("error", () => {});
    if (!("path" in options)) {
      this.#port = (server.address() as AddressInfo).port;
    }
  }

  async shutdown(signal: AbortSignal): Promise<void> {
    this.#isShutDown = true;
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const connection of this.#connections) connection.drain("shutdown");
    if (this.#options.tls) {
      // Those that still shake hands have nothing to lose.
      for (const { socket } of this.#handshakes.values()) socket.destroy();
    }
    const force = (): void => this.#force();
    if (signal.aborted) force();
    else signal.addEventListener("abort", force, { once: true });
    await closed;
    while (this.#sockets.size > 0) {
      await new Promise((done) =>
        this.#sockets.values().next().value!.once("close", done)
      );
    }
    signal.removeEventListener("abort", force);
  }

  #force(): void {
    for (const connection of [...this.#connections]) {
      connection.abort(shutDownError());
    }
    setTimeout(() => {
      for (const socket of [...this.#sockets]) socket.destroy();
    }, FORCED_SHUTDOWN_GRACE_MS);
  }

  /**
   * Takes a connection that was accepted, or closes it: without a word of HTTP/2,
   * so that clients take it for an attempt that failed, and back off.
   */
  #admit(socket: Socket): void {
    if (this.#accepted >= this.#maxConnections) {
      socket.on("error", () => {});
      socket.destroy();
      return;
    }
    this.#accepted++;
    socket.once("close", () => this.#accepted--);
    this.#guard(socket);
  }

  /** Watches a socket: its end, and that the peer says in time what it wants. */
  #guard(socket: Socket): void {
    if (this.#sockets.has(socket)) return;
    this.#sockets.add(socket);
    const key = this.#keyOf(socket);
    if (!this.#handshakes.has(key)) {
      const timer = setTimeout(
        () => socket.destroy(),
        this.#handshakeTimeoutMs,
      );
      this.#handshakes.set(key, { socket, timer });
    }
    socket.on("error", () => {});
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#endHandshake(key);
    });
  }

  /** The same for both sockets of a TLS connection. */
  #keyOf(socket: Socket): unknown {
    return this.#options.tls === undefined ? socket : peerName(socket);
  }

  #endHandshake(key: unknown): void {
    clearTimeout(this.#handshakes.get(key)?.timer);
    this.#handshakes.delete(key);
  }
}
