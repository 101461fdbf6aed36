/** Uploads that a service does not read to their end, and how their client is told. */

import { assert, assertEquals } from "@std/assert";
import {
  FlightHeaders,
  type FlightService,
  pathDescriptor,
} from "@contrail/flight";
import type { FlightInterceptor } from "@contrail/flight/middleware";
import type { RecordBatch } from "apache-arrow";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { event } from "../support/events.ts";
import { filled, NUMBERS, numbers } from "../support/numbers.ts";
import { callTest as rpcTest, interceptorTest } from "../support/transports.ts";

const HERE = pathDescriptor("here");

/** Batches of 64 KiB, and how many of them were taken. */
function manyBatches(count: number): {
  batches: Generator<RecordBatch>;
  state: { taken: number; isCancelled: boolean };
} {
  const state = { taken: 0, isCancelled: false };
  return {
    state,
    batches: (function* () {
      try {
        for (; state.taken < count; state.taken++) yield filled(1 << 14, 1);
      } finally {
        state.isCancelled = state.taken < count;
      }
    })(),
  };
}

/** Services that stop after some batches, in every way there is. */
const STOPPING: Readonly<
  Record<string, NonNullable<FlightService["doPut"]>>
> = {
  async "a loop that is left"(upload) {
    let n = 0;
    for await (const _ of upload) if (++n === 2) return;
  },
  async "a reader that is kept"(upload) {
    const reader = upload.getReader();
    await reader.read();
    await reader.read();
  },
  async "a reader that is released"(upload) {
    const reader = upload.messages().getReader();
    await reader.read();
    await reader.read();
    reader.releaseLock();
  },
  async "messages that are cancelled"(upload) {
    const reader = upload.messages().getReader();
    await reader.read();
    await reader.read();
    await reader.cancel();
  },
  async *"a generator that answers"(upload) {
    let n = 0;
    for await (const _ of upload) {
      yield {};
      if (++n === 2) return;
    }
  },
  async "FlightData"(upload) {
    const reader = upload.flightData().getReader();
    for (let i = 0; i < 3; i++) await reader.read();
  },
  async "the schema alone"(upload) {
    await upload.schema;
  },
  "nothing": () => {},
  "no answers": () => [],
};

rpcTest(
  "doPut().writeAll() rejects when the service stops reading",
  async (connectTo) => {
    for (const [name, doPut] of Object.entries(STOPPING)) {
      await using peer = await connectTo({ doPut }, { smallWindows: true });
      const { batches, state } = manyBatches(300);
      const upload = peer.client.doPut(HERE);
      const error = await assertFlightError(
        upload.writeAll(batches),
        "CANCELLED",
        /^\[cancelled\] DoPut: the server completed the upload before it had read everything, after [0-3] messages \(option allowPartial\)$/,
      );
      assertEquals([error.origin, error.method], ["remote", "DoPut"], name);
      assert(upload.isPartial, name);
      assert(state.isCancelled && state.taken < 300, name);
      assertEquals(peer.errors, []);
    }
  },
);

rpcTest(
  "doPut().writeAll() rejects though everything was on its way",
  async (connectTo) => {
    for (const [name, doPut] of Object.entries(STOPPING)) {
      await using peer = await connectTo({ doPut });
      const upload = peer.client.doPut(HERE);
      await assertFlightError(
        upload.writeAll([numbers(1), numbers(2), numbers(3)]),
        "CANCELLED",
      );
      assert(upload.isPartial, name);
    }
  },
);

rpcTest(
  "doPut().writeAll() with allowPartial gives the answers",
  async (connectTo) => {
    for (const [name, doPut] of Object.entries(STOPPING)) {
      await using peer = await connectTo({ doPut }, { smallWindows: true });
      const { batches, state } = manyBatches(300);
      const upload = peer.client.doPut(HERE);
      const results = await upload.writeAll(batches, { allowPartial: true });
      assertEquals(results.length, name === "a generator that answers" ? 2 : 0);
      assert(upload.isPartial, name);
      assert(state.isCancelled, name);
    }
  },
);

