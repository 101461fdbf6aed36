import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  commandDescriptor,
  FlightError,
  type FlightService,
} from "@contrail/flight";
import type { RecordBatch } from "apache-arrow";
import { aborted, event, turns } from "../support/events.ts";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { filled, NUMBERS, numbers, values } from "../support/numbers.ts";
import { callTest as rpcTest } from "../support/transports.ts";

const COMMAND = commandDescriptor("echo");

const ECHO: FlightService = {
  async *doExchange(input) {
    for await (const message of input.messages()) yield message;
  },
};

rpcTest(
  "DoExchange echoes batches and metadata one by one",
  async (connectTo) => {
    await using peer = await connectTo({
      async doExchange(input, context) {
        assertEquals<unknown>(await input.descriptor, COMMAND);
        context.responseHeaders.set("x-exchange", "yes");
        return await ECHO.doExchange!(input, context)!;
      },
    });
    const { writable, readable } = peer.client.doExchange(COMMAND);
    const writer = writable.getWriter();
    const messages = readable.messages().getReader();
    await writer.write({ appMetadata: Uint8Array.of(9) });
    assertEquals((await messages.read()).value?.appMetadata, Uint8Array.of(9));
    for (let i = 0; i < 5; i++) {
      await writer.write(
        i % 2
          ? numbers(i)
          : { batch: numbers(i), appMetadata: Uint8Array.of(i) },
      );
      const { value } = await messages.read();
      assertEquals(values(value!.batch!), [i]);
      assertEquals(value!.appMetadata?.[0], i % 2 ? undefined : i);
    }
    await writer.close();
    assertEquals((await messages.read()).done, true);
    assertEquals((await readable.headers).get("x-exchange"), "yes");
  },
);

rpcTest("DoExchange stands in a pipeThrough", async (connectTo) => {
  await using peer = await connectTo({
    async *doExchange(input) {
      for await (const batch of input) {
        yield numbers(...values(batch).filter((n) => n % 2 === 0));
      }
    },
  });
  const out: number[][] = [];
  await ReadableStream.from([numbers(1, 2), numbers(3), numbers(4, 6)])
    .pipeThrough(peer.client.doExchange(COMMAND))
    .pipeTo(
      new WritableStream<RecordBatch>({
        write: (batch) => void out.push(values(batch)),
      }),
    );
  assertEquals(out, [[2], [], [4, 6]]);
});

rpcTest(
  "DoExchange: the server may speak first, and the descriptor goes ahead of all",
  async (connectTo) => {
    await using peer = await connectTo({
      async *doExchange(input) {
        assertEquals<unknown>(await input.descriptor, COMMAND);
        yield numbers(1);
        const sum = (await Array.fromAsync(input)).flatMap(values);
        yield numbers(...sum);
      },
    });
    const { writable, readable } = peer.client.doExchange(COMMAND);
    const reader = readable.getReader();
    assertEquals(values((await reader.read()).value!), [1]);
    const writer = writable.getWriter();
    await writer.write(numbers(2, 3));
    await writer.close();
    assertEquals(values((await reader.read()).value!), [2, 3]);
    assertEquals((await reader.read()).done, true);
  },
);

rpcTest(
  "DoExchange of nothing: both directions empty, and one that returns nothing",
  async (connectTo) => {
    await using peer = await connectTo({ doExchange: () => {} });
    const { writable, readable } = peer.client.doExchange(COMMAND);
    assertEquals(await Array.fromAsync(readable), []);
    await writable.close();

    await using echo = await connectTo(ECHO);
    const exchange = echo.client.doExchange(COMMAND, { schema: NUMBERS });
    await exchange.writable.close();
    assertEquals(await Array.fromAsync(exchange.readable), []);
  },
);

rpcTest("DoExchange that is not implemented", async (connectTo) => {
  await using peer = await connectTo({});
  await assertFlightError(
    Array.fromAsync(peer.client.doExchange(COMMAND).readable),
    "UNIMPLEMENTED",
  );
});

