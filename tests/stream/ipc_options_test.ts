import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import {
  connect,
  type FlightData,
  FlightError,
  hydratedSchema,
  type IpcWriteOptions,
  pathDescriptor,
  serve,
} from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import {
  Dictionary,
  Int32,
  type RecordBatch,
  RecordBatch as Batch,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { test } from "node:test";
import { openMessage } from "../../internal/ipc/decode/message_reader.ts";
import { assertFlightError } from "../support/rejections.ts";
import { filled, numbers, values } from "../support/numbers.ts";
import { rpcTest } from "../support/transports.ts";

const HERE = pathDescriptor("here");

/** Names the contents of a message. */
function kindOf({ dataHeader }: FlightData): string {
  const kinds = ["none", "schema", "dictionary", "batch"];
  return kinds[openMessage(dataHeader).headerType]!;
}

function bytesOf(messages: readonly FlightData[]): number {
  return messages.reduce((sum, { dataBody }) => sum + dataBody.byteLength, 0);
}

/** A batch of one column of words, in a dictionary of its own. */
function words(...texts: string[]): RecordBatch {
  const type = new Dictionary(new Utf8(), new Int32(), 1);
  return new Batch({ w: vectorFromArray(texts, type).data[0]! });
}

rpcTest(
  "IPC options: compression by options of client and server",
  async (connectTo) => {
    for (const compression of ["lz4", "zstd"] as const) {
      const received: number[] = [];
      await using peer = await connectTo({
        doGet: () => filled(50_000, 7),
        async doPut(upload) {
          const messages = await Array.fromAsync(upload.flightData());
          received.push(bytesOf(messages));
        },
      }, { compression });
      const messages = await Array.fromAsync(
        peer.client.doGet("t").flightData(),
      );
      assertLess(bytesOf(messages), 5000);
      const [batch] = await Array.fromAsync(peer.client.doGet("t"));
      assertEquals(values(batch!), values(filled(50_000, 7)));
      await peer.client.doPut(HERE).writeAll(filled(50_000, 7));
      assertLess(received[0]!, 5000);
    }
  },
);

rpcTest("IPC options: compression by options of a call", async (connectTo) => {
  const sizes: number[] = [];
  await using peer = await connectTo({
    async doPut(upload) {
      sizes.push(bytesOf(await Array.fromAsync(upload.flightData())));
    },
    async doExchange(input, context) {
      const { path } = await input.descriptor as { path: readonly string[] };
      context.setWriteOptions({ compression: path[0] as "lz4" });
      return input;
    },
  });
  for (const compression of ["none", "lz4", "zstd"] as const) {
    const options = { compression };
    await peer.client.doPut(HERE, options).writeAll(filled(50_000, 7));
    const { writable, readable } = peer.client.doExchange(
      pathDescriptor(compression),
      options,
    );
    const writing = ReadableStream.from([filled(50_000, 7)]).pipeTo(writable);
    sizes.push(bytesOf(await Array.fromAsync(readable.flightData())));
    await writing;
  }
  const [put, exchanged, ...compressed] = sizes;
  assertEquals([put, exchanged], [200_000, 200_000]);
  assertEquals(compressed.length, 4);
  for (const size of compressed) assertLess(size, 5000);
});

rpcTest(
  "IPC options: a handler changes what the server's options say",
  async (connectTo) => {
    await using peer = await connectTo({
      doGet({ ticket }, context) {
        const [first, second] = JSON.parse(new TextDecoder().decode(ticket));
        context.setWriteOptions(first);
        context.setWriteOptions(second);
        return filled(960, 7);
      },
    }, { compression: "zstd", maxBatchBytes: 384 });
    const get = async (...options: IpcWriteOptions[]) => {
      const ticket = JSON.stringify(options);
      return await Array.fromAsync(peer.client.doGet(ticket).flightData());
    };
    assertEquals((await get({}, {})).length, 1 + 10);
    const whole = await get({}, { maxBatchBytes: 3840 });
    assertEquals(whole.length, 1 + 1);
    assertLess(bytesOf(whole), 200);
    // The second leaves alone what it does not name.
    const plain = await get({ compression: "none" }, { maxBatchBytes: 1920 });
    assertEquals([plain.length, bytesOf(plain)], [1 + 2, 3840]);
  },
);

rpcTest(
  "IPC options: a generator sets its options before it yields",
  async (connectTo) => {
    await using peer = await connectTo({
      *doGet(_, context) {
        context.setWriteOptions({ maxBatchBytes: 8 });
        yield numbers(1, 2, 3);
        context.setWriteOptions({ maxBatchBytes: 4 });
        yield numbers(4, 5, 6);
      },
      async *doExchange(input, context) {
        context.setWriteOptions({ maxBatchBytes: 8 });
        yield* input;
      },
    });
    const rows = async (stream: ReadableStream<RecordBatch>) =>
      (await Array.fromAsync(stream)).map(({ numRows }) => numRows);
    assertEquals(await rows(peer.client.doGet("t")), [2, 1, 2, 1]);
    const { writable, readable } = peer.client.doExchange(HERE);
    const writing = ReadableStream.from([numbers(1, 2, 3)]).pipeTo(writable);
    assertEquals(await rows(readable), [2, 1]);
    await writing;
  },
);

rpcTest(
  "IPC options: a message that decompresses to too much is refused",
  async (connectTo) => {
    let failure: unknown;
    await using peer = await connectTo({
      doGet: (_, context) => {
        context.setWriteOptions({ compression: "zstd" });
        return filled(10_000, 7);
      },
      async doPut(upload) {
        try {
          for await (const _ of upload);
        } catch (error) {
          failure = error;
          throw error;
        }
      },
    }, { maxDecompressedMessageBytes: 20_000 });
    const text =
      /its buffers have 40000 bytes when decompressed, and maxDecompressedMessageBytes is 20000$/;
    const error = await assertFlightError(
      Array.fromAsync(peer.client.doGet("t")),
      "RESOURCE_EXHAUSTED",
      text,
    );
    assertEquals(error.method, "DoGet");
    await assertFlightError(
      peer.client.doPut(HERE, { compression: "lz4" }).writeAll(
        filled(10_000, 7),
      ),
      "RESOURCE_EXHAUSTED",
      text,
    );
    assert(FlightError.is(failure) && failure.origin === "local");
    // Not compressed, it is bounded by maxReceiveMessageBytes alone.
    const results = await peer.client.doPut(HERE).writeAll(filled(10_000, 7));
    assertEquals(results, []);
  },
);

rpcTest(
  "IPC options: large batches are split, in both directions",
  async (connectTo) => {
    const uploaded: [rows: number, metadata: number | undefined][] = [];
    await using peer = await connectTo({
      async doPut(upload) {
        for await (const { batch, appMetadata } of upload.messages()) {
          uploaded.push([batch!.numRows, appMetadata?.[0]]);
        }
      },
      doGet: () => [
        { batch: numbers(1, 2, 3, 4, 5), appMetadata: Uint8Array.of(9) },
        numbers(),
        { batch: numbers(6), appMetadata: Uint8Array.of(8) },
      ],
    }, { maxBatchBytes: 8 });
    const upload = peer.client.doPut(HERE);
    await upload.writeAll([
      { batch: numbers(1, 2, 3, 4, 5), appMetadata: Uint8Array.of(9) },
      numbers(),
      numbers(6),
    ]);
    // Metadata come with the last part.
    assertEquals(uploaded, [
      [2, undefined],
      [2, undefined],
      [1, 9],
      [0, undefined],
      [1, undefined],
    ]);
    const stream = peer.client.doGet("t");
    const downloaded: unknown[] = [];
    for await (const { batch, appMetadata } of stream.messages()) {
      downloaded.push([values(batch!), appMetadata?.[0]]);
    }
    assertEquals(downloaded, [
      [[1, 2], undefined],
      [[3, 4], undefined],
      [[5], 9],
      [[], undefined],
      [[6], 8],
    ]);
  },
);

rpcTest(
  "IPC options: dictionaries and schemas carry no metadata",
  async (connectTo) => {
    await using peer = await connectTo({
      doGet: ({ ticket }, context) => {
        const maxBatchBytes = ticket.byteLength === 0 ? Infinity : 4;
        context.setWriteOptions({ maxBatchBytes });
        return [{ batch: words("a", "b"), appMetadata: Uint8Array.of(9) }];
      },
    });
    const metadata = async (ticket: string) =>
      (await Array.fromAsync(peer.client.doGet(ticket).flightData())).map(
        (data) => `${kindOf(data)} ${data.appMetadata?.[0] ?? "-"}`,
      );
    assertEquals(await metadata(""), ["schema -", "dictionary -", "batch 9"]);
    assertEquals(await metadata("split"), [
      "schema -",
      "dictionary -",
      "batch -",
      "batch 9",
    ]);
  },
);

rpcTest(
  "IPC options: 2 MiB are the target by default, Infinity is none",
  async (connectTo) => {
    await using peer = await connectTo({
      doGet({ ticket }, context) {
        if (ticket.byteLength > 0) {
          context.setWriteOptions({ maxBatchBytes: Infinity });
        }
        return filled(2 ** 20, 7);
      },
    });
    const rows = async (ticket: string) =>
      (await Array.fromAsync(peer.client.doGet(ticket))).map(({ numRows }) =>
        numRows
      );
    assertEquals(await rows(""), [2 ** 19, 2 ** 19]);
    assertEquals(await rows("whole"), [2 ** 20]);
  },
);

rpcTest(
  "IPC options: dictionaries are replaced, continued, or not sent",
  async (connectTo) => {
    const batches = [
      words("a", "b"),
      words("a", "b"),
      words("a", "b", "c"),
      words("x"),
    ];
    await using peer = await connectTo({
      doGet({ ticket }, context) {
        const dictionaries = new TextDecoder().decode(ticket) as "delta";
        context.setWriteOptions({ dictionaries });
        return batches;
      },
    });
    const kinds: Record<string, string[]> = {};
    for (const handling of ["replacement", "delta", "hydrate"] as const) {
      const stream = peer.client.doGet(handling);
      const { fields: [field] } = await stream.schema;
      const { fields: [plain] } = hydratedSchema(batches[0]!.schema);
      assertEquals(
        String(field!.type),
        handling === "hydrate"
          ? String(plain!.type)
          : "Dictionary<Int32, Utf8>",
      );
      const texts: unknown[] = [];
      for await (const batch of stream) texts.push([...batch.getChild("w")!]);
      assertEquals(texts, [
        ["a", "b"],
        ["a", "b"],
        ["a", "b", "c"],
        ["x"],
      ]);
      const data = await Array.fromAsync(
        peer.client.doGet(handling).flightData(),
      );
      kinds[handling] = data.map(kindOf);
    }
    const all = [
      "schema",
      "dictionary",
      "batch",
      "batch",
      "dictionary",
      "batch",
      "dictionary",
      "batch",
    ];
    assertEquals(kinds, {
      replacement: all,
      delta: all,
      hydrate: ["schema", "batch", "batch", "batch", "batch"],
    });
    // Only the third value is in the delta.
    const sizes = await Promise.all(
      ["replacement", "delta"].map(async (ticket) => {
        const data = await Array.fromAsync(
          peer.client.doGet(ticket).flightData(),
        );
        return data[4]!.dataBody.byteLength;
      }),
    );
    assertLess(sizes[1]!, sizes[0]!);
  },
);

rpcTest(
  "IPC options: a message that is too large to send fails a DoGet",
  async (connectTo) => {
    await using peer = await connectTo(
      { doGet: () => [numbers(1), filled(1000, 7)] },
      { maxSendMessageBytes: 1000 },
    );
    const reader = peer.client.doGet("t").getReader();
    assertEquals(values((await reader.read()).value!), [1]);
    await assertFlightError(
      reader.read(),
      "INTERNAL",
      /^\[internal\] DoGet: the answer of the service cannot be sent: the message has 4\d\d\d bytes, and maxSendMessageBytes is 1000$/,
    );
    assertEquals(peer.errors.length, 1);
  },
);

test("IPC options: options of clients, services, calls and handlers are checked", async () => {
  const bad: [options: Record<string, unknown>, name: string][] = [
    [{ compression: "gzip" }, "compression"],
    [{ compressionLevel: 99 }, "compressionLevel"],
    [{ maxBatchBytes: 0 }, "maxBatchBytes"],
    [{ maxSendMessageBytes: NaN }, "maxSendMessageBytes"],
    [{ dictionaries: "none" }, "dictionaries"],
  ];
  for (const [options, name] of bad) {
    const message = `Cannot use option ${name}: `;
    assertThrows(() => connectInMemory({}, options), Error, message);
    assertThrows(() => connect("grpc://localhost:1", options), Error, message);
    const error = await serve({}, options).then(
      () => undefined,
      (error) => error,
    );
    assert(error instanceof Error && error.message.includes(message));
    await using client = connectInMemory({});
    assertThrows(() => client.doPut(HERE, options), Error, message);
    assertThrows(() => client.doExchange(HERE, options), Error, message);
  }
  assertThrows(
    () => connectInMemory({}, { maxDecompressedMessageBytes: 0 }),
    RangeError,
    "Cannot use option maxDecompressedMessageBytes: 0 ",
  );
  let thrown: unknown;
  await using client = connectInMemory({
    doGet(_, context) {
      try {
        context.setWriteOptions({ maxBatchBytes: -1 });
      } catch (error) {
        thrown = error;
      }
      return numbers(1);
    },
  });
  assertEquals((await Array.fromAsync(client.doGet("t"))).length, 1);
  assert(thrown instanceof RangeError);
});
