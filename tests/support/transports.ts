/** Runs a test once for each transport, with a client that is connected to a service by it. */

import { test } from "node:test";
import {
  connect,
  type FlightService,
  type GrpcService,
  type IpcReadOptions,
  type IpcWriteOptions,
  serve,
} from "@contrail/flight";
import { clientBearerAuth } from "@contrail/flight/auth";
import {
  callLogging,
  clientCookies,
  clientRetry,
  type FlightInterceptor,
} from "@contrail/flight/middleware";
import { serverSessions } from "@contrail/flight/session";
import type { FlightTransport } from "@contrail/flight/transport";
import { grpcJs } from "@contrail/flight/grpc-js";
import { flightHandler } from "@contrail/flight/handler";
import { connectInMemory, type FlightClient } from "@contrail/flight/memory";
import { connectWeb } from "@contrail/flight/web";
import { http2Fetch } from "./http2/http2_fetch.ts";
import { serveFetch } from "./serve_fetch.ts";

/** A client and what belongs to it. */
export interface Connected extends AsyncDisposable {
  readonly client: FlightClient;
  /** Errors that `onError` of the service has received. */
  readonly errors: unknown[];
  /**
   * Number of batches of 16 KiB that a sender may be ahead of a reader in each direction, with the
   * smallest windows.
   */
  readonly maxBatchesAhead: number;
}

/** Options that every transport takes; those of data streams hold on both sides. */
export interface ConnectedOptions extends IpcReadOptions, IpcWriteOptions {
  readonly maxReceiveMessageBytes?: number;
  readonly maxHeaderFields?: number;
  readonly requestTimeoutMs?: number;
  readonly receiveStallTimeoutMs?: number;
  readonly timeoutMs?: number;
  /** The smallest windows that the transport allows, for tests of backpressure. */
  readonly smallWindows?: boolean;
  /** Limit for unread bytes, if the transport has one. */
  readonly maxUnreadBytes?: number | undefined;
  readonly clientInterceptors?: readonly FlightInterceptor[];
  readonly serverInterceptors?: readonly FlightInterceptor[];
  readonly services?: readonly GrpcService[];
  readonly reflection?: boolean;
}

/** Joins a client to a service. */
export type ConnectTo = (
  service: FlightService,
  options?: ConnectedOptions,
) => Promise<Connected>;

/** The smallest window of HTTP/2 that every transport allows. */
const SMALL_WINDOW_BYTES = 65_535;

const IS_NODE = !("Deno" in globalThis || "Bun" in globalThis);

/** A transport that needs a server for functions from a Request to a Response, which Node.js has not. */
const NOT_ON_NODE = "web over HTTP";

/** 1 MiB covers the smallest windows, and the buffers of a runtime's own HTTP/2. */
const MAX_BATCHES_AHEAD = 64;

/** The kernel and the runtimes buffer up to 10 MiB of a connection of HTTP/1.1. */
const MAX_BATCHES_AHEAD_OVER_HTTP = 16 * MAX_BATCHES_AHEAD;

const TRANSPORTS: Readonly<Record<string, ConnectTo>> = {
  memory(
    service,
    {
      smallWindows: _,
      maxUnreadBytes: _unread,
      clientInterceptors,
      ...options
    } = {},
  ) {
    const errors: unknown[] = [];
    const client = connectInMemory(service, {
      ...options,
      interceptors: clientInterceptors,
      onError: (error) => void errors.push(error),
    });
    return Promise.resolve({
      client,
      errors,
      maxBatchesAhead: MAX_BATCHES_AHEAD,
      [Symbol.asyncDispose]: () => client.close(),
    });
  },
  "grpc-js": (service, { maxUnreadBytes: _, ...options } = {}) =>
    connectOverTcp(grpcJs(), service, options),
  http2: (service, options) => connectOverTcp(undefined, service, options),
  web: (service, options) => connectOverWeb(undefined, service, options),
};

