import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type FlightClient,
  type FlightData,
  FlightError,
  type FlightService,
  type FlightStream,
  pathDescriptor,
} from "@contrail/flight";
import { METADATA_VERSION } from "../../internal/arrow/arrow_format.ts";
import {
  batchHeader,
  numbers as table,
  schemaHeader,
} from "../support/ipc/handmade_messages.ts";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { event, turns } from "../support/events.ts";
import { filled, NUMBERS, numbers, values } from "../support/numbers.ts";
import { rpcTest } from "../support/transports.ts";

const HERE = pathDescriptor("here");
const THERE = pathDescriptor("there");

/** A stream of a type that does not exist yet. */
const UNKNOWN: readonly FlightData[] = [
  {
    dataHeader: schemaHeader([{
      name: "views",
      typeId: 27,
      children: [{
        name: "item",
        typeId: 2,
        type: table([4, 32], [1, 1]),
      }],
    }], { version: METADATA_VERSION.v5 }),
    dataBody: new Uint8Array(),
    appMetadata: Uint8Array.of(1),
  },
  {
    dataHeader: batchHeader({
      rows: 1,
      nodes: [[1, 0], [2, 0]],
      buffers: [[0, 0], [0, 4], [8, 4], [0, 0], [16, 8]],
      bodyLength: 24,
    }),
    dataBody: new Uint8Array(Int32Array.of(0, 0, 2, 0, 7, 8).buffer),
  },
  {
    dataHeader: new Uint8Array(),
    dataBody: new Uint8Array(),
    appMetadata: Uint8Array.of(2),
  },
];

/** The parts of a message that matter; headers may have been padded. */
function parts({ descriptor, dataHeader, dataBody, appMetadata }: FlightData) {
  return {
    descriptor,
    header: dataHeader.byteLength > 0 ? [...dataHeader].slice(0, 32) : [],
    body: [...dataBody],
    metadata: appMetadata && [...appMetadata],
  };
}

const WANTED = UNKNOWN.map(parts);

async function received(stream: ReadableStream<FlightData>) {
  return (await Array.fromAsync(stream)).map(parts);
}

rpcTest(
  "DoGet of what cannot be read names it, and can be forwarded",
  async (connectTo) => {
    await using upstream = await connectTo({ doGet: () => UNKNOWN });
    const error = await assertFlightError(
      Array.fromAsync(upstream.client.doGet("t")),
      "UNIMPLEMENTED",
      /field "views" is of type unknown type 27/,
    );
    assertEquals(error.method, "DoGet");
    await using proxy = await connectTo({
      doGet: ({ ticket }, { signal }) =>
        upstream.client.doGet(ticket, { signal }).flightData(),
    });
    assertEquals(await received(proxy.client.doGet("t").flightData()), WANTED);
  },
);

rpcTest("DoGet is piped to DoPut", async (connectTo) => {
  const stored: { descriptor: unknown; messages: unknown }[] = [];
  await using upstream = await connectTo({ doGet: () => UNKNOWN });
  await using downstream = await connectTo({
    async doPut(upload) {
      const descriptor = await upload.descriptor;
      const messages = await received(upload.flightData());
      stored.push({ descriptor, messages });
      return [{ appMetadata: Uint8Array.of(3) }];
    },
  });
  const upload = downstream.client.doPut(THERE);
  const [results] = await Promise.all([
    Array.fromAsync(upload.results),
    upstream.client.doGet("t").flightData().pipeTo(upload.writable),
  ]);
  assertEquals(results.length, 1);
  const again = downstream.client.doPut(THERE);
  await again.writeAll(upstream.client.doGet("t").flightData());
  const [first, ...others] = WANTED;
  const messages = [{ ...first, descriptor: THERE }, ...others];
  assertEquals(stored, [
    { descriptor: THERE, messages },
    { descriptor: THERE, messages },
  ]);
});

