/** All methods of a service, which a client calls as it likes. */

import { FlightError } from "../../../internal/core/flight_error.ts";
import { FlightHeaders } from "../../../internal/core/flight_headers.ts";
import {
  FLIGHT_METHODS,
  methodPath,
} from "../../../internal/protocol/methods.ts";
import type { FlightStream } from "../../../internal/stream/flight_stream.ts";
import { callHandler } from "../../../internal/server/call_handler.ts";
import type { FlightService } from "../../../internal/server/flight_service.ts";
import { HealthService } from "../../../internal/server/health_service.ts";
import type { CallHandler } from "../../../internal/seam/transport.ts";
import { actionCodec } from "../../../internal/protocol/action.ts";
import { numbers } from "../../support/numbers.ts";
import { dataOf, messageOf, messagesOf } from "../inputs/call_inputs.ts";
import { MAX_DECOMPRESSED_BYTES, memoryBoundOf } from "./ipc_target.ts";
import type { Random } from "../random.ts";
import {
  type Ending,
  ENDINGS,
  lost,
  ScriptedSource,
} from "./scripted_source.ts";
import { type Input, rejection, type Target, type Verdict } from "./target.ts";

const BATCH = numbers(1, 2, 3);

/** Services that do with their input what applications do. */
const SERVICES: readonly FlightService[] = [
  {
    // Everything is handed back.
    handshake: (requests) => requests.pipeThrough(asResponses()),
    listFlights: () => [{ endpoints: [{ ticket: "t" }] }],
    getFlightInfo: (descriptor) => ({ descriptor }),
    pollFlightInfo: (descriptor) => ({ descriptor, progress: 0.5 }),
    getSchema: () => BATCH.schema,
    doGet: () => [BATCH, BATCH],
    doPut: async (upload) => {
      for await (const _ of upload);
      return [{}];
    },
    doExchange: (input) => input,
    doAction: (action) => [{ body: action.body ?? new Uint8Array(0) }],
    listActions: () => [{ type: "a", description: "b" }],
    cancelFlightInfo: () => "CANCELLED",
    renewFlightEndpoint: (endpoint) => endpoint,
    setSessionOptions: () => new Map(),
    getSessionOptions: () => ({ a: 1n }),
    closeSession: () => "CLOSED",
  },
  {
    // Inspects its input, and leaves it.
    handshake: () => [],
    listFlights: () => [],
    getFlightInfo: () => undefined,
    doGet: () => [BATCH],
    doPut: async (upload) => {
      await upload.schema;
      return [];
    },
    doExchange: async (input) => {
      await input.descriptor;
      return [BATCH];
    },
    doAction: () => undefined,
  },
  {
    // Does not inspect its input.
    doPut: () => undefined,
    doExchange: () => [BATCH],
    handshake: () => undefined,
  },
  {
    // Handlers fail, at once or later.
    doGet: () => failing(),
    doPut: async (upload) => {
      for await (const _ of upload.messages()) throw notFound();
    },
    doExchange: (input) => failing(input),
    doAction: () => Promise.reject(notFound()),
    listFlights: () => {
      throw notFound();
    },
  },
  {
    // Forwards its input without decoding.
    doPut: async (upload) => {
      for await (const _ of upload.flightData());
      return undefined;
    },
    doExchange: (input) => input.flightData() as never,
  },
];

const ACTIONS = [
  ["CancelFlightInfo", "CancelFlightInfoRequest"],
  ["RenewFlightEndpoint", "RenewFlightEndpointRequest"],
  ["SetSessionOptions", "SetSessionOptionsRequest"],
  ["GetSessionOptions", "GetSessionOptionsRequest"],
  ["CloseSession", "CloseSessionRequest"],
] as const;

/** Requests for the methods of Flight. */
const REQUESTS: Readonly<Record<string, string>> = {
  Handshake: "HandshakeRequest",
  ListFlights: "Criteria",
  GetFlightInfo: "FlightDescriptor",
  PollFlightInfo: "FlightDescriptor",
  GetSchema: "FlightDescriptor",
  DoGet: "Ticket",
  DoAction: "Action",
  ListActions: "Empty",
};

