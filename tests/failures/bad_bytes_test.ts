/**
 * Malformed FlightData, protobuf and IPC messages, fed into client and server on every transport:
 * each gives a FlightError, and everything else lives on.
 */

import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import {
  commandDescriptor,
  connect,
  encodeSchema,
  FlightError,
  type FlightService,
  pathDescriptor,
  serve,
} from "@contrail/flight";
import { putClientParts } from "../../internal/client/client_parts.ts";
import { FlightClient } from "../../internal/client/flight_client.ts";
import { type Source, toSource } from "../../internal/base/source.ts";
import { FlightHeaders } from "../../internal/core/flight_headers.ts";
import { parseGrpcLocation } from "../../internal/protocol/location.ts";
import {
  type FlightMethod,
  methodPath,
} from "../../internal/protocol/methods.ts";
import { callHandler } from "../../internal/server/call_handler.ts";
import { grpcJsClientTransport } from "../../internal/transport/grpc_js/client.ts";
import { grpcJsServerTransport } from "../../internal/transport/grpc_js/server.ts";
import { http2ClientTransport } from "../../internal/transport/http2/client.ts";
import { http2ServerTransport } from "../../internal/transport/http2/server.ts";
import { memoryClientTransport } from "../../internal/transport/memory/client.ts";
import type {
  CallHandler,
  ClientTransport,
  OutgoingMessage,
} from "../../internal/seam/transport.ts";
import { encodeFlightData } from "../../internal/protocol/flight_data.ts";
import { MALFORMED_IPC } from "../ipc/malformed/malformed_messages.ts";
import { ANY, NAMED } from "../wire/malformed_messages.ts";
import { hex } from "../wire/oracle.ts";
import { NUMBERS, numbers, values } from "../support/numbers.ts";
import { grpcJs } from "@contrail/flight/grpc-js";

// As `connect` does.
putClientParts();

/** The messages of one call; the last of them is malformed. */
interface BadCall {
  readonly name: string;
  readonly messages: readonly Uint8Array[];
}

const OPTIONS = { timeout: 120_000 };

/** Messages that a server receives, and messages that a client receives. */
const REQUESTS: Readonly<Record<string, FlightMethod>> = {
  Action: "DoAction",
  Criteria: "ListFlights",
  Empty: "ListActions",
  FlightData: "DoPut",
  FlightDescriptor: "GetFlightInfo",
  HandshakeRequest: "Handshake",
  Ticket: "DoGet",
};
const RESPONSES: Readonly<
  Record<string, (client: FlightClient) => Promise<unknown>>
> = {
  ActionType: (client) => Array.fromAsync(client.listActions()),
  CancelFlightInfoResult: (client) =>
    client.cancelFlightInfo({ endpoints: [], ordered: false }),
  FlightData: (client) => Array.fromAsync(client.doGet("t")),
  FlightInfo: (client) => client.getFlightInfo(pathDescriptor("p")),
  HandshakeResponse: (client) => Array.fromAsync(client.handshake().readable),
  PollInfo: (client) => client.pollFlightInfo(pathDescriptor("p")),
  PutResult: (client) => client.doPut(pathDescriptor("p")).writeAll([]),
  Result: (client) => Array.fromAsync(client.doAction("a")),
  SchemaResult: (client) => client.getSchema(pathDescriptor("p")),
};

function badMessages(name: string): BadCall[] {
  const named = NAMED.filter(([message]) => message === name);
  return [...ANY, ...named.map(([, bytes, text]) => [bytes, text] as const)]
    .map(([bytes, text]) => ({
      name: `${name}: ${text}`,
      messages: [hex(bytes)],
    }));
}

function badStreams(): BadCall[] {
  return MALFORMED_IPC.map(([problem, received]) => ({
    name: `IPC: ${problem}`,
    messages: received.map((message, index) => {
      const [header, body] = message instanceof Uint8Array
        ? [message, new Uint8Array(0)]
        : message;
      return flat(encodeFlightData({
        descriptor: index === 0 ? commandDescriptor("c") : undefined,
        dataHeader: header,
        body: [body],
        bodyLength: body.byteLength,
      }));
    }),
  }));
}

