/**
 * No end of a call leaves a rejection behind that has no listener: the process of a server or a client
 * would end with it.
 */

import { after, before } from "node:test";
import process from "node:process";
import { assertEquals } from "@std/assert";
import {
  type FlightClient,
  type FlightDataInit,
  FlightError,
  type FlightStream,
  pathDescriptor,
} from "@contrail/flight";
import type { FlightInterceptor } from "@contrail/flight/middleware";
import { connectInMemory } from "@contrail/flight/memory";
import { tableFromArrays } from "apache-arrow";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { numbers } from "../support/numbers.ts";
import { turns } from "../support/events.ts";
import { callTest as rpcTest } from "../support/transports.ts";

const HERE = pathDescriptor("here");

const unhandled: unknown[] = [];
const listener = (error: unknown): void => void unhandled.push(error);
before(() => void process.on("unhandledRejection", listener));
after(() => void process.off("unhandledRejection", listener));

/** Returns unhandled rejections so far, once sockets and timers have had their turns. */
async function leftBehind(): Promise<unknown[]> {
  await turns(20);
  return unhandled.splice(0);
}

/** The forms in which a handler may give what it was given. */
const FORMS: Readonly<
  Record<string, (stream: FlightStream) => Promise<FlightDataInit>>
> = {
  "the stream": async (stream) => await nothing() ?? stream,
  "the stream, looked at": async (stream) => {
    void [stream.schema, stream.schemaAppMetadata, stream.descriptor];
    void [stream.headers, stream.trailers];
    return await nothing() ?? stream;
  },
  "its messages": async (stream) => await nothing() ?? stream.messages(),
  "its FlightData": async (stream) => await nothing() ?? stream.flightData(),
  "a generator over it": async (stream) =>
    await nothing() ?? (async function* () {
      yield* stream;
    })(),
  "an object with a schema": async (stream) =>
    await nothing() ?? {
      schema: stream.schema,
      [Symbol.asyncIterator]: () => stream[Symbol.asyncIterator](),
    },
  "its iterator": async (stream) => {
    const iterator = stream[Symbol.asyncIterator]();
    return await nothing() ?? { [Symbol.asyncIterator]: () => iterator };
  },
  "its table": (stream) => stream.table(),
  "a stream in a list": async (stream) => await nothing() ?? [stream] as never,
  "a promise in an object": async (stream) =>
    await nothing() ?? { schema: stream.schema } as never,
};

function nothing(): Promise<undefined> {
  return Promise.resolve(undefined);
}

/** Ways to end an exchange early. */
const ENDS: Readonly<Record<string, (client: FlightClient) => Promise<void>>> =
  {
    async "the client cancels"(client) {
      const exchange = client.doExchange(HERE);
      await turns(2);
      await exchange.readable.cancel().catch(() => {});
    },
    async "the client cancels at once"(client) {
      await client.doExchange(HERE).readable.cancel().catch(() => {});
    },
    async "the client aborts its data"(client) {
      const exchange = client.doExchange(HERE);
      const writer = exchange.writable.getWriter();
      await writer.write(numbers(1)).catch(() => {});
      await writer.abort(new Error("out of data"));
      await Array.fromAsync(exchange.readable).catch(() => {});
    },
    async "the deadline passes"(client) {
      const exchange = client.doExchange(HERE, { timeoutMs: 30 });
      await rejection(Array.fromAsync(exchange.readable));
    },
    async "the client sends garbage"(client) {
      const answers = client.call(
        "arrow.flight.protocol.FlightService/DoExchange",
        [Uint8Array.of(0xff, 0xff)],
      );
      await assertFlightError(Array.fromAsync(answers), "INVALID_ARGUMENT")
        .catch(() => {});
    },
    async "the client sends nothing"(client) {
      const answers = client.call(
        "arrow.flight.protocol.FlightService/DoExchange",
        [],
      );
      await Array.fromAsync(answers).catch(() => {});
    },
    async "nobody reads the answer"(client) {
      const exchange = client.doExchange(HERE);
      await exchange.writable.getWriter().write(numbers(1)).catch(() => {});
      await exchange[Symbol.asyncDispose]();
    },
    // The last one: the client is of no use after it.
    async "the client goes away"(client) {
      const exchange = client.doExchange(HERE);
      await turns(2);
      await client.close();
      await rejection(Array.fromAsync(exchange.readable));
    },
  };

rpcTest(
  "unhandled rejections: doExchange that returns its input survives every end of a call",
  async (connectTo) => {
    await Promise.all(
      Object.values(FORMS).map(async (form) => {
        await using peer = await connectTo({ doExchange: form });
        for (const end of Object.values(ENDS)) await end(peer.client);
        // What is left behind by it is seen while the peer is there.
        await turns(20);
      }),
    );
    assertEquals(await leftBehind(), []);
  },
);

rpcTest(
  "unhandled rejections: doGet that returns a stream of a client survives its failures",
  async (connectTo) => {
    await using upstream = connectInMemory({
      doGet: ({ ticket }) => {
        if (ticket.length === 0) throw new FlightError("NOT_FOUND", "none");
        return (async function* () {
          yield numbers(1);
          await turns(1);
          throw new FlightError("DATA_LOSS", "gone");
        })();
      },
    });
    await Promise.all(
      Object.values(FORMS).map(async (form) => {
        for (const ticket of ["", "x"]) {
          await using peer = await connectTo({
            doGet: () => form(upstream.doGet(ticket)),
          });
          await rejection(Array.fromAsync(peer.client.doGet("t")));
          await peer.client.doGet("t").cancel();
        }
      }),
    );
    assertEquals(await leftBehind(), []);
  },
);

