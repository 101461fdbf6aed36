import { test } from "node:test";

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertLess,
  assertThrows,
} from "@std/assert";
import {
  connect,
  type FlightDataInit,
  type FlightStream,
  pathDescriptor,
  serve,
} from "@contrail/flight";
import { Binary, makeData, type RecordBatch, Table } from "apache-arrow";

import { plain } from "../support/ipc/ipc_streams.ts";
import { batchOf, ROWS, SAMPLES } from "../support/ipc/samples.ts";
import { filled, values } from "../support/numbers.ts";
import { rejection } from "../support/rejections.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { type ConnectTo, rpcTest } from "../support/transports.ts";

const HERE = pathDescriptor("here");

/** Rows of a batch whose message is large enough for its memory to be used again. */
const MANY_ROWS = 20_000;

/** Bytes that make any batch large, and that differ for each of them. */
function ballast(seed: number): ReturnType<typeof makeData> {
  const random = seededRandom(seed);
  const offsets = Int32Array.from({ length: ROWS + 1 }, (_, i) => 2000 * i);
  const bytes = Uint8Array.from(
    { length: 2000 * ROWS },
    () => random() * 256,
  );
  return makeData({
    type: new Binary(),
    length: ROWS,
    nullCount: 0,
    valueOffsets: offsets,
    data: bytes,
  });
}

/** Batches of every layout, each with other values. */
function everyLayout(): RecordBatch[] {
  return Array.from({ length: 8 }, (_, i) => {
    const columns = Object.fromEntries(
      Object.entries(SAMPLES).map(([name, make]) => [name, make()]),
    );
    const batch = batchOf({ ...columns, ballast: ballast(i) });
    return batch.slice(i % 3, ROWS - i);
  });
}

const latin1 = new TextDecoder("latin1");

/** The values of a batch. Those of its ballast are texts: bytes take long to compare one by one. */
function contentOf(batch: RecordBatch): unknown[] {
  return batch.schema.fields.map(({ name }, index) =>
    Array.from(
      batch.getChildAt(index)!,
      name === "ballast"
        ? (bytes) => latin1.decode(bytes as Uint8Array)
        : plain,
    )
  );
}

/** The values of each batch, read before the next one. */
async function contentsOf(
  stream: AsyncIterable<RecordBatch>,
): Promise<unknown[]> {
  const contents: unknown[] = [];
  for await (const batch of stream) contents.push(contentOf(batch));
  return contents;
}

/** The memory of each batch. */
async function memoryOf(
  stream: AsyncIterable<RecordBatch>,
): Promise<Set<ArrayBufferLike>> {
  const buffers = new Set<ArrayBufferLike>();
  for await (const batch of stream) {
    buffers.add(batch.data.children[0]!.values.buffer);
  }
  return buffers;
}

for (const compression of ["none", "lz4"] as const) {
  rpcTest(
    `reuseMemory(): every layout reads as without it (compression ${compression})`,
    async (connectTo) => {
      const batches = everyLayout();
      const expected = batches.map(contentOf);
      let uploaded: unknown[] = [];
      await using peer = await connectTo({
        doGet: () => batches,
        async doPut(upload) {
          uploaded = await contentsOf(upload.reuseMemory());
          return [];
        },
        async *doExchange(input) {
          for await (const batch of input.reuseMemory()) yield batch;
        },
      }, { compression });
      const { client } = peer;
      assertEquals(await contentsOf(client.doGet("t").reuseMemory()), expected);
      await client.doPut(HERE, batches);
      assertEquals(uploaded, expected);
      const answer = client.doExchange(HERE, batches);
      assertEquals(await contentsOf(answer.reuseMemory()), expected);
      const messages = client.doGet("t").reuseMemory().messages();
      const seen: unknown[] = [];
      for await (const { batch } of messages) seen.push(contentOf(batch!));
      assertEquals(seen, expected);
      // A table keeps everything, so it does not use memory again.
      const table = await client.doGet("t").reuseMemory().table();
      assertEquals(table.batches.map(contentOf), expected);
    },
  );
}