function flat({ byteLength, chunks }: OutgoingMessage): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

function outgoing(messages: readonly Uint8Array[]): Source<OutgoingMessage> {
  return toSource(
    messages.map((bytes) => ({
      byteLength: bytes.byteLength,
      chunks: [bytes],
    })),
  );
}

/** Runs calls against `service` with messages of the test's own making. */
async function callRaw(
  transport: ClientTransport,
  method: FlightMethod,
  messages: readonly Uint8Array[],
): Promise<unknown> {
  const response = transport.call({
    path: methodPath(method),
    headers: new FlightHeaders(),
    messages: outgoing(messages),
    signal: new AbortController().signal,
    deadline: Date.now() + 30_000,
  });
  try {
    while (await response.messages.read() !== undefined);
  } catch (error) {
    return error;
  }
  return undefined;
}

const SERVICE: FlightService = {
  async handshake(requests) {
    await Array.fromAsync(requests);
  },
  listFlights: () => [],
  getFlightInfo: () => ({}),
  doGet: () => [numbers(1)],
  async doPut(upload) {
    for await (const batch of upload) for (const _ of batch);
  },
  async *doExchange(input) {
    for await (const message of input.messages()) yield message;
  },
  doAction: () => [],
  listActions: () => [],
};

const SERVERS: Readonly<
  Record<string, () => Promise<[ClientTransport, AsyncDisposable, unknown[]]>>
> = {
  memory() {
    const errors: unknown[] = [];
    const transport = memoryClientTransport(
      callHandler(SERVICE, { onError: (error) => void errors.push(error) }),
    );
    return Promise.resolve([transport, {
      [Symbol.asyncDispose]: () => transport.close(),
    }, errors]);
  },
  async "grpc-js"() {
    const errors: unknown[] = [];
    const server = await serve(SERVICE, {
      transport: grpcJs(),
      onError: (error) => void errors.push(error),
      shutdownTimeoutMs: 0,
    });
    const transport = grpcJsClientTransport(
      parseGrpcLocation(server.location),
      {},
    );
    return [transport, {
      async [Symbol.asyncDispose]() {
        await transport.close();
        await server.shutdown();
      },
    }, errors];
  },
  async http2() {
    const errors: unknown[] = [];
    const server = await http2ServerTransport(
      callHandler(SERVICE, { onError: (error) => void errors.push(error) }),
      { hostname: "127.0.0.1", port: 0 },
    );
    const transport = http2ClientTransport(parseGrpcLocation(server.uri));
    return [transport, {
      async [Symbol.asyncDispose]() {
        await transport.close();
        await server.shutdown(AbortSignal.abort());
      },
    }, errors];
  },
};

for (const [name, start] of Object.entries(SERVERS)) {
  test(
    `a server answers malformed messages, and goes on (${name})`,
    OPTIONS,
    async () => {
      const [transport, disposable, errors] = await start();
      await using _ = disposable;
      // A call that is under way all the time, one batch for each malformed message.
      const client = new FlightClient(transport);
      const echo = client.doExchange(commandDescriptor("echo"));
      const writer = echo.writable.getWriter();
      const reader = echo.readable.getReader();
      let count = 0;
      const attempt = async (
        method: FlightMethod,
        { name, messages }: BadCall,
      ): Promise<void> => {
        const error = await callRaw(transport, method, messages);
        assert(FlightError.is(error), `${method} with ${name}: ${error}`);
        assert(
          ["INVALID_ARGUMENT", "UNIMPLEMENTED", "RESOURCE_EXHAUSTED"].includes(
            error.code,
          ),
          `${method} with ${name}: ${error}`,
        );
        assert(
          error.details.startsWith("Cannot decode "),
          `${method} with ${name}: ${error}`,
        );
        await writer.write(numbers(count));
        assertEquals(values((await reader.read()).value!), [count]);
        count++;
      };
      for (const [message, method] of Object.entries(REQUESTS)) {
        for (const bad of badMessages(message)) await attempt(method, bad);
      }
      for (const bad of badStreams()) await attempt("DoPut", bad);
      await writer.close();
      assertEquals((await reader.read()).done, true);
      assert(count > 400, `${count} malformed messages`);
      // The client's own fault: nothing for the service to be told of.
      assertEquals(errors, []);
    },
  );
}

