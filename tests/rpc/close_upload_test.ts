/** Closing an upload or an exchange by hand: no answer of the server is lost, and neither is its refusal. */

import {
  type FlightCallContext,
  type FlightClient,
  FlightError,
  pathDescriptor,
} from "@contrail/flight";
import { assertEquals, assertStrictEquals } from "@std/assert";
import { aborted, event } from "../support/events.ts";
import { numbers, values } from "../support/numbers.ts";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { callTest as rpcTest } from "../support/transports.ts";

const HERE = pathDescriptor("here");

const REFUSAL = "[permission denied] DoPut: no uploads today";

rpcTest(
  "DoPut: closing rejects when the service refuses what it has read",
  async (connectTo) => {
    await using peer = await connectTo({
      async doPut(upload) {
        for await (const _ of upload);
        throw new FlightError("PERMISSION_DENIED", "no uploads today");
      },
    });
    const { client } = peer;

    const upload = client.doPut(HERE);
    const writer = upload.writable.getWriter();
    await writer.write(numbers(1));
    const closing = writer.close();
    await assertFlightError(closing, "PERMISSION_DENIED", REFUSAL);
    assertStrictEquals(
      await rejection(Array.fromAsync(upload.results)),
      await rejection(closing),
    );

    const { writable } = client.doPut(HERE);
    const piping = ReadableStream.from([numbers(1)]).pipeTo(writable);
    await assertFlightError(piping, "PERMISSION_DENIED", REFUSAL);

    const own = client.doPut(HERE).writer();
    await own.write(numbers(1));
    await assertFlightError(own.close(), "PERMISSION_DENIED", REFUSAL);
  },
);

rpcTest(
  "DoPut: closing waits until the service has finished",
  async (connectTo) => {
    let isStored = false;
    await using peer = await connectTo({
      async doPut(upload) {
        await upload.table();
        isStored = true;
      },
    });
    const writer = peer.client.doPut(HERE).writable.getWriter();
    await writer.write(numbers(1));
    await writer.close();
    assertEquals(isStored, true);
  },
);

rpcTest(
  "DoPut: no answer is lost that comes before the results are read",
  async (connectTo) => {
    await using peer = await connectTo({
      async *doPut(upload) {
        for await (const { numRows } of upload) {
          yield { appMetadata: `${numRows}` };
        }
        yield { appMetadata: "all" };
      },
    });
    for (const waits of [true, false]) {
      const upload = peer.client.doPut(HERE);
      const writer = upload.writable.getWriter();
      await writer.write(numbers(1));
      await writer.write(numbers(2, 3));
      const closing = writer.close();
      if (waits) await closing;
      const results = await Array.fromAsync(upload.results);
      assertEquals(results.map((result) => result.text()), ["1", "2", "all"]);
      await closing;
      assertEquals(upload.isPartial, false);
    }
  },
);

rpcTest(
  "DoPut: closing waits for no answer while the results are read",
  async (connectTo) => {
    const closed = event();
    await using peer = await connectTo({
      async *doPut(upload) {
        for await (const _ of upload);
        await closed.promise;
        yield { appMetadata: "after the end" };
      },
    });
    const upload = peer.client.doPut(HERE);
    const results = Array.fromAsync(upload.results);
    const writer = upload.writable.getWriter();
    await writer.write(numbers(1));
    await writer.close();
    closed.resolve();
    assertEquals((await results).map((result) => result.text()), [
      "after the end",
    ]);
  },
);

/** An exchange, read by nothing, with one batch that the server has. */
async function written(client: FlightClient) {
  const exchange = client.doExchange(HERE);
  const writer = exchange.writable.getWriter();
  await writer.write(numbers(1));
  return { exchange, writer };
}

rpcTest(
  "DoExchange: closing rejects when the service refuses what it has read",
  async (connectTo) => {
    await using peer = await connectTo({
      async doExchange(input) {
        for await (const _ of input);
        throw new FlightError("PERMISSION_DENIED", "no exchange today");
      },
    });
    const text = "[permission denied] DoExchange: no exchange today";
    const { exchange, writer } = await written(peer.client);
    const error = await rejection(writer.close());
    await assertFlightError(Promise.reject(error), "PERMISSION_DENIED", text);
    assertStrictEquals(await rejection(Array.fromAsync(exchange)), error);

    const own = peer.client.doExchange(HERE).writer();
    await own.write(numbers(1));
    await assertFlightError(own.close(), "PERMISSION_DENIED", text);
  },
);

rpcTest(
  "DoExchange: closing waits for an answer that is not lost",
  async (connectTo) => {
    await using peer = await connectTo({
      async *doExchange(input) {
        for await (const batch of input) yield batch;
        yield numbers(2, 3);
      },
    });
    for (const waits of [true, false]) {
      const { exchange, writer } = await written(peer.client);
      const closing = writer.close();
      if (waits) await closing;
      const rows = (await Array.fromAsync(exchange)).map(values);
      assertEquals(rows, [[1], [2, 3]]);
      await closing;
    }
  },
);

for (
  const [rpc, answers] of [["DoPut", "results"], ["DoExchange", "readable"]]
) {
  rpcTest(
    `${rpc}: aborting the writer, or canceling the ${answers}, ends the wait`,
    async (connectTo) => {
      let isAtEnd = event();
      let ended = event();
      async function serve(
        input: AsyncIterable<unknown>,
        { signal, sendHeaders }: FlightCallContext,
      ): Promise<void> {
        // Deno.serve watches a connection from then on.
        sendHeaders();
        for await (const _ of input);
        isAtEnd.resolve();
        await aborted(signal);
        ended.resolve();
      }
      await using peer = await connectTo({ doPut: serve, doExchange: serve });
      for (const by of ["abort", "cancel"]) {
        isAtEnd = event();
        ended = event();
        const call = rpc === "DoPut"
          ? peer.client.doPut(HERE)
          : peer.client.doExchange(HERE);
        const writer = call.writable.getWriter();
        await writer.write(numbers(1));
        const closing = Promise.allSettled([writer.close()]);
        await isAtEnd.promise;
        const reason = new Error("never mind");
        if (by === "abort") {
          await Promise.allSettled([writer.abort(reason)]);
          assertEquals((await closing)[0].status, "rejected");
        } else {
          const readable = "results" in call ? call.results : call.readable;
          await readable.cancel(reason);
        }
        await closing;
        await ended.promise;
      }
    },
  );
}
