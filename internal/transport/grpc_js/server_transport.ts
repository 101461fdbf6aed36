/** The server's end, on grpc-js's server. */

import { absentOptions } from "../../core/known_options.ts";
import {
  Server,
  ServerCredentials,
  ServerInterceptingCall,
} from "@grpc/grpc-js";

import { handled } from "../../base/handled.ts";
import { FLIGHT_METHODS, methodPath } from "../../protocol/methods.ts";
import type { ServerTlsOptions } from "../../core/tls_options.ts";
import { listenError, listenPort, listenUri } from "../addresses.ts";
import { hostPort } from "../host_port.ts";
import { shutDownError } from "../../grpc/call_errors.ts";
import { limitCalls } from "../call_limit.ts";
import { connectionRoomOf } from "../descriptor_limit.ts";
import { Inflater } from "../inflater.ts";
import { Listening } from "../listening.ts";
import {
  callLimitsOf,
  type ListenAddress,
  maxHeaderFieldsOf,
  maxInflatedBytesOf,
  messageLimitOf,
  type ServerTransportOptions,
} from "../options.ts";
import { replaceTls, ServerTls } from "../server_tls.ts";
import type {
  CallHandler,
  FindBody,
  ServerTransport,
} from "../../seam/transport.ts";
import { mendSessions } from "./deno_sessions.ts";
import {
  gatherAligned,
  handleEveryPath,
  listeningServersOf,
  raiseStreamWindow,
  type ServerConnections,
  watchConnections,
} from "./internals.ts";
import "./logging.ts";
import type { GatheredMessage } from "./messages.ts";
import { ABSENT, channelOptionsOf, windowOf } from "./options.ts";
import { ServerCall } from "./server_call.ts";
import { TlsServerCredentials } from "./tls.ts";
import { webOf } from "../web_option.ts";
import { checkSocketPath, clearSocketPath } from "../unix_socket.ts";

/** Time for peers to notice a forced shutdown, in milliseconds. */
const FORCED_SHUTDOWN_GRACE_MS = 250;

/** Listens for gRPC calls, as `grpcJsServerTransport` of server.ts. */
export async function listen(
  handler: CallHandler,
  options: ServerTransportOptions,
  findBody: FindBody,
): Promise<ServerTransport> {
  if ("path" in options) checkSocketPath(options.path);
  if (webOf(options.web)) {
    throw new TypeError(
      "Cannot use option web: the transport grpc-js does not speak gRPC-Web, the default transport does",
    );
  }
  absentOptions(options, [...ABSENT, ...ABSENT_SERVER], "grpc-js");
  mendSessions();
  const windowBytes = windowOf(options);
  const maxConnections = connectionRoomOf(options);
  const maxHeaderFields = maxHeaderFieldsOf(options);
  const maxReceiveMessageBytes = messageLimitOf(options);
  const inflater = new Inflater(maxInflatedBytesOf(options));
  const limited = limitCalls(handler, callLimitsOf(options));
  const calls = new Set<ServerCall>();
  const server = new Server({
    ...channelOptionsOf(options),
    "grpc.max_send_message_length": -1,
    interceptors: [
      (method, next) =>
        new ServerInterceptingCall(next, {
          // Not passed on: the call is handled here, not by grpc-js's streams.
          start: () => {
            const call = new ServerCall(
              method.path,
              next,
              {
                inflater,
                maxReceiveMessageBytes,
                maxHeaderFields,
                onEnd: () => calls.delete(call),
              },
            );
            calls.add(call);
            gatherAligned(next, findBody);
            call.start(limited);
          },
        }),
    ],
  });
  for (const method of FLIGHT_METHODS) {
    const { path, func, serialize, deserialize, type } = bidi(
      methodPath(method),
    );
    server.register(path, func, serialize, deserialize, type);
  }
  handleEveryPath(server, bidi);
  raiseStreamWindow(server, windowBytes);
  const tls = options.tls && new ServerTls(options.tls);
  const credentials = tls && new TlsServerCredentials(tls);
  const port = await bind(
    server,
    options,
    credentials ?? ServerCredentials.createInsecure(),
  );
  const listening = new Listening(listeningServersOf(server), options);
  tls?.watch((context) => credentials?.replace(context));
  const connections = watchConnections(server, {
    windowBytes,
    maxConnections,
    maxHeaderFields,
  });
  return new GrpcJsServerTransport({
    server,
    connections,
    calls,
    listening,
    port,
    uri: listenUri(options, port),
    tls,
  });
}

