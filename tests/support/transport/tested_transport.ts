/** What the tests of the transports over a network have in common. */

import { test } from "node:test";
import type { Source } from "../../../internal/base/source.ts";
import { FlightError } from "../../../internal/core/flight_error.ts";
import { FlightHeaders } from "../../../internal/core/flight_headers.ts";
import type { GrpcAddress } from "../../../internal/protocol/location.ts";
import type {
  ClientTransportOptions,
  ServerTransportOptions,
} from "../../../internal/transport/options.ts";
import type {
  CallHandler,
  CallRequest,
  CallResponse,
  ClientTransport,
  OutgoingMessage,
  ServerTransport,
} from "../../../internal/seam/transport.ts";

/** A request as a handler gets it. */
export type ServerRequest = CallRequest<Uint8Array>;
/** An answer as a handler gives it. */
export type ServerResponse = CallResponse<OutgoingMessage>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A message of some text, in two chunks. */
export function message(text: string): OutgoingMessage {
  const bytes = encoder.encode(text);
  const half = bytes.length >> 1;
  return {
    byteLength: bytes.length,
    chunks: [
      bytes.subarray(0, half),
      new Uint8Array(),
      bytes.subarray(half),
    ],
  };
}

/** A message of `byteLength` bytes with the value `fill`. */
export function block(byteLength: number, fill = 0): OutgoingMessage {
  return { byteLength, chunks: [new Uint8Array(byteLength).fill(fill)] };
}

/** The text of a received message. */
export function text(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** A source that remembers what was done to it. */
export class TestSource<T> implements Source<T> {
  /** How many values were asked for. */
  reads = 0;
  /** Resolves to the reason of the first cancellation. */
  readonly cancelled: Promise<unknown>;
  #cancel: (reason: unknown) => void;
  #next: (index: number) => Promise<T | undefined> | T | undefined;

  /** @param next Gives the value of an index; undefined is the end. */
  constructor(
    next: (index: number) => Promise<T | undefined> | T | undefined,
  ) {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.cancelled = promise;
    this.#cancel = resolve;
    this.#next = next;
  }

  async read(): Promise<T | undefined> {
    return await this.#next(this.reads++);
  }

  cancel(reason: unknown): void {
    this.#cancel(reason);
  }
}

/** The given values. */
export function values<T>(...list: T[]): TestSource<T> {
  return new TestSource((index) => list[index]);
}

/** A source whose reads never settle. */
export function never<T>(): TestSource<T> {
  return new TestSource<T>(() => new Promise(() => {}));
}

/** All that is left of a source. */
export async function rest<T>(source: Source<T>): Promise<T[]> {
  const list: T[] = [];
  for (let value; (value = await source.read()) !== undefined;) {
    list.push(value);
  }
  return list;
}

/** An answer of these parts. */
export function answer(
  messages: Source<OutgoingMessage>,
  { headers = new FlightHeaders(), trailers = new FlightHeaders() }: {
    headers?: FlightHeaders | Promise<FlightHeaders>;
    trailers?: FlightHeaders;
  } = {},
): ServerResponse {
  return {
    headers: Promise.resolve(headers),
    messages,
    trailers: () => trailers,
  };
}

/** An answer that is only an error. */
export function failure(error: FlightError): ServerResponse {
  const headers = Promise.reject(error);
  headers.catch(() => {});
  return {
    headers,
    messages: { read: () => Promise.reject(error), cancel: () => {} },
    trailers: () => new FlightHeaders(),
  };
}

/** Sends every message back. */
export function echo(request: ServerRequest): ServerResponse {
  return answer(
    new TestSource(async () => {
      const bytes = await request.messages.read();
      return bytes && { byteLength: bytes.byteLength, chunks: [bytes] };
    }),
  );
}

/** A request of these parts. */
export function request(
  parts: Partial<CallRequest<OutgoingMessage>> = {},
): CallRequest<OutgoingMessage> {
  return {
    path: "/arrow.flight.protocol.FlightService/DoExchange",
    headers: new FlightHeaders(),
    messages: values(),
    signal: new AbortController().signal,
    deadline: undefined,
    peer: "",
    ...parts,
  };
}

/** What `promise` rejects with, which has to be a FlightError. */
export async function flightError(
  promise: Promise<unknown>,
): Promise<FlightError> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    if (FlightError.is(error)) return error;
    throw error;
  }
  throw new Error(`Expected a FlightError, not ${JSON.stringify(value)}`);
}

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