rpcTest(
  "reuseMemory(): batches of other streams keep their values",
  async (connectTo) => {
    const batches = Array.from({ length: 60 }, (_, i) => filled(MANY_ROWS, i));
    await using peer = await connectTo({ doGet: () => batches });
    const kept: RecordBatch[] = [];
    const stream = peer.client.doGet("kept");
    for await (const batch of stream) {
      kept.push(batch);
      if (kept.length % 10 !== 0) continue;
      let i = 0;
      for await (const other of peer.client.doGet("t").reuseMemory()) {
        assertEquals(other.getChildAt(0)!.get(MANY_ROWS - 1), i++);
      }
    }
    kept.forEach((batch, i) => {
      assert(batch.getChildAt(0)!.toArray().every((n: number) => n === i));
    });
  },
);

rpcTest(
  "reuseMemory(): the last batch before a break keeps its values",
  async (connectTo) => {
    const batches = Array.from({ length: 40 }, (_, i) => filled(MANY_ROWS, i));
    await using peer = await connectTo({ doGet: () => batches });
    let last: RecordBatch | undefined;
    for await (const batch of peer.client.doGet("t").reuseMemory()) {
      last = batch;
      if (batch.getChildAt(0)!.get(0) === 10) break;
    }
    await contentsOf(peer.client.doGet("t").reuseMemory());
    assert(last!.getChildAt(0)!.toArray().every((n: number) => n === 10));
  },
);

rpcTest(
  "reuseMemory() in mid-stream: batches that were read before keep their values",
  async (connectTo) => {
    const batches = Array.from({ length: 20 }, (_, i) => filled(MANY_ROWS, i));
    await using peer = await connectTo({ doGet: () => batches });
    for (const reuse of [true, "checked"] as const) {
      const stream = peer.client.doGet("t");
      const kept: RecordBatch[] = [];
      for await (const batch of stream) {
        if (kept.length === 5) continue;
        kept.push(batch);
        if (kept.length === 5) stream.reuseMemory(reuse);
      }
      kept.forEach((batch, i) => {
        assert(batch.getChildAt(0)!.toArray().every((n: number) => n === i));
      });
    }
  },
);

/** Reads the next value of a stream. */
async function next<T>(reader: ReadableStreamDefaultReader<T>): Promise<T> {
  return (await reader.read()).value!;
}

/** Ways to touch a batch, each with an object that was taken from it in time. */
function touches(batch: RecordBatch): (() => unknown)[] {
  const column = batch.getChildAt(0)!;
  const row = batch.get(1)!;
  const [data] = column.data;
  const half = batch.slice(0, 2);
  assertEquals([column.get(1), plain(row)], [7, [["n", 7]]]);
  return [
    () => batch.get(1)!.toJSON(),
    () => batch.toArray().map((row) => row.toJSON()),
    () => batch.getChildAt(0),
    () => batch.getChild("n")?.get(1),
    () => column.get(1),
    () => column.toArray(),
    () => [...column],
    () => row["n"],
    () => data!.values,
    () => half.numRows && batch.slice(0, 1),
    () => new Table(batch).get(0)?.toJSON(),
  ];
}

rpcTest(
  'reuseMemory("checked"): a batch that is touched after its time throws',
  async (connectTo) => {
    const batches = [filled(MANY_ROWS, 7), filled(3, 7), filled(MANY_ROWS, 8)];
    await using peer = await connectTo({ doGet: () => batches });
    const stream = peer.client.doGet("t").reuseMemory("checked");
    const reader = stream.getReader();
    const late = touches(await next(reader));
    assertEquals((await next(reader)).numRows, 3);
    for (const touch of late) {
      const error = assertThrows(touch, TypeError, "", String(touch));
      assertEquals(
        error.message,
        "Cannot use a record batch after the next one was read from a stream with reuseMemory(): copy what is needed longer",
      );
    }
    await reader.cancel();
  },
);

