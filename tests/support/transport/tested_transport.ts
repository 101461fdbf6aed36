/** A transport over a network, as its tests use it. */

import { test } from "node:test";
import type { GrpcAddress } from "../../../internal/protocol/location.ts";
import type {
  ClientTransportOptions,
  ServerTransportOptions,
} from "../../../internal/transport/options.ts";
import type {
  CallHandler,
  ClientTransport,
  ServerTransport,
} from "../../../internal/seam/transport.ts";

/** A server and a client of it. */
export interface Pair extends AsyncDisposable {
  /** The server. */
  readonly server: ServerTransport;
  /** A client that is connected to it. */
  readonly client: ClientTransport;
}

/** Options of {@linkcode TestedTransport.pair}. */
export interface PairOptions {
  server?: Omit<ServerTransportOptions, "hostname" | "port" | "path">;
  client?: ClientTransportOptions;
  hostname?: string;
}

/** A transport over a network, as its tests use it. */
export interface TestedTransport {
  /** Its name, as in the option `transport`. */
  readonly name: "grpc-js" | "http2";
  /** Makes the client's end. */
  clientTransport(
    address: GrpcAddress,
    options?: ClientTransportOptions,
  ): ClientTransport;
  /** Makes the server's end. */
  serverTransport(
    handler: CallHandler,
    options: ServerTransportOptions,
  ): Promise<ServerTransport>;
  /** Starts a server on a free port, and a client of it. */
  pair(handler: CallHandler, options?: PairOptions): Promise<Pair>;
  /** Registers a test under a name that says which transport it is of. */
  test(name: string, run: () => void | Promise<void>): void;
}

/** Completes the two ends of a transport to what its tests use. */
export function tested(
  ends: Pick<TestedTransport, "name" | "clientTransport" | "serverTransport">,
): TestedTransport {
  return {
    ...ends,
    async pair(handler, options = {}) {
      const server = await ends.serverTransport(handler, {
        hostname: "127.0.0.1",
        port: 0,
        ...options.server,
      });
      const client = ends.clientTransport(
        { ...tcp(server.port, options.hostname), tls: !!options.server?.tls },
        options.client,
      );
      return {
        server,
        client,
        async [Symbol.asyncDispose]() {
          await client.close();
          await server.shutdown(AbortSignal.abort());
        },
      };
    },
    test: (name, run) => void test(`${name} (${ends.name})`, run),
  };
}

/** A plain-text address on this machine. */
export function tcp(
  port: number,
  hostname = "127.0.0.1",
): GrpcAddress & { kind: "tcp" } {
  return { kind: "tcp", tls: false, hostname, port };
}
