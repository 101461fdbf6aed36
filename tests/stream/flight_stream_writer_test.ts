import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type FlightClient,
  type IpcWriteOptions,
  pathDescriptor,
} from "@contrail/flight";
import {
  RecordBatch,
  tableFromArrays,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { event } from "../support/events.ts";
import { filled, numbers, values } from "../support/numbers.ts";
import { ROW_COUNTER } from "../support/row_counter.ts";
import { rpcTest } from "../support/transports.ts";

const HERE = pathDescriptor("here");
const LIMIT = { maxSendMessageBytes: 1000 };

/** An exchange, to be written to by its writer. */
function exchange(client: FlightClient, options: IpcWriteOptions) {
  const exchange = client.doExchange(HERE, options);
  return { writer: exchange.writer(), readable: exchange.readable };
}

function texts(...values: string[]): RecordBatch {
  return new RecordBatch({ s: vectorFromArray(values, new Utf8()).data[0]! });
}

rpcTest(
  "FlightStreamWriter: a batch that is too large is refused, and the upload goes on",
  async (connectTo) => {
    const stored: number[][] = [];
    await using peer = await connectTo({
      async *doPut(upload) {
        assertEquals<unknown>(await upload.descriptor, HERE);
        for await (const batch of upload) {
          stored.push(values(batch));
          yield { appMetadata: Uint8Array.of(stored.length) };
        }
      },
    });
    const upload = peer.client.doPut(HERE, LIMIT);
    const writer = upload.writer();
    assert(upload.writable.locked);
    const results = upload.results.getReader();
    const refused = async () => {
      const error = await assertFlightError(
        writer.write(filled(1000, 7)),
        "RESOURCE_EXHAUSTED",
        /^\[resource exhausted\] Cannot send FlightData: the message has 4\d\d\d bytes, and maxSendMessageBytes is 1000$/,
      );
      assertEquals(error.origin, "local");
    };
    // Also before anything was sent: descriptor and schema come with what follows.
    await refused();
    for (let i = 1; i <= 3; i++) {
      await writer.write(numbers(i));
      assertEquals<unknown>((await results.read()).value, {
        appMetadata: Uint8Array.of(i),
      });
      await refused();
    }
    await writer.close();
    assertEquals((await results.read()).done, true);
    assertEquals(stored, [[1], [2], [3]]);
  },
);

rpcTest(
  "FlightStreamWriter: no part of a batch that is split is sent when one is too large",
  async (connectTo) => {
    await using peer = await connectTo({
      doExchange: (input) => input.messages(),
    });
    const { writer, readable } = exchange(peer.client, {
      maxBatchBytes: 30,
      maxSendMessageBytes: 600,
    });
    const batch = texts("a", "b", "x".repeat(1000), "c");
    await assertFlightError(writer.write(batch), "RESOURCE_EXHAUSTED");
    const reading = Array.fromAsync(readable);
    await writer.write(batch.slice(0, 2));
    await writer.close();
    assertEquals(
      (await reading).flatMap((batch) => [...batch.getChild("s")!]),
      ["a", "b"],
    );
  },
);

rpcTest(
  "FlightStreamWriter: a dictionary of a batch that was refused does not count as sent",
  async (connectTo) => {
    await using peer = await connectTo({ doExchange: (input) => input });
    const { writer, readable } = exchange(peer.client, LIMIT);
    const { batches: [batch] } = tableFromArrays({
      w: Array.from({ length: 300 }, (_, i) => ["red", "green"][i % 2]!),
    });
    await assertFlightError(writer.write(batch!), "RESOURCE_EXHAUSTED");
    const reading = Array.fromAsync(readable);
    await writer.write(batch!.slice(0, 2));
    await writer.close();
    const [received] = await reading;
    assertEquals([...received!.getChild("w")!], ["red", "green"]);
  },
);

rpcTest(
  "FlightStreamWriter: a batch of other columns is refused, and the upload goes on",
  async (connectTo) => {
    await using peer = await connectTo(ROW_COUNTER);
    const upload = peer.client.doPut(HERE);
    const writer = upload.writer();
    await writer.write(numbers(1, 2));
    const { batches: [other] } = tableFromArrays({ x: Float64Array.of(1) });
    await assertFlightError(
      writer.write(other!),
      "INVALID_ARGUMENT",
      /field 0 of the batch is "x: Float64"/,
    );
    assert(await rejection(writer.write(7 as never)) instanceof TypeError);
    await writer.write(numbers(3));
    await writer.close();
    const [result] = await Array.fromAsync(upload.results);
    assertEquals(result!.appMetadata, Uint8Array.of(3));
  },
);

rpcTest(
  "FlightStreamWriter: writes that are not waited for keep their order",
  async (connectTo) => {
    const stored: number[] = [];
    await using peer = await connectTo({
      async doPut(upload) {
        for await (const batch of upload) stored.push(...values(batch));
      },
    });
    const upload = peer.client.doPut(HERE, { maxBatchBytes: 4 });
    const writer = upload.writer();
    const writes = [
      writer.write(numbers(1, 2, 3)),
      writer.write({ appMetadata: Uint8Array.of(1) }),
      writer.write(numbers(4)),
      writer.close(),
    ];
    await Promise.all(writes);
    await Array.fromAsync(upload.results);
    assertEquals(stored, [1, 2, 3, 4]);
  },
);

rpcTest(
  "FlightStreamWriter: what was written to the stream comes before what the writer writes",
  async (connectTo) => {
    const stored: number[] = [];
    await using peer = await connectTo({
      async doPut(upload) {
        for await (const batch of upload) stored.push(...values(batch));
      },
    });
    const upload = peer.client.doPut(HERE);
    const stream = upload.writable.getWriter();
    const first = stream.write(numbers(1));
    assertThrows(() => upload.writer(), TypeError);
    stream.releaseLock();
    const writer = upload.writer();
    await Promise.all([first, writer.write(numbers(2)), writer.close()]);
    await Array.fromAsync(upload.results);
    assertEquals(stored, [1, 2]);
  },
);

rpcTest(
  "FlightStreamWriter: a write waits until the server takes it",
  async (connectTo) => {
    const go = event();
    await using peer = await connectTo({
      async doPut(upload) {
        await go.promise;
        for await (const _ of upload);
      },
    }, { smallWindows: true });
    const upload = peer.client.doPut(HERE);
    const writer = upload.writer();
    let written = 0;
    const writing = (async () => {
      for (let i = 0; i < 200; i++) {
        await writer.write(filled(4096, i));
        written++;
      }
      await writer.close();
    })();
    await rejection(Promise.race([
      writing,
      new Promise((_, reject) => setTimeout(reject, 100)),
    ]));
    assert(written < 100, `${written} batches were written`);
    go.resolve();
    await writing;
    await Array.fromAsync(upload.results);
  },
  // The kernel takes megabytes there.
  { overHttp: false },
);

rpcTest(
  "FlightStreamWriter: aborting a writer cancels the call",
  async (connectTo) => {
    const cancelled = event<unknown>();
    await using peer = await connectTo({
      async *doPut(upload, { signal }) {
        signal.addEventListener(
          "abort",
          () => cancelled.resolve(signal.reason),
        );
        yield {};
        for await (const _ of upload);
      },
    });
    const upload = peer.client.doPut(HERE);
    const writer = upload.writer();
    await writer.write(numbers(1));
    const results = upload.results.getReader();
    await results.read();
    const reason = new Error("enough");
    await writer.abort(reason);
    assertEquals(await rejection(results.read()), reason);
    await cancelled.promise;
    assertEquals(await rejection(writer.write(numbers(2))), reason);
  },
);