/** Options of a server that grpc-js does not have. */
const ABSENT_SERVER = [
  "maxConcurrentStreams",
  "handshakeTimeoutMs",
  "sendStallTimeoutMs",
  "maxConnectionIdleMs",
  "maxConnectionAgeMs",
  "maxConnectionAgeGraceMs",
] as const;

interface ServerParts {
  readonly server: Server;
  readonly connections: ServerConnections;
  readonly calls: ReadonlySet<ServerCall>;
  readonly listening: Listening;
  readonly port: number;
  readonly uri: string;
  readonly tls: ServerTls | undefined;
}

class GrpcJsServerTransport implements ServerTransport {
  readonly uri: string;
  readonly port: number;
  readonly #parts: ServerParts;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.uri = parts.uri;
    this.port = parts.port;
  }

  setTls(options: ServerTlsOptions): void {
    replaceTls(this.#parts.tls, options);
  }

  async shutdown(signal: AbortSignal): Promise<void> {
    const { server, connections, calls, tls, listening } = this.#parts;
    tls?.stop();
    const graceful = new Promise<void>((resolve) => {
      listening.close(() => server.tryShutdown(() => resolve()));
    });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const forced = new Promise<void>((resolve) => {
      const force = () => {
        for (const call of calls) {
          call.fail(shutDownError());
        }
        timer = setTimeout(() => {
          // Sockets first: Node.js would reset the streams with CANCEL, as if their callers had done it.
          connections.destroy();
          server.forceShutdown();
          resolve();
        }, FORCED_SHUTDOWN_GRACE_MS);
      };
      if (signal.aborted) force();
      else signal.addEventListener("abort", force, { once: true });
      handled(graceful.then(() => {
        signal.removeEventListener("abort", force);
        clearTimeout(timer);
      }));
    });
    await Promise.race([graceful, forced]);
  }
}

/**
 * Makes a method for grpc-js to register; the interceptor never lets it run.
 */
function bidi(path: string): {
  path: string;
  type: "bidi";
  func: () => void;
  serialize: (message: GatheredMessage) => Buffer;
  deserialize: (message: Buffer) => Buffer;
} {
  return {
    path,
    type: "bidi",
    func: () => {},
    serialize: (message) => message.asBuffer(),
    deserialize: (message) => message,
  };
}

/** Binds the server, and returns the port; 0 for a Unix socket. */
async function bind(
  server: Server,
  options: ServerTransportOptions,
  credentials: ServerCredentials,
): Promise<number> {
  try {
    if ("path" in options) await clearSocketPath(options.path);
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(
        targetOf(options),
        credentials,
        (error, bound) => error ? reject(bindError(error)) : resolve(bound),
      );
    });
    return "path" in options ? 0 : port;
  } catch (cause) {
    server.forceShutdown();
    throw listenError(options, cause as Error);
  }
}

/** "listen EADDRINUSE: address already in use 127.0.0.1:80" */
function bindError(error: Error): Error {
  const reason = /errors: \[(.*)\]$/s.exec(error.message)?.[1];
  return reason === undefined ? error : new Error(reason, { cause: error });
}

function targetOf(options: ListenAddress): string {
  if ("path" in options) {
    return options.path.startsWith("/")
      ? `unix://${options.path}`
      : `unix:${options.path}`;
  }
  return hostPort(options.hostname, listenPort(options));
}
