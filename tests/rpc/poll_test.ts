/** `poll`, and `read` of what it gives. */

import { test } from "node:test";
import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertLess,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  commandDescriptor,
  type FlightDescriptor,
  FlightError,
  type FlightService,
  type PollInfo,
} from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import {
  aborted,
  assertFlightError,
  event,
  NUMBERS,
  numbers,
  rejection,
  turns,
  values,
} from "./data.ts";
import { infoOf, numbersOf, textOf, ticketsTo } from "./endpoints.ts";
import { rpcTest } from "./transports.ts";

const QUERY = commandDescriptor("a query");

/** The text of a command. */
function commandOf(descriptor: FlightDescriptor): string {
  return descriptor.type === "CMD"
    ? new TextDecoder().decode(descriptor.cmd)
    : "";
}

/** Answers with the endpoints up to the number in the descriptor; complete at `last`. */
function stepsTo(last: number): FlightService & { readonly polls: string[] } {
  const polls: string[] = [];
  return {
    polls,
    pollFlightInfo(descriptor) {
      const command = commandOf(descriptor);
      polls.push(command);
      const step = command === "a query" ? 0 : Number(command);
      return {
        info: { ...infoOf(ticketsTo(step)), schema: NUMBERS },
        progress: step / last,
        descriptor: step === last
          ? undefined
          : commandDescriptor(String(step + 1)),
      };
    },
    doGet: (ticket) => numbers(Number(textOf(ticket))),
  };
}

rpcTest("poll follows a query to its end", async (join) => {
  const service = stepsTo(3);
  await using peer = await join(service);
  const polls: PollInfo[] = [];
  for await (const poll of peer.client.poll(QUERY)) polls.push(poll);
  assertEquals(polls.map(({ progress }) => progress), [0, 1 / 3, 2 / 3, 1]);
  assertEquals(polls.map(({ info }) => info!.endpoints.length), [0, 1, 2, 3]);
  assertEquals(polls.at(-1)!.descriptor, undefined);
  assertEquals(service.polls, ["a query", "1", "2", "3"]);
});

rpcTest("poll asks when it is read, and not before", async (join) => {
  const service = stepsTo(3);
  await using peer = await join(service);
  const reader = peer.client.poll(QUERY).getReader();
  for (let i = 0; i < 3; i++) {
    await turns(5);
    assertEquals(service.polls.length, i);
    await reader.read();
  }
});

rpcTest("poll of a query that is complete at once", async (join) => {
  await using peer = await join({ pollFlightInfo: () => ({ progress: 1 }) });
  assertEquals(await Array.fromAsync(peer.client.poll(QUERY)), [
    { progress: 1 },
  ]);
});

rpcTest(
  "poll sends headers, and the errors of the server come",
  async (join) => {
    await using peer = await join({
      pollFlightInfo(descriptor, { headers }) {
        assertEquals(headers.get("x-poll"), "yes");
        if (commandOf(descriptor) === "1") {
          throw new FlightError("INTERNAL", "the query failed");
        }
        return { descriptor: commandDescriptor("1"), progress: 0.5 };
      },
    });
    const reader = peer.client.poll(QUERY, { headers: { "x-poll": "yes" } })
      .getReader();
    assertEquals((await reader.read()).value?.progress, 0.5);
    await assertFlightError(
      reader.read(),
      "INTERNAL",
      "[internal] PollFlightInfo: the query failed",
    );
  },
);

test("poll asks less and less often while nothing happens", async () => {
  const times: number[] = [];
  await using client = connectInMemory({
    pollFlightInfo() {
      times.push(Date.now());
      const n = times.length;
      // Nothing new in the answers 3 to 5, then something, then nothing.
      const progress = n < 3 ? n / 10 : n < 6 ? 0.2 : 0.6;
      return {
        progress,
        // A descriptor that differs is no progress.
        descriptor: n === 8 ? undefined : commandDescriptor(`${n}`),
      };
    },
  });
  await Array.fromAsync(client.poll(QUERY, { maxPollDelayMs: 100 }));
  const gaps = times.slice(1).map((time, i) => time - times[i]!);
  assertEquals(gaps.length, 7);
  for (const [i, gap] of [0, 0, 50, 100, 100, 0, 50].entries()) {
    // Timers may be a little early.
    assertGreaterOrEqual(gaps[i]!, gap - 5, `poll ${i + 2}`);
  }
});

