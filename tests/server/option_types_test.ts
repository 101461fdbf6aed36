/**
 * Every option is checked by its type and range where it is given: a value that is accepted and then
 * ignored, or that fails much later, costs hours. The tables name all options of the interfaces; a
 * new one does not compile before it is here.
 */

import { test } from "node:test";

import {
  connect,
  type ConnectOptions,
  type FlightCallOptions,
  type FlightPollOptions,
  type FlightReadOptions,
  type FlightWriteOptions,
  pathDescriptor,
  serve,
  type ServeOptions,
} from "@contrail/flight";
import {
  connectInMemory,
  type ConnectInMemoryOptions,
  type FlightClient,
} from "@contrail/flight/memory";
import { assert } from "@std/assert";

import {
  checkAll,
  type Kind,
  type Options,
  shown,
  WRONG,
} from "../support/option_types.ts";
import { TRANSPORTS } from "../support/transport_named.ts";

const READING = {
  maxDecompressedMessageBytes: "number",
  maxBatchRows: "number",
  maxDictionaryBytes: "number",
  maxBytesBeforeSchema: "number",
} as const;

const WRITING = {
  compression: "choice",
  compressionLevel: "number",
  maxBatchBytes: "number",
  maxSendMessageBytes: "number",
  dictionaries: "choice",
} as const;

const TRANSPORT = {
  transport: "transport",
  maxReceiveMessageBytes: "number",
  flowControlWindowBytes: "number",
  maxUnreadBytes: "number",
  maxFrameBytes: "number",
  maxHeaderListBytes: "number",
  maxHeaderFields: "number",
  maxInflatedBytes: "number",
  keepaliveTimeMs: "number",
  keepaliveTimeoutMs: "number",
} as const;

const CLIENT = {
  ...READING,
  ...WRITING,
  headers: "headers",
  timeoutMs: "number",
  interceptors: "array",
  connectLocation: "function",
  fetchLocation: "function",
  maxFileBytes: "number",
  locationIdleMs: "number",
  locationTimeoutMs: "number",
} as const;

const HANDLER = {
  ...READING,
  ...WRITING,
  requestTimeoutMs: "number",
  receiveStallTimeoutMs: "number",
  onError: "function",
  services: "array",
  reflection: "boolean",
} as const;

const CALL = {
  signal: "signal",
  timeoutMs: "number",
  readTimeoutMs: "number",
  writeTimeoutMs: "number",
  headers: "headers",
  onHeaders: "function",
  onTrailers: "function",
} as const;

const CONNECT: Options<ConnectOptions> = {
  ...CLIENT,
  ...TRANSPORT,
  tls: "object",
  connectTimeoutMs: "number",
  connections: "number",
};

const SERVE: Options<ServeOptions> = {
  ...HANDLER,
  ...TRANSPORT,
  interceptors: "array",
  publicLocation: "text",
  signal: "signal",
  shutdownTimeoutMs: "number",
  maxConnections: "number",
  maxConcurrentCalls: "number",
  maxCallsPerConnection: "number",
  maxCallsPerPeer: "number",
  maxConcurrentStreams: "number",
  handshakeTimeoutMs: "number",
  sendStallTimeoutMs: "number",
  maxConnectionIdleMs: "number",
  maxConnectionAgeMs: "number",
  maxConnectionAgeGraceMs: "number",
  hostname: "text",
  port: "number",
  path: "text",
  tls: "object",
  shutdownOnSignals: "boolean",
  web: "objectOrBoolean",
};

const IN_MEMORY: Options<ConnectInMemoryOptions> = {
  ...CLIENT,
  ...HANDLER,
  serverInterceptors: "array",
  flowControlWindowBytes: "number",
  maxReceiveMessageBytes: "number",
  maxHeaderFields: "number",
};

const CALLS: Options<FlightCallOptions> = CALL;

const WRITE: Options<FlightWriteOptions> = {
  ...CALL,
  ...WRITING,
  schema: "schema",
};

const READ: Options<FlightReadOptions> = {
  signal: "signal",
  timeoutMs: "number",
  readTimeoutMs: "number",
  writeTimeoutMs: "number",
  headers: "headers",
  maxParallelEndpoints: "number",
  renewBeforeMs: "number",
  dictionaries: "choice",
};

