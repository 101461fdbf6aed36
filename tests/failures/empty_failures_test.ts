/** Foreign code that fails with undefined or null: each failure is an error with a text. */

import { assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import { type RecordBatch, tableFromArrays } from "apache-arrow";
import { rejection } from "../support/rejections.ts";
import { interceptorTest } from "../support/transports.ts";

const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
const [batch] = table.batches;
const NOTHING = [undefined, null];

type Failing = (reason: unknown) => Iterable<RecordBatch>;

/** Data that fails at once, or after a batch. */
const DATA: readonly Failing[] = [
  // deno-lint-ignore require-yield
  function* (reason) {
    throw reason;
  },
  function* (reason) {
    yield batch!;
    throw reason;
  },
  async function* (reason: unknown) {
    yield batch!;
    throw reason;
  } as unknown as Failing,
  ((reason: unknown) =>
    new ReadableStream({
      start: (controller) => controller.enqueue(batch!),
      pull: (controller) => controller.error(reason),
    }, { highWaterMark: 0 })) as unknown as Failing,
];

function assertSays(error: unknown, reason: unknown, culprit: RegExp): void {
  assertInstanceOf(error, Error);
  assertMatch(error.message, culprit);
  assertEquals(
    error.message.replace(/^.* failed with /, ""),
    `${reason} instead of an error`,
  );
}

interceptorTest("empty failures: data that is sent", async (connectTo) => {
  await using peer = await connectTo({
    async doPut(upload) {
      for await (const _ of upload);
    },
    async *doExchange(upload) {
      for await (const batch of upload) yield batch;
    },
  });
  for (const reason of NOTHING) {
    for (const data of DATA) {
      for (
        const sent of [
          () => peer.client.doPut("d", data(reason)),
          () => peer.client.doExchange("d", data(reason)).table(),
        ]
      ) {
        assertSays(
          await rejection(sent()),
          reason,
          /^(an iterator|a ReadableStream) /,
        );
      }
    }
    const { writable, results } = peer.client.doPut("d");
    const lost = rejection(Array.fromAsync(results));
    await writable.abort(reason);
    assertInstanceOf(await lost, Error);
  }
});

interceptorTest("empty failures: data of a handler", async (connectTo) => {
  for (const reason of NOTHING) {
    for (const data of DATA) {
      await using peer = await connectTo({ doGet: () => data(reason) });
      assertInstanceOf(await rejection(peer.client.doGet("t").table()), Error);
      assertEquals(peer.errors.length, 1);
      assertSays(peer.errors[0], reason, /^(an iterator|a ReadableStream) /);
    }
  }
});

interceptorTest("empty failures: a handler", async (connectTo) => {
  for (const reason of NOTHING) {
    for (
      const doGet of [
        () => {
          throw reason;
        },
        () => Promise.reject(reason),
      ]
    ) {
      await using peer = await connectTo({ doGet });
      assertInstanceOf(await rejection(peer.client.doGet("t").table()), Error);
      assertEquals(peer.errors.length, 1);
      assertSays(peer.errors[0], reason, /^doGet /);
    }
  }
});

interceptorTest(
  "empty failures: an interceptor of either side",
  async (connectTo) => {
    for (const reason of NOTHING) {
      for (
        const interceptor of [
          () => {
            throw reason;
          },
          () => Promise.reject(reason),
        ]
      ) {
        const service = { doGet: () => table };
        await using client = await connectTo(service, {
          clientInterceptors: [interceptor],
        });
        const error = await rejection(client.client.doGet("t").table());
        assertSays(error, reason, /^an interceptor /);
        await using server = await connectTo(service, {
          serverInterceptors: [interceptor],
        });
        assertInstanceOf(
          await rejection(server.client.doGet("t").table()),
          Error,
        );
        assertEquals(server.errors.length, 1);
        assertSays(server.errors[0], reason, /^an interceptor /);
      }
    }
  },
);