async function connectOverTcp(
  transport: FlightTransport | undefined,
  service: FlightService,
  { smallWindows, clientInterceptors, serverInterceptors, ...options }:
    ConnectedOptions = {},
): Promise<Connected> {
  const errors: unknown[] = [];
  const common = {
    ...options,
    ...(smallWindows ? { flowControlWindowBytes: SMALL_WINDOW_BYTES } : {}),
    transport,
  };
  const server = await serve(service, {
    ...common,
    interceptors: serverInterceptors,
    onError: (error) => void errors.push(error),
  });
  const client = connect(server.location, {
    ...common,
    interceptors: clientInterceptors,
  });
  return {
    client,
    errors,
    maxBatchesAhead: MAX_BATCHES_AHEAD,
    async [Symbol.asyncDispose]() {
      await client.close();
      await server.shutdown({ timeoutMs: 0 });
    },
  };
}

/** Joins a client to a handler, directly or over HTTP. */
async function connectOverWeb(
  serveWith: typeof serveFetch | undefined,
  service: FlightService,
  {
    webSocket,
    smallWindows,
    maxUnreadBytes: _unread,
    clientInterceptors,
    serverInterceptors,
    ...others
  }: ConnectedOptions & { readonly webSocket?: true } = {},
): Promise<Connected> {
  const errors: unknown[] = [];
  const options = {
    ...others,
    ...(smallWindows ? { flowControlWindowBytes: SMALL_WINDOW_BYTES } : {}),
  };
  const handler = flightHandler(service, {
    ...options,
    interceptors: serverInterceptors,
    onError: (error) => void errors.push(error),
  });
  const server = await serveWith?.(handler);
  const client = connectWeb(server?.url ?? "http://127.0.0.1:8815", {
    ...options,
    ...(server ? {} : { fetch: handler }),
    ...(webSocket ? { webSocket } : {}),
    interceptors: clientInterceptors,
  });
  return {
    client,
    errors,
    maxBatchesAhead: server && !webSocket
      ? MAX_BATCHES_AHEAD_OVER_HTTP
      : MAX_BATCHES_AHEAD,
    async [Symbol.asyncDispose]() {
      await client.close();
      await server?.[Symbol.asyncDispose]();
    },
  };
}

/**
 * Joins a client of gRPC-Web to the port of gRPC: by the runtime's `fetch`, which speaks HTTP/1.1 without
 * TLS, by the client of HTTP/2 that it has, or by WebSockets.
 */
async function connectOverOnePort(
  version: "HTTP/1.1" | "HTTP/2" | "WebSocket",
  service: FlightService,
  {
    smallWindows,
    clientInterceptors,
    serverInterceptors,
    ...options
  }: ConnectedOptions = {},
): Promise<Connected> {
  const errors: unknown[] = [];
  const windows = smallWindows
    ? { flowControlWindowBytes: SMALL_WINDOW_BYTES }
    : {};
  const server = await serve(service, {
    ...options,
    ...windows,
    web: true,
    interceptors: serverInterceptors,
    onError: (error) => void errors.push(error),
  });
  const origin = `http://127.0.0.1:${server.port}`;
  const { maxUnreadBytes: _, ...common } = options;
  const joined = version === "HTTP/2" ? http2Fetch(origin) : undefined;
  const client = connectWeb(origin, {
    ...common,
    ...(joined ? { fetch: joined.fetch } : {}),
    ...(version === "WebSocket" ? { ...windows, webSocket: true } : {}),
    interceptors: clientInterceptors,
  });
  return {
    client,
    errors,
    maxBatchesAhead: version === "WebSocket"
      ? MAX_BATCHES_AHEAD
      : MAX_BATCHES_AHEAD_OVER_HTTP,
    async [Symbol.asyncDispose]() {
      await client.close();
      await joined?.[Symbol.asyncDispose]();
      await server.shutdown({ timeoutMs: 0 });
    },
  };
}

/** Interceptors that change nothing, and have everything pass through their hands. */
const IDLE_INTERCEPTORS: readonly FlightInterceptor[] = [
  // deno-lint-ignore require-await -- a promise, where the other gives none
  async (call, next) => next({ ...call }),
  (call, next) => {
    const response = next({
      ...call,
      messages: {
        read: () => call.messages.read(),
        cancel: (reason) => call.messages.cancel(reason),
      },
    });
    return {
      headers: response.headers.then((headers) => headers),
      trailers: () => response.trailers(),
      messages: {
        read: async () => await response.messages.read(),
        cancel: (reason) => response.messages.cancel(reason),
      },
    };
  },
];