const CLIENTS: Readonly<
  Record<
    string,
    (handler: CallHandler) => Promise<[FlightClient, AsyncDisposable]>
  >
> = {
  memory(handler) {
    const client = new FlightClient(memoryClientTransport(handler));
    return Promise.resolve([client, client]);
  },
  async "grpc-js"(handler) {
    const server = await grpcJsServerTransport(handler, {
      hostname: "127.0.0.1",
      port: 0,
    });
    const client = connect(server.uri, { transport: grpcJs() });
    return [client, {
      async [Symbol.asyncDispose]() {
        await client.close();
        await server.shutdown(AbortSignal.abort());
      },
    }];
  },
  async http2(handler) {
    const server = await http2ServerTransport(handler, {
      hostname: "127.0.0.1",
      port: 0,
    });
    const client = new FlightClient(
      http2ClientTransport(parseGrpcLocation(server.uri)),
    );
    return [client, {
      async [Symbol.asyncDispose]() {
        await client.close();
        await server.shutdown(AbortSignal.abort());
      },
    }];
  },
};

for (const [name, start] of Object.entries(CLIENTS)) {
  test(
    `a client reports malformed messages, and goes on (${name})`,
    OPTIONS,
    async () => {
      let messages: readonly Uint8Array[] = [];
      const good = callHandler(SERVICE);
      const [client, disposable] = await start((request) =>
        request.path === methodPath("DoExchange") ? good(request) : {
          headers: Promise.resolve(new FlightHeaders()),
          messages: outgoing(messages),
          trailers: () => new FlightHeaders(),
        }
      );
      await using _ = disposable;
      const echo = client.doExchange(commandDescriptor("echo"), {
        schema: NUMBERS,
      });
      const writer = echo.writable.getWriter();
      const reader = echo.readable.getReader();
      let count = 0;
      const attempt = async (
        call: (client: FlightClient) => Promise<unknown>,
        bad: BadCall,
      ): Promise<void> => {
        messages = bad.messages;
        const error = await call(client).then(
          () => undefined,
          (error) => error,
        );
        assert(FlightError.is(error), `${bad.name}: ${error}`);
        assert(
          ["INTERNAL", "UNIMPLEMENTED", "RESOURCE_EXHAUSTED"].includes(
            error.code,
          ),
          `${bad.name}: ${error}`,
        );
        assert(
          error.details.startsWith("Cannot decode "),
          `${bad.name}: ${error}`,
        );
        // A limit is that of this side.
        const isLimit = error.code === "RESOURCE_EXHAUSTED";
        assert(
          error.method !== undefined &&
            error.origin === (isLimit ? "local" : "remote"),
          `${bad.name}: ${error}`,
        );
        await writer.write(numbers(count));
        assertEquals(values((await reader.read()).value!), [count]);
        count++;
      };
      for (const [message, call] of Object.entries(RESPONSES)) {
        // The result of CancelFlightInfo travels inside of a Result.
        const wrap = message === "CancelFlightInfoResult";
        for (const bad of badMessages(message)) {
          await attempt(
            call,
            wrap
              ? {
                ...bad,
                messages: bad.messages.map((bytes) =>
                  Uint8Array.of(0x0a, bytes.byteLength, ...bytes)
                ),
              }
              : bad,
          );
        }
      }
      for (const bad of badStreams()) await attempt(RESPONSES.FlightData!, bad);
      for (
        const schema of [
          Uint8Array.of(1, 2, 3),
          encodeSchema(NUMBERS).subarray(0, 20),
        ]
      ) {
        const result = Uint8Array.of(0x0a, schema.byteLength, ...schema);
        await attempt(RESPONSES.SchemaResult!, {
          name: "a broken schema",
          messages: [result],
        });
      }
      await writer.close();
      assertEquals((await reader.read()).done, true);
      assert(count > 400, `${count} malformed messages`);
    },
  );
}