rpcTest(
  "poll does not wait after an answer that took its time",
  async (join) => {
    let polls = 0;
    await using peer = await join({
      async pollFlightInfo() {
        if (++polls === 3) return {};
        await new Promise((done) => setTimeout(done, 60));
        return { descriptor: QUERY, progress: 0 };
      },
    });
    // What it would wait otherwise.
    const stream = peer.client.poll(QUERY, { maxPollDelayMs: 2 ** 31 - 1 });
    assertEquals((await Array.fromAsync(stream)).length, 3);
  },
);

test("poll is in time before the descriptor expires", async () => {
  let polls = 0;
  await using client = connectInMemory({
    pollFlightInfo: () =>
      ++polls === 8 ? {} : {
        descriptor: QUERY,
        progress: 0,
        expirationTime: new Date(Date.now() + 1000),
      },
  });
  // The delay doubles up to 1600 ms, but is never more than half the life of the descriptor.
  assertEquals((await Array.fromAsync(client.poll(QUERY))).length, 8);
});

rpcTest(
  "poll does not ask with a descriptor that has expired",
  async (join) => {
    let polls = 0;
    const expirationTime = new Date("2026-01-02T03:04:05Z");
    await using peer = await join({
      pollFlightInfo() {
        polls++;
        return { descriptor: QUERY, expirationTime };
      },
    });
    const reader = peer.client.poll(QUERY).getReader();
    await reader.read();
    await assertFlightError(
      reader.read(),
      "FAILED_PRECONDITION",
      "[failed precondition] PollFlightInfo: the query expired at 2026-01-02T03:04:05.000Z, before the next poll",
    );
    assertEquals(polls, 1);
  },
);

/** A service whose second poll takes until it is cancelled. */
function stuckService(): FlightService & {
  readonly asked: Promise<void>;
  readonly ended: Promise<unknown>;
  readonly cancelled: string[];
} {
  const asked = event();
  const ended = event<unknown>();
  const cancelled: string[] = [];
  return {
    asked: asked.promise,
    ended: ended.promise,
    cancelled,
    async pollFlightInfo(descriptor, { signal }) {
      if (commandOf(descriptor) === "a query") {
        return { info: infoOf(["0"]), descriptor: commandDescriptor("1") };
      }
      asked.resolve();
      ended.resolve(await aborted(signal));
      return {};
    },
    cancelFlightInfo({ endpoints }) {
      cancelled.push(textOf(endpoints[0]!.ticket));
      return "CANCELLED";
    },
    doGet: (ticket) => numbers(Number(textOf(ticket))),
  };
}

rpcTest("poll: cancelling ends the poll that is under way", async (join) => {
  for (const cancelQuery of [undefined, false, true]) {
    const service = stuckService();
    await using peer = await join(service);
    const reader = peer.client.poll(QUERY, { cancelQuery }).getReader();
    await reader.read();
    const pending = reader.read();
    await service.asked;
    await reader.cancel();
    // The query was cancelled, where that was wanted, when this is over.
    assertEquals(service.cancelled, cancelQuery ? ["0"] : []);
    const reason = await service.ended;
    assert(FlightError.is(reason) && reason.code === "CANCELLED");
    assert((await pending).done);
  }
});

rpcTest(
  "poll: leaving a loop cancels the query where that is wanted",
  async (join) => {
    const service = stuckService();
    await using peer = await join(service);
    for await (
      const { info } of peer.client.poll(QUERY, { cancelQuery: true })
    ) {
      if (info) break;
    }
    assertEquals(service.cancelled, ["0"]);
  },
);