/** Those that are ready to use, as long as nothing happens that they are made for. */
const silent = callLogging({ log: () => {} });

/** All guarantees of a call must hold through interceptors too. */
const GRID: Readonly<Record<string, ConnectTo>> = {
  ...TRANSPORTS,
  "web over HTTP": (service, options) =>
    connectOverWeb(serveFetch, service, options),
  "web over HTTP/2": (service, options) =>
    connectOverOnePort("HTTP/2", service, options),
  "web over HTTP/1.1": (service, options) =>
    connectOverOnePort("HTTP/1.1", service, options),
  "http2, intercepted": (service, options) =>
    connectOverTcp(undefined, service, {
      clientInterceptors: [
        silent,
        clientRetry({ codes: ["ABORTED"] }),
        clientCookies(),
        clientBearerAuth(() => "token"),
        ...IDLE_INTERCEPTORS,
      ],
      serverInterceptors: [silent, serverSessions(), ...IDLE_INTERCEPTORS],
      ...options,
    }),
};

/** The same, and calls of which each has a WebSocket; a handler cannot accept one on Node.js, a server can. */
const GRID_OF_CALLS: Readonly<Record<string, ConnectTo>> = {
  ...GRID,
  "web over WebSocket": (service, options) =>
    IS_NODE
      ? connectOverOnePort("WebSocket", service, options)
      : connectOverWeb(serveFetch, service, { ...options, webSocket: true }),
};

/**
 * A test of calls that must pass on every transport, through interceptors too. One that needs the small
 * windows of HTTP/2, or a thousand calls that are not read, cannot run over HTTP/1.1: the kernel has
 * megabytes of buffers for each connection, and each call has a connection.
 */
export function rpcTest(
  name: string,
  run: (connectTo: ConnectTo) => Promise<void>,
  options: RpcTestOptions = {},
): void {
  eachOf(suitable(GRID, options), name, run);
}

/** A test as {@linkcode rpcTest}, of how calls go and end: over WebSockets, too. */
export function callTest(
  name: string,
  run: (connectTo: ConnectTo) => Promise<void>,
  options: RpcTestOptions = {},
): void {
  eachOf(suitable(GRID_OF_CALLS, options), name, run);
}

/**
 * A test as {@linkcode callTest}, on all transports at the same time: for one that waits for most of its time.
 */
export function waitingTest(
  name: string,
  run: (connectTo: ConnectTo) => Promise<void>,
): void {
  const transports = Object.entries(GRID_OF_CALLS)
    .filter(([transport]) => !IS_NODE || transport !== NOT_ON_NODE);
  test(`${name} (all transports)`, { timeout: 120_000 }, async () => {
    await Promise.all(transports.map(async ([transport, connectTo]) => {
      try {
        await run(connectTo);
      } catch (cause) {
        throw new Error(`over ${transport}`, { cause });
      }
    }));
  });
}

/** Options of {@linkcode rpcTest}. */
interface RpcTestOptions {
  /** False for transports over HTTP/2 and in memory only. */
  readonly overHttp?: boolean;
}

function suitable(
  grid: Readonly<Record<string, ConnectTo>>,
  { overHttp = true }: RpcTestOptions,
): Readonly<Record<string, ConnectTo>> {
  return Object.fromEntries(
    Object.entries(grid).filter(([transport]) =>
      overHttp || !transport.startsWith("web over")
    ),
  );
}

/** A test of interceptors, which must pass on every transport. */
export function interceptorTest(
  name: string,
  run: (connectTo: ConnectTo) => Promise<void>,
): void {
  eachOf(TRANSPORTS, name, run);
}

function eachOf(
  grid: Readonly<Record<string, ConnectTo>>,
  name: string,
  run: (connectTo: ConnectTo) => Promise<void>,
): void {
  for (const [transport, connectTo] of Object.entries(grid)) {
    const skip = IS_NODE && transport === NOT_ON_NODE;
    test(
      `${name} (${transport})`,
      { timeout: 120_000, skip },
      () => run(connectTo),
    );
  }
}
