/** `poll`, and `read` of what it gives. */

import { test } from "node:test";
import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  commandDescriptor,
  FlightError,
  type PollInfo,
} from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { turns } from "../support/events.ts";
import { infoOf } from "../support/endpoints.ts";
import { rpcTest } from "../support/transports.ts";
import { inVirtualTime } from "./virtual_time.ts";
import { commandOf, QUERY, stepsTo, stuckService } from "./queries.ts";

rpcTest("poll follows a query to its end", async (connectTo) => {
  const service = stepsTo(3);
  await using peer = await connectTo(service);
  const polls: PollInfo[] = [];
  for await (const poll of peer.client.poll(QUERY)) polls.push(poll);
  assertEquals(polls.map(({ progress }) => progress), [0, 1 / 3, 2 / 3, 1]);
  assertEquals(polls.map(({ info }) => info!.endpoints.length), [0, 1, 2, 3]);
  assertEquals(polls.at(-1)!.descriptor, undefined);
  assertEquals(service.polls, ["a query", "1", "2", "3"]);
});

rpcTest("poll asks when it is read, and not before", async (connectTo) => {
  const service = stepsTo(3);
  await using peer = await connectTo(service);
  const reader = peer.client.poll(QUERY).getReader();
  for (let i = 0; i < 3; i++) {
    await turns(5);
    assertEquals(service.polls.length, i);
    await reader.read();
  }
});

rpcTest("poll of a query that is complete at once", async (connectTo) => {
  await using peer = await connectTo({
    pollFlightInfo: () => ({ progress: 1 }),
  });
  assertEquals(await Array.fromAsync(peer.client.poll(QUERY)), [
    { progress: 1 },
  ]);
});

rpcTest(
  "poll sends headers, and the errors of the server come",
  async (connectTo) => {
    await using peer = await connectTo({
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
      // Nothing new in the answers 3 to 6, then something, then nothing.
      const progress = n < 3 ? n / 10 : n < 7 ? 0.2 : 0.6;
      return {
        progress,
        // A descriptor that differs is no progress.
        descriptor: n === 9 ? undefined : commandDescriptor(`${n}`),
      };
    },
  });
  await inVirtualTime(() =>
    Array.fromAsync(client.poll(QUERY, { maxPollDelayMs: 150 }))
  );
  assertEquals(
    times.slice(1).map((time, i) => time - times[i]!),
    [0, 0, 50, 100, 150, 150, 0, 50],
  );
});

test("poll does not wait after an answer that took its time", async () => {
  const times: number[] = [];
  await using client = connectInMemory({
    async pollFlightInfo() {
      times.push(Date.now());
      await new Promise((done) => setTimeout(done, 60));
      return times.length === 3 ? {} : { descriptor: QUERY, progress: 0 };
    },
  });
  await inVirtualTime(() => Array.fromAsync(client.poll(QUERY)));
  assertEquals(times.slice(1).map((time, i) => time - times[i]!), [60, 60]);
});

test("poll is in time before the descriptor expires", async () => {
  const times: number[] = [];
  await using client = connectInMemory({
    pollFlightInfo: () =>
      times.push(Date.now()) === 8 ? {} : {
        descriptor: QUERY,
        progress: 0,
        expirationTime: new Date(Date.now() + 1000),
      },
  });
  await inVirtualTime(() => Array.fromAsync(client.poll(QUERY)));
  // The delay doubles, but is never more than half the life of the descriptor.
  assertEquals(
    times.slice(1).map((time, i) => time - times[i]!),
    [0, 50, 100, 200, 400, 500, 500],
  );
});

rpcTest(
  "poll does not ask with a descriptor that has expired",
  async (connectTo) => {
    let polls = 0;
    const expirationTime = new Date("2026-01-02T03:04:05Z");
    await using peer = await connectTo({
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

rpcTest(
  "poll: cancelling ends the poll that is under way",
  async (connectTo) => {
    for (const cancelQuery of [undefined, false, true]) {
      const service = stuckService();
      await using peer = await connectTo(service);
      const reader = peer.client.poll(QUERY, { cancelQuery }).getReader();
      await reader.read();
      const pending = reader.read();
      await service.asked;
      await reader.cancel();
      // After this, the query was canceled, if that was requested.
      assertEquals(service.cancelled, cancelQuery ? ["0"] : []);
      const reason = await service.ended;
      assert(FlightError.is(reason) && reason.code === "CANCELLED");
      assert((await pending).done);
    }
  },
);

rpcTest(
  "poll: leaving a loop cancels the query where that is wanted",
  async (connectTo) => {
    const service = stuckService();
    await using peer = await connectTo(service);
    for await (
      const { info } of peer.client.poll(QUERY, { cancelQuery: true })
    ) {
      if (info) break;
    }
    assertEquals(service.cancelled, ["0"]);
  },
);

rpcTest("poll: a complete query is not cancelled", async (connectTo) => {
  const cancelled: unknown[] = [];
  await using peer = await connectTo({
    pollFlightInfo: () => ({ info: infoOf(["0"]) }),
    cancelFlightInfo(info) {
      cancelled.push(info);
      return "NOT_CANCELLABLE";
    },
  });
  for await (const _ of peer.client.poll(QUERY, { cancelQuery: true })) break;
  assertEquals(cancelled, []);
});

rpcTest(
  "poll: a query that cannot be cancelled is an error",
  async (connectTo) => {
    await using peer = await connectTo({
      pollFlightInfo: () => ({ info: infoOf(["0"]), descriptor: QUERY }),
    });
    const reader = peer.client.poll(QUERY, { cancelQuery: true }).getReader();
    await reader.read();
    await assertFlightError(reader.cancel(), "UNIMPLEMENTED");
  },
);

rpcTest(
  "poll: aborting the signal rejects with its reason, and cancels the query",
  async (connectTo) => {
    const early = stuckService();
    await using other = await connectTo(early);
    assertEquals(
      await rejection(
        other.client.poll(QUERY, { signal: AbortSignal.abort("early") })
          .getReader().read(),
      ),
      "early",
    );
    const service = stuckService();
    await using peer = await connectTo(service);
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

rpcTest(
  "poll: waiting between polls can be ended as well",
  async (connectTo) => {
    await using peer = await connectTo({
      pollFlightInfo: () => ({ descriptor: QUERY, progress: 0 }),
    });
    const options = { maxPollDelayMs: 2 ** 31 - 1 };
    const controller = new AbortController();
    const aborting = peer.client.poll(QUERY, {
      ...options,
      signal: controller.signal,
    }).getReader();
    await aborting.read();
    // The waits double: the one that is aborted is long enough for a busy machine.
    for (let poll = 0; poll < 5; poll++) await aborting.read();
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
  },
);

rpcTest("poll refuses what it cannot use", async (connectTo) => {
  await using peer = await connectTo({});
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
  assertThrows(() => client.poll(5 as any), TypeError);
  await assertFlightError(
    Array.fromAsync(client.poll(QUERY)),
    "UNIMPLEMENTED",
  );
});