rpcTest(
  "reuseMemory(): metadata and descriptors read as without it",
  async (connectTo) => {
    const bytes = (i: number) => new Uint8Array(40_000).fill(i);
    const seen: unknown[] = [];
    await using peer = await connectTo({
      async doPut(upload) {
        upload.reuseMemory();
        for await (const { batch, appMetadata } of upload.messages()) {
          seen.push([batch && values(batch)[0], appMetadata]);
        }
        assertEquals<unknown>(await upload.descriptor, HERE);
        return [];
      },
    });
    await peer.client.doPut(HERE, [
      { batch: filled(MANY_ROWS, 0), appMetadata: bytes(0) },
      { appMetadata: bytes(1) },
      { batch: filled(MANY_ROWS, 2), appMetadata: bytes(2) },
      { appMetadata: bytes(3) },
    ]);
    assertEquals(seen.length, 4);
    assertEquals(seen.map((entry) => (entry as unknown[])[0]), [
      0,
      undefined,
      2,
      undefined,
    ]);
  },
);

rpcTest("reuseMemory(): its argument is checked", async (connectTo) => {
  await using peer = await connectTo({ doGet: () => [filled(1, 1)] });
  await using stream = peer.client.doGet("t");
  const error = assertThrows(
    () => stream.reuseMemory("yes" as unknown as boolean),
    TypeError,
  );
  assertEquals(
    error.message,
    'Cannot reuse memory: the argument must be true, false or "checked", not string',
  );
});

rpcTest(
  "reuseMemory(): a read of many endpoints reads as without it",
  async (connectTo) => {
    const batches = Array.from({ length: 12 }, (_, i) => filled(MANY_ROWS, i));
    await using peer = await connectTo({
      getFlightInfo: () => ({
        endpoints: Array.from({ length: 6 }, (_, i) => ({ ticket: `${i}` })),
      }),
      doGet: ({ ticket }) => {
        const first = Number(new TextDecoder().decode(ticket));
        return [batches[first]!, batches[first + 6]!];
      },
    });
    const info = await peer.client.getFlightInfo(HERE);
    for (const reuse of [false, true, "checked"] as const) {
      const seen: number[] = [];
      let late: RecordBatch | undefined;
      for await (const batch of peer.client.read(info).reuseMemory(reuse)) {
        const numbers = batch.getChildAt(0)!.toArray() as Int32Array;
        assert(numbers.every((n) => n === numbers[0]));
        seen.push(numbers[0]!);
        if (reuse === "checked" && late !== undefined) {
          assertThrows(() => late!.getChildAt(0)!.get(0), TypeError);
        }
        late = batch;
      }
      assertEquals(seen.sort((a, b) => a - b), batches.map((_, i) => i));
    }
    const table = await peer.client.read(info).reuseMemory().table();
    const all = [...table.getChildAt(0)!] as number[];
    assertEquals(all.length, 12 * MANY_ROWS);
    assertEquals(
      all.reduce((sum, n) => sum + n, 0),
      MANY_ROWS * 66,
    );
  },
);

/** Streams that fail half-way, over any transport. */
async function failing(connectTo: ConnectTo): Promise<void> {
  await using peer = await connectTo({
    async *doGet() {
      for (let i = 0; i < 5; i++) {
        yield await Promise.resolve(filled(MANY_ROWS, i));
      }
      throw new Error("half-way");
    },
  });
  for (let round = 0; round < 5; round++) {
    const seen: number[] = [];
    const stream = peer.client.doGet("t").reuseMemory();
    const error = await rejection((async () => {
      for await (const batch of stream) {
        const numbers = batch.getChildAt(0)!.toArray() as Int32Array;
        assert(numbers.every((n) => n === numbers[0]));
        seen.push(numbers[0]!);
      }
    })());
    assertInstanceOf(error, Error);
    assertEquals(seen, [0, 1, 2, 3, 4]);
  }
}

rpcTest("reuseMemory(): failures in mid-stream do no harm", failing);