rpcTest(
  "doPut().writeAll() with allowPartial does not wait for data that never comes",
  async (connectTo) => {
    await using peer = await connectTo({ doPut: () => [{}] });
    const cancelled = event();
    const upload = peer.client.doPut(HERE, { schema: NUMBERS });
    const endless = new ReadableStream<RecordBatch>({
      cancel: () => cancelled.resolve(),
    });
    assertEquals(
      (await upload.writeAll(endless, { allowPartial: true })).length,
      1,
    );
    await cancelled.promise;
  },
);

rpcTest(
  "doPut().writeAll() with allowPartial rejects with other failures",
  async (connectTo) => {
    await using peer = await connectTo({
      doPut: async (upload) => void await Array.fromAsync(upload),
    });
    const broken = new Error("the file is broken");
    const data = (function* () {
      yield numbers(1);
      throw broken;
    })();
    const upload = peer.client.doPut(HERE);
    assertEquals(
      await rejection(upload.writeAll(data, { allowPartial: true })),
      broken,
    );
    assert(!upload.isPartial);
  },
);

rpcTest(
  "doPut().writeAll() resolves when everything was read, its end or not",
  async (connectTo) => {
    const services: NonNullable<FlightService["doPut"]>[] = [
      async (upload) => void await Array.fromAsync(upload),
      async (upload) => {
        const reader = upload.getReader();
        for (let i = 0; i < 3; i++) await reader.read();
      },
      async (upload) => {
        let n = 0;
        for await (const _ of upload) if (++n === 3) break;
      },
      async (upload) => {
        // The schema and three batches.
        const reader = upload.flightData().getReader();
        for (let i = 0; i < 4; i++) await reader.read();
      },
    ];
    for (const doPut of services) {
      await using peer = await connectTo({ doPut });
      const upload = peer.client.doPut(HERE);
      await upload.writeAll([numbers(1), numbers(2), numbers(3)]);
      assert(!upload.isPartial);
    }
  },
);

rpcTest("doPut().writeAll() of nothing needs no reader", async (connectTo) => {
  await using peer = await connectTo({ doPut: () => {} });
  await peer.client.doPut(HERE, { schema: NUMBERS }).writeAll([]);
  const upload = peer.client.doPut(HERE, { schema: NUMBERS });
  assertEquals(await Array.fromAsync(upload.results), []);
});

rpcTest(
  "closing an upload or an exchange rejects while a batch is on its way",
  async (connectTo) => {
    const go = event();
    await using peer = await connectTo({
      doPut: () => go.promise,
      doExchange: () => go.promise,
    }, { smallWindows: true });
    const { client } = peer;
    const calls = [client.doPut(HERE), client.doExchange(HERE)];
    const closed = calls.map(async ({ writable }) => {
      const writer = writable.getWriter();
      await writer.write(filled(1 << 20, 1));
      await writer.close();
    });
    const piped = client.doPut(HERE);
    const closing = ReadableStream.from([filled(1 << 20, 1)])
      .pipeTo(piped.writable);
    const survivor = client.doPut(HERE);
    const writer = survivor.writer();
    const written = writer.write(filled(1 << 20, 1))
      .then(() => writer.close());
    go.resolve();
    for (const end of [...closed, closing, written]) {
      await assertFlightError(
        end,
        "CANCELLED",
        /the server completed the (upload|exchange) before this write$/,
      );
    }
  },
  { overHttp: false },
);

/** A server that knows nothing of the trailer: it says OK, and has read nothing. */
const foreign: FlightInterceptor = (call) => ({
  headers: Promise.resolve(new FlightHeaders()),
  messages: { read: () => Promise.resolve(undefined), cancel: () => {} },
  trailers: () => (call.messages.cancel(undefined), new FlightHeaders()),
});

interceptorTest(
  "doPut().writeAll() rejects when another server says OK before the half-close",
  async (connectTo) => {
    await using peer = await connectTo({}, {
      serverInterceptors: [foreign],
    });
    const { batches } = manyBatches(300);
    const upload = peer.client.doPut(HERE);
    await assertFlightError(
      upload.writeAll(batches),
      "CANCELLED",
      "[cancelled] DoPut: the server completed the upload before it had read everything " +
        "(option allowPartial)",
    );
    assert(upload.isPartial);
  },
);