rpcTest("poll: a complete query is not cancelled", async (join) => {
  const cancelled: unknown[] = [];
  await using peer = await join({
    pollFlightInfo: () => ({ info: infoOf(["0"]) }),
    cancelFlightInfo(info) {
      cancelled.push(info);
      return "NOT_CANCELLABLE";
    },
  });
  for await (const _ of peer.client.poll(QUERY, { cancelQuery: true })) break;
  assertEquals(cancelled, []);
});

rpcTest("poll: a query that cannot be cancelled is an error", async (join) => {
  await using peer = await join({
    pollFlightInfo: () => ({ info: infoOf(["0"]), descriptor: QUERY }),
  });
  const reader = peer.client.poll(QUERY, { cancelQuery: true }).getReader();
  await reader.read();
  await assertFlightError(reader.cancel(), "UNIMPLEMENTED");
});

rpcTest(
  "poll: aborting the signal rejects with its reason, and cancels the query",
  async (join) => {
    const early = stuckService();
    await using other = await join(early);
    assertEquals(
      await rejection(
        other.client.poll(QUERY, { signal: AbortSignal.abort("early") })
          .getReader().read(),
      ),
      "early",
    );
    const service = stuckService();
    await using peer = await join(service);
    const controller = new AbortController();
    const reader = peer.client.poll(QUERY, {
      signal: controller.signal,
      cancelQuery: true,
    }).getReader();
    await reader.read();
    const pending = rejection(reader.read());
    await service.asked;
    const reason = new Error("the user left");
    controller.abort(reason);
    assertStrictEquals(await pending, reason);
    await service.ended;
    while (service.cancelled.length === 0) await turns(1);
    assertEquals(service.cancelled, ["0"]);
  },
);

rpcTest("poll: waiting between polls can be ended as well", async (join) => {
  await using peer = await join({
    pollFlightInfo: () => ({ descriptor: QUERY, progress: 0 }),
  });
  const options = { maxPollDelayMs: 2 ** 31 - 1 };
  const controller = new AbortController();
  const aborting = peer.client.poll(QUERY, {
    ...options,
    signal: controller.signal,
  }).getReader();
  await aborting.read();
  // Up to the seventh poll that is less than 2 seconds, then as much again.
  await aborting.read();
  const pending = rejection(aborting.read());
  await turns(5);
  controller.abort("enough");
  assertEquals(await pending, "enough");

  await assertFlightError(
    Array.fromAsync(peer.client.poll(QUERY, { ...options, timeoutMs: 300 })),
    "DEADLINE_EXCEEDED",
  );

  const closing = peer.client.poll(QUERY, options).getReader();
  await closing.read();
  await closing.read();
  const closed = closing.read();
  await peer.client.close();
  await assertFlightError(closed, "CANCELLED", /the client was closed/);
});

rpcTest("poll refuses what it cannot use", async (join) => {
  await using peer = await join({});
  const { client } = peer;
  for (const maxPollDelayMs of [-1, 1.5, 2 ** 31]) {
    assertThrows(
      () => client.poll(QUERY, { maxPollDelayMs }),
      RangeError,
      "Cannot use option maxPollDelayMs",
    );
  }
  assertThrows(() => client.poll(QUERY, { timeoutMs: 0 }), RangeError);
  // deno-lint-ignore no-explicit-any
  assertThrows(() => client.poll("query" as any), TypeError);
  await assertFlightError(
    Array.fromAsync(client.poll(QUERY)),
    "UNIMPLEMENTED",
  );
});

rpcTest("read of a query begins before the query is complete", async (join) => {
  const first = event();
  const service = stepsTo(3);
  await using peer = await join({
    ...service,
    async pollFlightInfo(descriptor, context) {
      if (commandOf(descriptor) === "2") await first.promise;
      return await service.pollFlightInfo!(descriptor, context);
    },
  });
  const polls = peer.client.poll(QUERY);
  const stream = peer.client.read(polls);
  assert(polls.locked);
  const all: number[] = [];
  for await (const batch of stream) {
    all.push(...values(batch));
    first.resolve();
  }
  assertEquals(all, [0, 1, 2]);
  assertEquals((await stream.schema).fields.length, 1);
});

