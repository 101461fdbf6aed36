/** `read` of what `poll` gives. */

import { assert, assertEquals, assertLess } from "@std/assert";
import { commandDescriptor, FlightError } from "@contrail/flight";
import { aborted, event, turns } from "../support/events.ts";
import { assertFlightError } from "../support/rejections.ts";
import { numbers, values } from "../support/numbers.ts";
import { infoOf, numbersOf, textOf, ticketsTo } from "../support/endpoints.ts";
import { rpcTest } from "../support/transports.ts";
import { commandOf, QUERY, stepsTo, stuckService } from "./queries.ts";

rpcTest(
  "read of a query begins before the query is complete",
  async (connectTo) => {
    const first = event();
    const service = stepsTo(3);
    await using peer = await connectTo({
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
  },
);

for (const ordered of [true, false]) {
  rpcTest(
    `read of a query with ${ordered ? "" : "un"}ordered endpoints`,
    async (connectTo) => {
      let step = 0;
      await using peer = await connectTo({
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

rpcTest("read of a query that fails", async (connectTo) => {
  const started = event();
  const ended = event<unknown>();
  await using peer = await connectTo({
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
  async (connectTo) => {
    const failed = event();
    await using peer = await connectTo({
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

rpcTest("read of a query whose endpoints vanish", async (connectTo) => {
  await using peer = await connectTo({
    pollFlightInfo: (descriptor) => ({
      info: infoOf(commandOf(descriptor) === "a query" ? ["0", "1"] : ["0"]),
      descriptor: commandDescriptor("1"),
    }),
    doGet: () => numbers(1),
  });
  await assertFlightError(
    numbersOf(peer.client.read(peer.client.poll(QUERY))),
    "INTERNAL",
    "[internal] PollFlightInfo: the server has removed endpoints: there were 2, now there are 1",
  );
});

rpcTest(
  "read: cancelling it ends the polling and the query",
  async (connectTo) => {
    const service = stuckService();
    await using peer = await connectTo(service);
    const polls = peer.client.poll(QUERY, { cancelQuery: true });
    for await (const batch of peer.client.read(polls)) {
      assertEquals(values(batch), [0]);
      await service.asked;
      break;
    }
    await service.ended;
    assertEquals(service.cancelled, ["0"]);
  },
);

rpcTest(
  "read of a query does not poll ahead of its reader",
  async (connectTo) => {
    let polls = 0;
    await using peer = await connectTo({
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
  },
);
