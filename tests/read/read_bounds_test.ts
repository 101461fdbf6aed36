/** The options that bound what is read of data streams, at both ends of a call. */

import { assertEquals, assertThrows } from "@std/assert";
import { connect, pathDescriptor, serve } from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import type { FlightMessageInit } from "@contrail/flight";
import {
  Dictionary,
  Int32,
  makeData,
  Timestamp,
  TimeUnit,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { test } from "node:test";
import { batchOf, dictionaryData } from "../support/ipc/samples.ts";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { numbers } from "../support/numbers.ts";
import { rpcTest } from "../support/transports.ts";

const HERE = pathDescriptor("here");

/** Messages of application metadata, then a batch. */
function* late(count: number, byteLength: number): Generator<
  FlightMessageInit
> {
  for (let i = 0; i < count; i++) {
    yield { appMetadata: new Uint8Array(byteLength).fill(i) };
  }
  yield { batch: numbers(1, 2) };
}

const BEFORE_SCHEMA =
  /Cannot decode FlightData: \d{5} bytes of messages arrived before Schema, and maxBytesBeforeSchema is 10000/;

rpcTest(
  "maxBytesBeforeSchema bounds what a server keeps",
  async (connectTo) => {
    await using peer = await connectTo({
      async doPut(upload) {
        await upload.schema;
        for await (const _ of upload.messages());
      },
    }, { maxBytesBeforeSchema: 10_000 });
    await peer.client.doPut(HERE).writeAll(late(2, 4000));
    for (const [count, byteLength] of [[3, 4000], [100, 1]] as const) {
      await assertFlightError(
        peer.client.doPut(HERE).writeAll(late(count, byteLength)),
        "RESOURCE_EXHAUSTED",
        BEFORE_SCHEMA,
      );
    }
  },
);

rpcTest(
  "maxBytesBeforeSchema bounds what a client keeps",
  async (connectTo) => {
    await using peer = await connectTo({
      doGet: ({ ticket }) => late(ticket[0]!, 4000),
    }, { maxBytesBeforeSchema: 10_000 });
    const few = peer.client.doGet(Uint8Array.of(2));
    assertEquals((await few.schema).fields[0]!.name, "n");
    const messages = await Array.fromAsync(few.messages());
    assertEquals(
      messages.map(({ appMetadata, batch }) => appMetadata?.[0] ?? batch),
      [0, 1, messages[2]!.batch],
    );
    const many = peer.client.doGet(Uint8Array.of(3));
    await assertFlightError(many.schema, "RESOURCE_EXHAUSTED", BEFORE_SCHEMA);
    await assertFlightError(many.table(), "RESOURCE_EXHAUSTED", BEFORE_SCHEMA);
    // Messages that are read, and not kept, are not bounded.
    const read = peer.client.doGet(Uint8Array.of(50));
    assertEquals((await Array.fromAsync(read.messages())).length, 51);
  },
);

rpcTest("maxBatchRows bounds batches at both ends", async (connectTo) => {
  await using peer = await connectTo({
    doGet: () => numbers(1, 2, 3),
    doPut: (upload) => upload.pipeTo(new WritableStream()).then(() => []),
  }, { maxBatchRows: 2 });
  const wanted = /it has 3 rows, and maxBatchRows is 2$/;
  await assertFlightError(
    peer.client.doGet("t").table(),
    "RESOURCE_EXHAUSTED",
    wanted,
  );
  await assertFlightError(
    peer.client.doPut(HERE).writeAll(numbers(1, 2, 3)),
    "RESOURCE_EXHAUSTED",
    wanted,
  );
});

rpcTest(
  "maxDictionaryBytes bounds dictionaries at both ends",
  async (connectTo) => {
    const type = new Dictionary(new Utf8(), new Int32(), 1);
    const words = vectorFromArray(["x".repeat(3000)], new Utf8());
    const batch = batchOf({ c: dictionaryData(type, words, [0]) });
    await using peer = await connectTo({
      doGet: () => batch,
      doPut: (upload) => upload.pipeTo(new WritableStream()).then(() => []),
    }, { maxDictionaryBytes: 2000 });
    const wanted =
      /the dictionaries of the stream would take 3\d{3} bytes, and maxDictionaryBytes is 2000$/;
    await assertFlightError(
      peer.client.doGet("t").table(),
      "RESOURCE_EXHAUSTED",
      wanted,
    );
    await assertFlightError(
      peer.client.doPut(HERE).writeAll(batch),
      "RESOURCE_EXHAUSTED",
      wanted,
    );
  },
);

test("bounds of reading are checked", async () => {
  for (
    const name of [
      "maxDecompressedMessageBytes",
      "maxBatchRows",
      "maxDictionaryBytes",
      "maxBytesBeforeSchema",
    ]
  ) {
    const text = `Cannot use option ${name}: 0 is neither an integer`;
    const options = { [name]: 0 };
    assertThrows(() => connectInMemory({}, options), RangeError, text);
    assertThrows(() => connect("grpc://h:1", options), RangeError, text);
    const error = await rejection(serve({}, options)) as Error;
    assertEquals([error.name, error.message.startsWith(text)], [
      "RangeError",
      true,
    ]);
  }
});

rpcTest(
  "a time that cannot be read is UNIMPLEMENTED, and named",
  async (connectTo) => {
    const data = makeData({
      type: new Timestamp(TimeUnit.MILLISECOND),
      data: BigInt64Array.of(2n ** 63n - 1n),
    });
    await using peer = await connectTo({
      async doPut(upload) {
        for await (const batch of upload) for (const row of batch) String(row);
      },
    });
    await assertFlightError(
      peer.client.doPut(HERE).writeAll(batchOf({ t: data })),
      "UNIMPLEMENTED",
      /Cannot read field "t": 9223372036854775807 in row 0, of type Timestamp<MILLISECOND>, does not fit into a JavaScript number/,
    );
  },
);
