/** The server's transport on HTTP/2. */

import type { Server, Socket } from "node:net";
import { clearTimeout, setTimeout } from "node:timers";
import type { Server as TlsServer } from "node:tls";

import type { PeerCertificate } from "../../core/peer_certificate.ts";
import type { ServerTlsOptions } from "../../core/tls_options.ts";
import type { AcceptedSockets } from "../accepted_sockets.ts";
import { listenPort, listenUri } from "../addresses.ts";
import { shutDownError } from "../../grpc/call_errors.ts";
import { limitCalls } from "../call_limit.ts";
import { connectionRoomOf } from "../descriptor_limit.ts";
import { type Listening, listenOn } from "../listening.ts";
import { callLimitsOf, type ServerTransportOptions } from "../options.ts";
import { peerCertificateOf } from "../peer_certificate.ts";
import { replaceTls, ServerTls } from "../server_tls.ts";
import type {
  CallHandler,
  FindBody,
  ServerTransport,
} from "../../seam/transport.ts";
import {
  type ConnectionTimes,
  limitsOf,
  timesOf,
  type TransportLimits,
} from "./options.ts";
import { Http1ServerConnection } from "./http1/http1_connection.ts";
import {
  ALPN_WITH_WEB,
  ALPN_WITHOUT_WEB,
  chooseProtocol,
} from "./http1/protocols.ts";
import type { Protocol, WebRequests } from "./refusals.ts";
import { ServerConnection } from "./server_connection.ts";
import { createServer } from "./sockets.ts";
import { webOf } from "../web_option.ts";
import { checkSocketPath } from "../unix_socket.ts";

/** Time for peers to notice a forced shutdown, in milliseconds. */
const FORCED_SHUTDOWN_GRACE_MS = 100;

/** Time that peers have to finish the handshake while a worker ends, in milliseconds. */
const HANDSHAKE_GRACE_MS = 1000;

/** Peer that has connected, and may speak TLS or HTTP or neither. */
interface Handshake {
  readonly socket: Socket;
  readonly timer: ReturnType<typeof setTimeout>;
}

/**
 * Listens for gRPC calls.
 *
 * @param handler Called for each call, of any path.
 * @param options The address, limits and TLS.
 * @param findBody Finds the part of a received message to align; none by
 * default.
 * @param accepted Gives the sockets of the address, which is bound elsewhere.
 * @returns The transport, once it listens.
 * @throws {FlightError} UNAVAILABLE when the address cannot be bound.
 * @throws {RangeError} When an option is out of range.
 * @throws {TypeError} When the path is not possible for a Unix socket.
 */
export async function http2ServerTransport(
  handler: CallHandler,
  options: ServerTransportOptions,
  findBody: FindBody = () => undefined,
  accepted: AcceptedSockets | undefined = undefined,
): Promise<ServerTransport> {
  const transport = new Http2ServerTransport(
    handler,
    options,
    findBody,
    accepted,
  );
  await transport.listen();
  return transport;
}

class Http2ServerTransport implements ServerTransport {
  readonly #options: ServerTransportOptions;
  readonly #handler: CallHandler;
  readonly #limits: TransportLimits;
  readonly #times: ConnectionTimes;
  readonly #maxConnections: number;
  readonly #tls: ServerTls | undefined;
  readonly #web: WebRequests | undefined;
  readonly #server: Server;
  readonly #acceptedSockets: AcceptedSockets | undefined;
  readonly #sockets = new Set<Socket>();
  /** Peers that have not finished the handshake. */
  readonly #handshakes = new Map<Socket, Handshake>();
  readonly #connections = new Set<ServerConnection | Http1ServerConnection>();
  /** Peers whose protocol is not known yet. */
  readonly #undecided = new Set<Socket>();
  /** Number of accepted sockets, below any TLS. */
  #accepted = 0;
  #port = 0;
  #listening: Listening | undefined;
  #isShutDown = false;