/** Further methods on the same port. */
const OTHERS = [
  ["grpc.health.v1.Health/Check", ".grpc.health.v1.HealthCheckRequest"],
  ["grpc.health.v1.Health/Watch", ".grpc.health.v1.HealthCheckRequest"],
  ["grpc.health.v1.Health/List", ".grpc.health.v1.HealthListRequest"],
  [
    "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    ".grpc.reflection.v1.ServerReflectionRequest",
  ],
  ["unknown.Service/Method", "Ticket"],
] as const;

/** One call. */
export interface ServiceInput extends Input {
  readonly path: string;
  /** Number of the service. */
  readonly service: number;
  readonly ending: Ending;
  /** Number of messages that are read before the client goes. */
  readonly reads: number;
}

/** The errors that a handler did not mean. */
let mistakes: unknown[] = [];

const handlers: readonly CallHandler[] = SERVICES.map((service) =>
  callHandler(service, {
    services: [new HealthService()],
    reflection: true,
    maxDecompressedMessageBytes: MAX_DECOMPRESSED_BYTES,
    onError: (error) => mistakes.push(error),
  })
);

/** The messages of one request. */
export const serviceTarget: Target<ServiceInput> = {
  name: "service",
  reads: "calls of a service: requests of a client",
  memoryBound: memoryBoundOf,
  generate(random: Random): ServiceInput {
    const [path, parts] = requestOf(random);
    return {
      path,
      parts,
      service: random.below(SERVICES.length),
      ending: random.pick(ENDINGS),
      reads: random.oneIn(4) ? random.below(3) : Infinity,
    };
  },
  async run(
    { path, parts, service, ending, reads }: ServiceInput,
  ): Promise<Verdict> {
    mistakes = [];
    const source = new ScriptedSource(parts, ending);
    const controller = new AbortController();
    const { headers, messages } = handlers[service]!({
      path,
      headers: new FlightHeaders(),
      messages: source,
      signal: controller.signal,
      deadline: undefined,
      peer: "192.0.2.1:1",
    });
    headers.catch(() => {});
    let verdict: Verdict;
    const leave = (): void => {
      const error = lost();
      controller.abort(error);
      source.fail(error);
      messages.cancel(error);
    };
    // A client that says nothing more goes in the end, and so does one that watches.
    const timer = setTimeout(leave, 2);
    try {
      for (let read = 0;; read++) {
        if (read >= reads) leave();
        if (await messages.read() === undefined) break;
      }
    } catch (error) {
      verdict = rejection(error);
    } finally {
      clearTimeout(timer);
    }
    // As transports do when a call has ended.
    controller.abort(lost());
    source.fail(lost());
    for (const mistake of mistakes) {
      if (!FlightError.is(mistake)) throw mistake;
    }
    return verdict;
  },
};

function requestOf(random: Random): [path: string, parts: Uint8Array[]] {
  if (random.oneIn(6)) {
    const [method, request] = random.pick(OTHERS);
    return [methodPath(method), messagesOf(request, random)];
  }
  const method = random.pick(FLIGHT_METHODS);
  const path = methodPath(method);
  if (method === "DoAction" && random.oneIn(2)) {
    const [type, request] = random.pick(ACTIONS);
    return [path, [
      actionCodec.encode({ type, body: messageOf(request, random) }),
    ]];
  }
  const request = REQUESTS[method];
  return [
    path,
    request === undefined ? dataOf(random) : messagesOf(request, random),
  ];
}

function asResponses(): TransformStream<unknown, Record<string, never>> {
  return new TransformStream({
    transform: (_, controller) => controller.enqueue({}),
  });
}

async function* failing(input?: FlightStream) {
  if (input === undefined) yield BATCH;
  else for await (const batch of input) yield batch;
  throw notFound();
}

function notFound(): FlightError {
  return new FlightError("NOT_FOUND", "no such thing");
}