rpcTest(
  "unhandled rejections: doGet that returns what a client reads",
  async (connectTo) => {
    await using upstream = connectInMemory({});
    const info = {
      endpoints: [{ ticket: { ticket: new Uint8Array() }, locations: [] }],
      ordered: false,
    } as never;
    await using peer = await connectTo({
      doGet({ ticket }) {
        const stream = upstream.read(info);
        return ticket.length === 0 ? stream : stream.messages();
      },
    });
    for (const ticket of ["", "x"]) {
      await rejection(Array.fromAsync(peer.client.doGet(ticket)));
      await peer.client.doGet(ticket).cancel();
    }
    assertEquals(await leftBehind(), []);
  },
);

rpcTest(
  "unhandled rejections: handlers that drop or misuse what they were given",
  async (connectTo) => {
    await using upstream = connectInMemory({});
    const failing = () => upstream.doGet("none");
    const throwing = {
      get schema(): never {
        throw new Error("no schema");
      },
      get [Symbol.asyncIterator](): never {
        throw new Error("no iterator");
      },
    };
    await using peer = await connectTo({
      doPut: (upload) =>
        void [upload.schema, upload.descriptor, upload.trailers],
      doGet: ({ ticket }) =>
        ticket.length ? throwing as never : [failing()] as never,
      getFlightInfo: () => failing() as never,
      getSchema: () => failing().schema,
      listFlights: () => [{ schema: failing().schema }] as never,
      doAction: ({ type }) =>
        type === "list"
          ? [Promise.reject(new Error("late"))] as never
          : failing() as never,
      listActions: () => failing().table() as never,
      pollFlightInfo: () =>
        ({ info: failing(), descriptor: failing() }) as never,
    });
    const { client } = peer;
    await client.doPut(HERE).writeAll([]).catch(() => {});
    const garbage = client.call(
      "arrow.flight.protocol.FlightService/DoPut",
      [Uint8Array.of(0xff, 0xff)],
    );
    await Array.fromAsync(garbage).catch(() => {});
    await rejection(Array.fromAsync(client.doGet("")));
    await rejection(Array.fromAsync(client.doGet("x")));
    await rejection(client.getFlightInfo(HERE));
    await rejection(client.getSchema(HERE));
    await rejection(client.pollFlightInfo(HERE));
    await rejection(Array.fromAsync(client.listFlights()));
    await rejection(Array.fromAsync(client.doAction("list")));
    await rejection(Array.fromAsync(client.doAction("stream")));
    await rejection(Array.fromAsync(client.listActions()));
    assertEquals(await leftBehind(), []);
  },
);

rpcTest(
  "unhandled rejections: a client that drops what a failed call gave it",
  async (connectTo) => {
    await using peer = await connectTo({});
    const { client } = peer;
    const got = client.doGet("t");
    void [got.schema, got.schemaAppMetadata, got.descriptor, got.headers];
    void got.trailers;
    const upload = client.doPut(HERE);
    void upload.headers;
    await rejection(
      upload.writer().write(numbers(1)).then(() => upload.headers),
    );
    const exchange = client.doExchange(HERE);
    void [exchange.readable.schema, exchange.readable.headers];
    void client.handshake().headers;
    const read = client.read({
      endpoints: [{ ticket: { ticket: new Uint8Array() }, locations: [] }],
      ordered: false,
    } as never);
    void read.schema;
    await turns(5);
    await read.cancel().catch(() => {});
    assertEquals(await leftBehind(), []);
  },
);

rpcTest(
  "unhandled rejections: what onHeaders and onTrailers throw fails the call",
  async (connectTo) => {
    await using peer = await connectTo({
      doGet: () => tableFromArrays({ n: [1] }),
    });
    const wrong = new Error("not these");
    const calls = [
      {
        onHeaders: () => {
          throw wrong;
        },
      },
      { onHeaders: () => Promise.reject(wrong) as never },
      {
        onTrailers: () => {
          throw wrong;
        },
      },
      { onTrailers: () => Promise.reject(wrong) as never },
    ];
    for (const options of calls) {
      const error = await rejection(
        Array.fromAsync(peer.client.doGet("t", options)),
      );
      assertEquals(error, wrong);
    }
    assertEquals(await leftBehind(), []);
  },
);

rpcTest(
  "unhandled rejections: interceptors whose messages fail to be cancelled",
  async (connectTo) => {
    const careless: FlightInterceptor = (call, next) => {
      const response = next({
        ...call,
        messages: {
          read: () => call.messages.read(),
          cancel(reason) {
            call.messages.cancel(reason);
            throw new Error("cancelled badly");
          },
        },
      });
      return {
        ...response,
        messages: {
          read: () => response.messages.read(),
          cancel(reason) {
            response.messages.cancel(reason);
            throw new Error("cancelled badly");
          },
        },
      };
    };
    await using peer = await connectTo({ doExchange: (input) => input }, {
      clientInterceptors: [careless],
      serverInterceptors: [careless],
    });
    for (const end of ["the client cancels", "the deadline passes"]) {
      await ENDS[end]!(peer.client);
      assertEquals(await leftBehind(), [], end);
    }
  },
);