const POLL: Options<FlightPollOptions> = {
  signal: "signal",
  timeoutMs: "number",
  readTimeoutMs: "number",
  headers: "headers",
  maxPollDelayMs: "number",
  cancelQuery: "boolean",
};

for (const [transportName, transport] of TRANSPORTS) {
  /** Options that this transport ignores, and does not check. */
  const ignored = transportName === "http2" ? [] : [
    "maxUnreadBytes",
    "maxFrameBytes",
    "maxHeaderListBytes",
    "maxConcurrentStreams",
    "handshakeTimeoutMs",
    "sendStallTimeoutMs",
    "maxConnectionIdleMs",
    "maxConnectionAgeMs",
    "maxConnectionAgeGraceMs",
  ];
  const heeded = (options: Readonly<Record<string, Kind>>) =>
    Object.fromEntries(
      Object.entries(options).filter(([name]) => !ignored.includes(name)),
    );

  test(`connect refuses options of a wrong type (${transportName})`, () =>
    checkAll(
      heeded(CONNECT),
      (options) =>
        connect(
          "grpc+tls://localhost:1",
          typeof options === "object" && options
            ? { transport, ...options }
            : options,
        ),
    ));

  test(`serve refuses options of a wrong type (${transportName})`, () =>
    checkAll(
      heeded(SERVE),
      (options) =>
        serve(
          {},
          typeof options === "object" && options
            ? { transport, ...options }
            : options,
        ),
    ));
}

test("connectInMemory refuses options of a wrong type", () =>
  checkAll(IN_MEMORY, (options) => connectInMemory({}, options)));

/** Calls of all shapes, with options. */
const SHAPES: Record<
  string,
  [
    options: Readonly<Record<string, Kind>>,
    // deno-lint-ignore no-explicit-any -- wrong on purpose
    call: (client: FlightClient, options: any) => unknown,
  ]
> = {
  listFlights: [CALLS, (client, options) => client.listFlights({}, options)],
  getFlightInfo: [
    CALLS,
    (c, options) => c.getFlightInfo(pathDescriptor("x"), options),
  ],
  getSchema: [CALLS, (c, options) => c.getSchema(pathDescriptor("x"), options)],
  pollFlightInfo: [
    CALLS,
    (c, options) => c.pollFlightInfo(pathDescriptor("x"), options),
  ],
  doAction: [CALLS, (client, options) => client.doAction("x", options)],
  listActions: [CALLS, (client, options) => client.listActions(options)],
  doGet: [CALLS, (client, options) => client.doGet("x", options)],
  handshake: [CALLS, (client, options) => client.handshake(options)],
  call: [CALLS, (client, options) => client.call("a.B/C", [], options)],
  doPut: [WRITE, (c, options) => c.doPut(pathDescriptor("x"), options)],
  doExchange: [
    WRITE,
    (c, options) => c.doExchange(pathDescriptor("x"), options),
  ],
  poll: [POLL, (client, options) => client.poll(pathDescriptor("x"), options)],
  read: [READ, (client, options) =>
    client.read({
      descriptor: pathDescriptor("x"),
      endpoints: [],
      ordered: false,
    }, options)],
};

for (const [name, [options, call]] of Object.entries(SHAPES)) {
  test(`${name} refuses options of a wrong type`, async () => {
    await using client = connectInMemory({});
    await checkAll(
      options,
      async (options) => void await call(client, options),
    );
  });
}

test("shutdown refuses a time-out of a wrong type", async () => {
  await using server = await serve({});
  for (const timeoutMs of WRONG.number) {
    const error = await server.shutdown({ timeoutMs: timeoutMs as number })
      .then(() => undefined, (error) => error);
    assert(
      /^Cannot use option timeoutMs: /.test(error?.message),
      `${shown(timeoutMs)}: ${error}`,
    );
  }
});

test("serve refuses what is not a service", async () => {
  for (
    const [service, message] of [
      [null, "a service is an object of handlers, not null"],
      ["x", "a service is an object of handlers, not string"],
      [{ doGet: 5 }, "doGet is number, not a function"],
      [{ listActions: null }, "listActions is null, not a function"],
    ]
  ) {
    const error = await serve(service as never).then(
      (server) => server.shutdown(),
      (error) => error,
    );
    assert(
      error instanceof TypeError && error.message.endsWith(message as string),
      String(error),
    );
  }
});