rpcTest(
  "a service that passes streams on gives the same data",
  async (connectTo) => {
    const batches = everyLayout();
    const expected = batches.map(contentOf);
    let uploaded: unknown[] = [];
    await using store = await connectTo({
      doGet: () => batches,
      async doPut(upload) {
        uploaded = await contentsOf(upload);
        return [];
      },
      doExchange: (input) => input,
    });
    const ways: ((stream: FlightStream) => FlightDataInit)[] = [
      (stream) => stream.flightData(),
      (stream) => stream.messages(),
      (stream) => stream,
    ];
    for (const way of ways) {
      await using gateway = await connectTo({
        doGet: ({ ticket }) => way(store.client.doGet(ticket)),
        doPut: (upload) => store.client.doPut(HERE, way(upload)),
        doExchange: (input) => way(store.client.doExchange(HERE, way(input))),
      });
      const { client } = gateway;
      assertEquals(await contentsOf(client.doGet("t")), expected);
      await client.doPut(HERE, batches);
      assertEquals(uploaded, expected);
      assertEquals(
        await contentsOf(client.doExchange(HERE, batches)),
        expected,
      );
    }
  },
);

test("reuseMemory() over HTTP/2 needs memory for a few batches only", async () => {
  const count = 200;
  const batches = Array.from({ length: count }, (_, i) => filled(MANY_ROWS, i));
  let uploaded = new Set<ArrayBufferLike>();
  // A window of few batches: those that wait unread have memory too.
  const options = { flowControlWindowBytes: 400_000 };
  const server = await serve({
    doGet: () => batches,
    async doPut(upload) {
      uploaded = await memoryOf(upload.reuseMemory());
      return [];
    },
  }, options);
  const client = connect(server.location, options);
  assertEquals((await memoryOf(client.doGet("t"))).size, count);
  assertLess((await memoryOf(client.doGet("t").reuseMemory())).size, count / 4);
  await client.doPut(HERE, batches);
  assertLess(uploaded.size, count / 4);
  await client.close();
  await server.shutdown({ timeoutMs: 0 });
});

test("a gateway over HTTP/2 needs memory for a few messages only", async () => {
  const count = 200;
  const batches = Array.from({ length: count }, (_, i) => filled(MANY_ROWS, i));
  const options = { flowControlWindowBytes: 400_000 };
  const seen = new Set<ArrayBufferLike>();
  const firsts: number[] = [];
  const store = await serve({
    doGet: () => batches,
    async doPut(upload) {
      for await (const batch of upload.reuseMemory()) {
        firsts.push(values(batch)[0]!);
      }
      return [];
    },
  }, options);
  const inner = connect(store.location, {
    ...options,
    // Looks at the messages, and keeps none.
    interceptors: [(call, next) => {
      const response = next(call);
      const { messages } = response;
      return {
        ...response,
        trailers: () => response.trailers(),
        messages: {
          ...messages,
          async read() {
            const message = await messages.read();
            if (message instanceof Uint8Array && message.byteLength > 1000) {
              seen.add(message.buffer);
            }
            return message;
          },
        },
      };
    }],
  });
  const gateway = await serve({
    doGet: ({ ticket }) => inner.doGet(ticket).flightData(),
    async doPut() {
      return await inner.doPut(HERE, inner.doGet("t").flightData());
    },
  }, options);
  const client = connect(gateway.location, options);
  let i = 0;
  // Otherwise it would take the memory that the gateway gives back, and keep it.
  for await (const batch of client.doGet("t").reuseMemory()) {
    assert(values(batch).every((n) => n === i));
    i++;
  }
  assertEquals(i, count);
  assertLess(seen.size, count / 2);
  seen.clear();
  await client.doPut(HERE, []);
  assertEquals(firsts, batches.map((_, i) => i));
  assertLess(seen.size, count / 2);
  for (const peer of [client, inner]) await peer.close();
  for (const server of [gateway, store]) {
    await server.shutdown({ timeoutMs: 0 });
  }
});