/** Sends every data stream on to `upstream`. */
function forwarding(upstream: FlightClient): FlightService {
  return {
    doGet: (ticket, { signal }) =>
      upstream.doGet(ticket, { signal }).flightData(),
    async doPut(input, { signal }) {
      const upload = upstream.doPut((await input.descriptor)!, { signal });
      input.flightData().pipeTo(upload.writable).catch(() => {});
      return upload.results;
    },
    async doExchange(input, { signal }) {
      const descriptor = (await input.descriptor)!;
      const exchange = upstream.doExchange(descriptor, { signal });
      input.flightData().pipeTo(exchange.writable).catch(() => {});
      return exchange.readable.flightData();
    },
  };
}

rpcTest(
  "FlightData: uploads and exchanges are forwarded",
  async (connectTo) => {
    await using upstream = await connectTo({
      async *doPut(upload) {
        assertEquals<unknown>(await upload.descriptor, HERE);
        for await (const { batch, appMetadata } of upload.messages()) {
          yield { appMetadata: Uint8Array.of(batch!.numRows, ...appMetadata!) };
        }
      },
      async *doExchange(input) {
        assertEquals<unknown>(await input.descriptor, HERE);
        yield* input.messages();
      },
    });
    await using proxy = await connectTo(forwarding(upstream.client));
    const results = await proxy.client.doPut(HERE).writeAll([
      { batch: numbers(1, 2), appMetadata: Uint8Array.of(5) },
      { batch: numbers(3), appMetadata: Uint8Array.of(6) },
    ]);
    assertEquals(results.map(({ appMetadata }) => [...appMetadata!]), [
      [2, 5],
      [1, 6],
    ]);
    const { writable, readable } = proxy.client.doExchange(HERE);
    const writer = writable.getWriter();
    const messages = readable.messages().getReader();
    // Each answer is awaited before the next message: nothing waits for an end.
    await writer.write({ appMetadata: Uint8Array.of(1) });
    assertEquals((await messages.read()).value!.appMetadata, Uint8Array.of(1));
    for (let i = 0; i < 3; i++) {
      await writer.write(numbers(i));
      assertEquals(values((await messages.read()).value!.batch!), [i]);
    }
    await writer.close();
    assertEquals((await messages.read()).done, true);
  },
);

rpcTest(
  "FlightData: the call has its own descriptor, once",
  async (connectTo) => {
    const seen: unknown[] = [];
    const collect = async (input: FlightStream) => {
      seen.push(await received(input.flightData()));
      return undefined;
    };
    await using upstream = await connectTo({
      doPut: collect,
      doExchange: collect,
    });
    const others = UNKNOWN.map((data) => ({ ...data, descriptor: HERE }));
    await upstream.client.doPut(THERE).writeAll(others);
    const [first, ...rest] = WANTED;
    assertEquals(seen.pop(), [{ ...first, descriptor: THERE }, ...rest]);

    // The first message of an exchange has a descriptor and nothing else.
    await using proxy = await connectTo(forwarding(upstream.client));
    const { writable, readable } = proxy.client.doExchange(HERE);
    const writing = ReadableStream.from(UNKNOWN).pipeTo(writable);
    await Array.fromAsync(readable);
    await writing;
    const empty = { header: [], body: [], metadata: undefined };
    assertEquals(seen.pop(), [{ ...empty, descriptor: HERE }, ...WANTED]);
  },
);

rpcTest(
  "FlightData: a failure is forwarded after the messages before it",
  async (connectTo) => {
    await using upstream = await connectTo({
      async *doGet() {
        yield numbers(1);
        throw new FlightError("DATA_LOSS", "the disk is gone");
      },
    });
    await using proxy = await connectTo(forwarding(upstream.client));
    const reader = proxy.client.doGet("t").getReader();
    assertEquals(values((await reader.read()).value!), [1]);
    await assertFlightError(reader.read(), "DATA_LOSS", /the disk is gone/);
  },
);