  constructor(
    handler: CallHandler,
    options: ServerTransportOptions,
    findBody: FindBody,
    accepted: AcceptedSockets | undefined,
  ) {
    this.#acceptedSockets = accepted;
    if ("path" in options) checkSocketPath(options.path);
    this.#options = options;
    const web = webOf(options.web);
    const { isServing = () => true } = options;
    this.#web = web && {
      ...web,
      isServing: () => !this.#isShutDown && isServing(),
    };
    this.#times = timesOf(options);
    this.#limits = limitsOf(options, this.#times.handshakeTimeoutMs, findBody);
    this.#maxConnections = connectionRoomOf(options);
    this.#handler = limitCalls(handler, callLimitsOf(options));
    this.#tls = options.tls && new ServerTls(options.tls);
    this.#server = createServer(
      this.#tls,
      web ? ALPN_WITH_WEB : ALPN_WITHOUT_WEB,
      (socket) => this.#admit(socket),
      (socket) => this.#serve(socket),
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
    if (this.#acceptedSockets) {
      this.#port = listenPort(options);
      this.#watchTls();
      this.#acceptedSockets.begin((socket) => {
        socket.allowHalfOpen = true;
        this.#server.emit("connection", socket);
      });
      return;
    }
    const { listening, port } = await listenOn(this.#server, options);
    this.#listening = listening;
    this.#port = port;
    this.#watchTls();
  }

  #watchTls(): void {
    this.#tls?.watch((context) =>
      (this.#server as TlsServer).setSecureContext(context)
    );
  }

  setTls(options: ServerTlsOptions): void {
    replaceTls(this.#tls, options);
  }

  async shutdown(signal: AbortSignal): Promise<void> {
    this.#isShutDown = true;
    this.#tls?.stop();
    const closed = new Promise<void>((resolve) => {
      if (this.#listening === undefined) return resolve();
      this.#listening.close(() => this.#server.close(() => resolve()));
    });
    for (const connection of this.#connections) connection.drain("shutdown");
    this.#endHandshakes();
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

  /**
   * Peers in the handshake of TLS, or before their first bytes, have nothing to lose. But a worker has
   * been given sockets until now, and others serve the same address: there, peers go on for a while, and
   * learn by GOAWAY to connect again.
   */
  #endHandshakes(): void {
    const end = (): void => {
      for (const socket of this.#undecided) socket.destroy();
      if (!this.#tls) return;
      for (const { socket } of this.#handshakes.values()) socket.destroy();
    };
    if (this.#acceptedSockets) setTimeout(end, HANDSHAKE_GRACE_MS).unref?.();
    else end();
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
   * Takes an accepted connection, or closes it before any HTTP/2 frame, so that
   * clients count it as a failed attempt, and back off.
   */
  #admit(socket: Socket): void {
    const sockets = this.#acceptedSockets;
    if (this.#accepted >= this.#maxConnections) {
      socket.on("error", () => {});
      socket.destroy();
      sockets?.onClose();
      return;
    }
    this.#accepted++;
    socket.once("close", () => {
      this.#accepted--;
      sockets?.onClose();
    });
    this.#guard(socket);
  }

  /** Speaks with a peer, behind any TLS. */
  #serve(socket: Socket): void {
    // With TLS, this is another socket than the one below it.
    this.#guard(socket);
    let peerCertificate: PeerCertificate | undefined;
    try {
      peerCertificate = peerCertificateOf(socket);
    } catch {
      // A client without a readable certificate is not served.
      socket.destroy();
      return;
    }
    if (this.#web === undefined) {
      return this.#speak("HTTP/2", socket, peerCertificate);
    }
    this.#undecided.add(socket);
    socket.once("close", () => this.#undecided.delete(socket));
    chooseProtocol(socket, (protocol) => {
      this.#undecided.delete(socket);
      this.#speak(protocol, socket, peerCertificate);
    });
  }

  #speak(
    protocol: Protocol,
    socket: Socket,
    peerCertificate: PeerCertificate | undefined,
  ): void {
    const init = {
      socket,
      peerCertificate,
      handler: this.#handler,
      web: this.#web,
      limits: this.#limits,
      times: this.#times,
      onReady: () => this.#endHandshake(acceptedSocket(socket)),
      onEnd: () => void this.#connections.delete(connection),
    };
    const connection = protocol === "HTTP/2"
      ? new ServerConnection(init)
      : new Http1ServerConnection(init);
    this.#connections.add(connection);
    if (this.#isShutDown) connection.drain("shutdown");
  }

  /** Watches a socket for its end, and for the timeout of its handshake. */
  #guard(socket: Socket): void {
    if (this.#sockets.has(socket)) return;
    this.#sockets.add(socket);
    const key = acceptedSocket(socket);
    if (!this.#handshakes.has(key)) {
      const timer = setTimeout(
        () => socket.destroy(),
        this.#times.handshakeTimeoutMs,
      );
      this.#handshakes.set(key, { socket, timer });
    }
    socket.on("error", () => {});
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#endHandshake(key);
    });
  }

  #endHandshake(key: Socket): void {
    clearTimeout(this.#handshakes.get(key)?.timer);
    this.#handshakes.delete(key);
  }
}

/**
 * Returns the accepted socket, below any TLS: on Deno and Node a TLS socket is
 * another one, on Bun it is the same. The names of their peers do not help,
 * because Unix sockets have none.
 */
function acceptedSocket(socket: Socket): Socket {
  return (socket as { readonly _parent?: Socket | null })._parent ?? socket;
}