rpcTest(
  "DoExchange: the handler fails before and in mid-stream; the writer is told",
  async (connectTo) => {
    await using peer = await connectTo({
      async *doExchange(input) {
        const { cmd } = await input.descriptor as { cmd: Uint8Array };
        if (cmd.length === 0) {
          throw new FlightError("PERMISSION_DENIED", "not you");
        }
        for await (const batch of input) {
          yield batch;
          throw new FlightError("OUT_OF_RANGE", "too much");
        }
      },
    });
    await assertFlightError(
      Array.fromAsync(peer.client.doExchange(commandDescriptor("")).readable),
      "PERMISSION_DENIED",
    );
    const { writable, readable } = peer.client.doExchange(COMMAND);
    const writer = writable.getWriter();
    const reader = readable.getReader();
    await writer.write(numbers(1));
    assertEquals(values((await reader.read()).value!), [1]);
    await assertFlightError(
      reader.read(),
      "OUT_OF_RANGE",
      "[out of range] DoExchange: too much",
    );
    await assertFlightError(writer.closed, "OUT_OF_RANGE");
  },
);

rpcTest(
  "DoExchange: an error in the caller's own source reaches both ends",
  async (connectTo) => {
    const started = event();
    const seen = event<unknown>();
    await using peer = await connectTo({
      async *doExchange(input, { signal }) {
        started.resolve();
        aborted(signal).then(seen.resolve);
        for await (const batch of input) yield batch;
      },
    });
    const own = new Error("the source broke");
    const source = ReadableStream.from((async function* () {
      yield numbers(1);
      // A call that never left would not be seen by the server.
      await started.promise;
      throw own;
    })());
    const error = await rejection(
      Array.fromAsync(source.pipeThrough(peer.client.doExchange(COMMAND))),
    );
    assertStrictEquals(error, own);
    const reason = await seen.promise;
    assert(
      FlightError.is(reason) && reason.code === "CANCELLED",
      `got ${reason}`,
    );
    assertEquals(peer.errors, []);
  },
);

rpcTest(
  "DoExchange: cancelling the readable cancels the call and the source of a pipe",
  async (connectTo) => {
    const ended = event<unknown>();
    const cancelled = event<unknown>();
    await using peer = await connectTo({
      doExchange(input, context) {
        context.signal.addEventListener(
          "abort",
          () => ended.resolve(context.signal.reason),
        );
        return ECHO.doExchange!(input, context);
      },
    });
    const source = new ReadableStream<RecordBatch>({
      async pull(controller) {
        await turns(1);
        controller.enqueue(numbers(1));
      },
      cancel: (reason) => cancelled.resolve(reason),
    }, { highWaterMark: 0 });
    for await (const _ of source.pipeThrough(peer.client.doExchange(COMMAND))) {
      break;
    }
    const reason = await ended.promise;
    assert(
      FlightError.is(reason) && reason.code === "CANCELLED",
      `got ${reason}`,
    );
    await cancelled.promise;
  },
);

rpcTest("DoExchange: signal and deadline", async (connectTo) => {
  await using peer = await connectTo({
    async doExchange(_input, { signal }) {
      await aborted(signal);
    },
  });
  const controller = new AbortController();
  const exchange = peer.client.doExchange(COMMAND, {
    signal: controller.signal,
  });
  const reading = rejection(exchange.readable.getReader().read());
  controller.abort("over");
  assertEquals(await reading, "over");
  const late = peer.client.doExchange(COMMAND, { timeoutMs: 200 });
  await assertFlightError(Array.fromAsync(late.readable), "DEADLINE_EXCEEDED");
});

rpcTest(
  "DoExchange: whoever does not read stops the other, in a full circle",
  async (connectTo) => {
    const rows = 4096;
    const total = 200;
    let produced = 0;
    await using peer = await connectTo(ECHO, { smallWindows: true });
    const source = ReadableStream.from((function* () {
      for (; produced < total; produced++) yield filled(rows, produced);
    })());
    const reader = source.pipeThrough(peer.client.doExchange(COMMAND))
      .getReader();
    for (let consumed = 0; consumed < total; consumed++) {
      if (consumed % 40 === 0) await turns(20);
      assert(
        produced <= consumed + 2 * peer.maxBatchesAhead,
        `${produced} produced, ${consumed} consumed`,
      );
      assertEquals((await reader.read()).value!.numRows, rows);
    }
    assertEquals((await reader.read()).done, true);
  },
);