for (const ordered of [true, false]) {
  rpcTest(
    `read of a query with ${ordered ? "" : "un"}ordered endpoints`,
    async (join) => {
      let step = 0;
      await using peer = await join({
        async pollFlightInfo() {
          await turns(1);
          step += 3;
          return {
            info: infoOf(ticketsTo(step - 3), { ordered }),
            descriptor: step < 30 ? QUERY : undefined,
          };
        },
        async *doGet(ticket) {
          const n = Number(textOf(ticket));
          await turns(n % 5);
          yield numbers(n);
        },
      });
      const all = await numbersOf(peer.client.read(peer.client.poll(QUERY)));
      assertEquals(
        ordered ? all : all.toSorted((a, b) => a - b),
        ticketsTo(27).map(Number),
      );
    },
  );
}

rpcTest("read of a query that fails", async (join) => {
  const started = event();
  const ended = event<unknown>();
  await using peer = await join({
    async pollFlightInfo(descriptor) {
      if (commandOf(descriptor) === "a query") {
        return { info: infoOf(["1"]), descriptor: commandDescriptor("1") };
      }
      await started.promise;
      throw new FlightError("INTERNAL", "the query failed");
    },
    async *doGet(_ticket, { signal }) {
      yield numbers(1);
      ended.resolve(await aborted(signal));
    },
  });
  const reader = peer.client.read(peer.client.poll(QUERY)).getReader();
  assertEquals(values((await reader.read()).value!), [1]);
  started.resolve();
  await assertFlightError(
    reader.read(),
    "INTERNAL",
    "[internal] PollFlightInfo: the query failed",
  );
  await ended.promise;
});

rpcTest(
  "read of a query that fails, after endpoints in order",
  async (join) => {
    const failed = event();
    await using peer = await join({
      pollFlightInfo(descriptor) {
        if (commandOf(descriptor) === "a query") {
          return {
            info: infoOf(["1", "2"], { ordered: true }),
            descriptor: commandDescriptor("1"),
          };
        }
        failed.resolve();
        throw new FlightError("INTERNAL", "the query failed");
      },
      async *doGet(ticket) {
        await failed.promise;
        await turns(20);
        yield numbers(Number(textOf(ticket)));
      },
    });
    const all: number[] = [];
    await assertFlightError(
      (async () => {
        const stream = peer.client.read(peer.client.poll(QUERY));
        for await (const batch of stream) all.push(...values(batch));
      })(),
      "INTERNAL",
      /the query failed/,
    );
    assertEquals(all, [1, 2]);
  },
);

rpcTest("read of a query whose endpoints vanish", async (join) => {
  await using peer = await join({
    pollFlightInfo: (descriptor) => ({
      info: infoOf(commandOf(descriptor) === "a query" ? ["0", "1"] : ["0"]),
      descriptor: commandDescriptor("1"),
    }),
    doGet: () => numbers(1),
  });
  await assertFlightError(
    numbersOf(peer.client.read(peer.client.poll(QUERY))),
    "INTERNAL",
    "[internal] PollFlightInfo: the server has taken back endpoints: there were 2, now there are 1",
  );
});

rpcTest("read: cancelling it ends the polling and the query", async (join) => {
  const service = stuckService();
  await using peer = await join(service);
  const polls = peer.client.poll(QUERY, { cancelQuery: true });
  for await (const batch of peer.client.read(polls)) {
    assertEquals(values(batch), [0]);
    await service.asked;
    break;
  }
  await service.ended;
  assertEquals(service.cancelled, ["0"]);
});

rpcTest("read of a query does not poll ahead of its reader", async (join) => {
  let polls = 0;
  await using peer = await join({
    pollFlightInfo: () => ({
      info: infoOf(ticketsTo(++polls)),
      descriptor: QUERY,
    }),
    doGet: (ticket) => numbers(Number(textOf(ticket))),
  });
  const reader = peer.client.read(peer.client.poll(QUERY)).getReader();
  await turns(10);
  assertEquals(polls, 0);
  for (let i = 0; i < 3; i++) await reader.read();
  await turns(50);
  assertLess(polls, 3 + 1 + 4);
  await reader.cancel();
});