rpcTest(
  "FlightData: a slow reader stops the source behind a proxy",
  async (connectTo) => {
    let produced = 0;
    const small = { smallWindows: true };
    const stopped = event();
    await using upstream = await connectTo({
      async *doGet() {
        try {
          while (true) {
            produced++;
            yield filled(4096, produced);
          }
        } finally {
          stopped.resolve();
        }
      },
    }, small);
    await using proxy = await connectTo(forwarding(upstream.client), small);
    const reader = proxy.client.doGet("t").getReader();
    await reader.read();
    await turns(50);
    assert(
      produced <= 2 * upstream.maxBatchesAhead,
      `${produced} batches were produced`,
    );
    await reader.cancel();
    await stopped.promise;
  },
);

rpcTest(
  "FlightData: the descriptor may be read before the messages, the schema not",
  async (connectTo) => {
    await using peer = await connectTo({
      doGet: () => [{ schema: NUMBERS }, numbers(1)],
    });
    const stream = peer.client.doGet("t");
    assertEquals(await stream.descriptor, undefined);
    const messages = stream.flightData();
    assert(stream.locked);
    await assertRejects(
      () => stream.schema,
      TypeError,
      "Cannot read the schema of FlightData that is not decoded",
    );
    assertThrows(() => stream.flightData(), TypeError, "the stream is locked");
    assertEquals((await Array.fromAsync(messages)).length, 2);
    assertEquals((await stream.trailers) !== undefined, true);

    await using other = peer.client.doGet("t");
    await other.schema;
    assertThrows(
      () => other.flightData(),
      TypeError,
      "the schema has been read",
    );
    // It can still be read as batches.
    assertEquals((await Array.fromAsync(other)).length, 1);
  },
);

rpcTest(
  "FlightData: batches and messages of other streams do not mix",
  async (connectTo) => {
    await using peer = await connectTo({
      doGet: ({ ticket }) =>
        ticket.byteLength === 0
          ? [numbers(1), ...UNKNOWN]
          : [...UNKNOWN, numbers(1)],
      async doPut(upload) {
        await Array.fromAsync(upload.flightData());
      },
    });
    for (const [ticket, before] of [["", 2], ["x", 3]] as const) {
      const reader = peer.client.doGet(ticket).flightData().getReader();
      for (let i = 0; i < before; i++) await reader.read();
      await assertFlightError(reader.read(), "INTERNAL");
      const error = (peer.errors.pop() as Error).cause;
      assertEquals(peer.errors, []);
      assert(error instanceof TypeError);
      assert(
        error.message.startsWith("Cannot send RecordBatches and FlightData"),
      );
    }
    const mixed = [...UNKNOWN, numbers(1)];
    const error = await rejection(peer.client.doPut(HERE).writeAll(mixed));
    assert(error instanceof TypeError);
    const withSchema = peer.client.doPut(HERE, { schema: NUMBERS });
    assert(
      await rejection(withSchema.writeAll(UNKNOWN)) instanceof TypeError,
    );
  },
);

rpcTest("FlightData: what is no FlightData is refused", async (connectTo) => {
  await using peer = await connectTo({ doPut: () => {} });
  for (
    const bad of [
      { dataHeader: new Uint8Array() },
      { dataHeader: "x", dataBody: new Uint8Array() },
      { dataBody: new Uint8Array() },
    ]
  ) {
    const upload = peer.client.doPut(HERE);
    const error = await rejection(
      upload.writable.getWriter().write(bad as never),
    );
    assert(error instanceof TypeError, String(error));
    assert(
      error.message.includes(
        "Cannot send data: it must consist of RecordBatches",
      ),
    );
  }
});

rpcTest(
  "FlightData: a message that has only a descriptor is forwarded to a client",
  async (connectTo) => {
    const empty = { dataHeader: new Uint8Array(), dataBody: new Uint8Array() };
    await using peer = await connectTo({
      doGet: () => [{ ...empty, descriptor: THERE }, ...UNKNOWN],
    });
    const messages = await received(peer.client.doGet("t").flightData());
    assertEquals(messages[0], {
      descriptor: THERE,
      header: [],
      body: [],
      metadata: undefined,
    });
    assertEquals(messages.slice(1), WANTED);
  },
);
