import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  encodeSchema,
  FlightError,
  type FlightService,
  pathDescriptor,
} from "@contrail/flight";
import { aborted, countingSignal, event, turns } from "../support/events.ts";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { filled, NUMBERS, numbers, values } from "../support/numbers.ts";
import { infoOf, numbersOf, textOf, ticketsTo } from "../support/endpoints.ts";
import { rpcTest } from "../support/transports.ts";

const SCHEMA = encodeSchema(NUMBERS);

/** Gives the number of the ticket three times; the higher it is, the sooner. */
const THREE_TIMES: FlightService = {
  async *doGet(ticket) {
    const n = Number(textOf(ticket));
    await turns(Math.max(0, 10 - n));
    for (let i = 0; i < 3; i++) yield numbers(n);
  },
};

rpcTest("read gives the batches of all endpoints", async (connectTo) => {
  await using peer = await connectTo(THREE_TIMES);
  const stream = peer.client.read(infoOf(ticketsTo(9)));
  const all = await numbersOf(stream);
  assertEquals(
    all.toSorted((a, b) => a - b),
    ticketsTo(9).flatMap((n) => [Number(n), Number(n), Number(n)]),
  );
  assertEquals((await stream.schema).fields.map(({ name }) => name), ["n"]);
});

rpcTest("read keeps the order of an ordered info", async (connectTo) => {
  await using peer = await connectTo(THREE_TIMES);
  const info = infoOf(ticketsTo(9), { ordered: true });
  assertEquals(
    await numbersOf(peer.client.read(info)),
    ticketsTo(9).flatMap((n) => [Number(n), Number(n), Number(n)]),
  );
});

rpcTest(
  "read does not keep an order that does not matter",
  async (connectTo) => {
    const second = event();
    await using peer = await connectTo({
      async *doGet(ticket) {
        if (textOf(ticket) === "0") await second.promise;
        yield numbers(Number(textOf(ticket)));
      },
    });
    const all: number[] = [];
    for await (const batch of peer.client.read(infoOf(["0", "1"]))) {
      all.push(...values(batch));
      second.resolve();
    }
    assertEquals(all, [1, 0]);
  },
);

rpcTest("read gives a table", async (connectTo) => {
  await using peer = await connectTo(THREE_TIMES);
  const info = infoOf(ticketsTo(3), { ordered: true, schemaBytes: SCHEMA });
  const table = await peer.client.read(info).table();
  assertEquals([...table.getChild("n")!], [0, 0, 0, 1, 1, 1, 2, 2, 2]);
});

rpcTest(
  "read opens as many endpoints at a time as maxParallelEndpoints says",
  async (connectTo) => {
    for (const limit of [undefined, 1, 7]) {
      let open = 0;
      let most = 0;
      const full = event();
      await using peer = await connectTo({
        async *doGet() {
          most = Math.max(most, ++open);
          if (open === (limit ?? 4)) full.resolve();
          await full.promise;
          try {
            yield numbers(1);
            yield numbers(2);
          } finally {
            open--;
          }
        },
      });
      const stream = peer.client.read(infoOf(ticketsTo(20)), {
        maxParallelEndpoints: limit,
      });
      assertEquals((await numbersOf(stream)).length, 40);
      assertEquals(most, limit ?? 4);
    }
  },
);

rpcTest("read does nothing before it is read", async (connectTo) => {
  let calls = 0;
  await using peer = await connectTo({
    doGet() {
      calls++;
      return numbers(1);
    },
  });
  const stream = peer.client.read(infoOf(ticketsTo(8)));
  await turns(10);
  assertEquals(calls, 0);
  await stream.cancel();
  assertEquals(calls, 0);
});

for (const ordered of [false, true]) {
  rpcTest(
    `read of ${
      ordered ? "ordered " : ""
    }endpoints stops servers whose data is not read`,
    async (connectTo) => {
      const total = 400;
      const produced = new Map<string, number>();
      await using peer = await connectTo({
        *doGet(ticket) {
          const key = textOf(ticket);
          for (let i = 0; i < total; i++) {
            produced.set(key, i + 1);
            yield filled(4096, i);
          }
        },
      }, { smallWindows: true });
      const stream = peer.client.read(infoOf(ticketsTo(6), { ordered }), {
        maxParallelEndpoints: 3,
      });
      const reader = stream.getReader();
      for (let i = 0; i < 3; i++) await reader.read();
      await turns(50);
      for (const [key, batches] of produced) {
        // A batch of each waits in the reader, in addition to those on the way.
        assert(
          batches <= 3 + 1 + peer.maxBatchesAhead,
          `${batches} batches of ${key}`,
        );
      }
      assert(produced.size <= 3, `${produced.size} endpoints were opened`);
      let read = 3;
      while (!(await reader.read()).done) read++;
      assertEquals(read, 6 * total);
    },
  );
}

rpcTest(
  "read: leaving a loop, and disposing, cancel all calls",
  async (connectTo) => {
    let open = 0;
    let left = event();
    let full = event();
    await using peer = await connectTo({
      async *doGet(_ticket, { signal }) {
        if (++open === 4) full.resolve();
        yield numbers(1);
        await aborted(signal);
        if (--open === 0) left.resolve();
      },
    });
    const info = infoOf(ticketsTo(9));
    for await (const _ of peer.client.read(info)) {
      await full.promise;
      break;
    }
    await left.promise;
    [left, full] = [event(), event()];
    {
      await using stream = peer.client.read(info);
      await stream.schema;
      await full.promise;
    }
    await left.promise;
    [left, full] = [event(), event()];
    const messages = peer.client.read(info).messages().getReader();
    await messages.read();
    await full.promise;
    const pending = Promise.all([1, 2, 3, 4].map(() => messages.read()));
    await messages.cancel();
    await left.promise;
    assertEquals<unknown>((await pending).at(-1), {
      done: true,
      value: undefined,
    });
  },
);

rpcTest(
  "read: aborting the signal rejects with its reason, before, during and at rest",
  async (connectTo) => {
    const full = event();
    const left = event();
    let open = 0;
    await using peer = await connectTo({
      async *doGet(_ticket, { signal }) {
        yield numbers(1);
        if (++open === 2) full.resolve();
        await aborted(signal);
        if (--open === 0) left.resolve();
      },
    });
    const info = infoOf(["0", "1"]);
    const early = peer.client.read(info, {
      signal: AbortSignal.abort("early"),
    });
    assertEquals(await rejection(early.getReader().read()), "early");

    const controller = new AbortController();
    const reason = new Error("the user left");
    const reader = peer.client.read(info, { signal: controller.signal })
      .getReader();
    await reader.read();
    await reader.read();
    const pending = rejection(reader.read());
    await full.promise;
    controller.abort(reason);
    assertStrictEquals(await pending, reason);
    await left.promise;

    const resting = new AbortController();
    const rest = peer.client.read(info, { signal: resting.signal }).getReader();
    await rest.read();
    await turns(20);
    resting.abort(reason);
    // Nothing that had arrived comes any more.
    assertStrictEquals(await rejection(rest.read()), reason);
  },
);

rpcTest("read and poll leave nothing behind at a signal", async (connectTo) => {
  await using peer = await connectTo({
    doGet: (ticket) => textOf(ticket) === "0" ? numbers(1) : undefined,
    pollFlightInfo: () => ({}),
  });
  const { client } = peer;
  const { signal, listeners } = countingSignal();
  await numbersOf(client.read(infoOf(["0"]), { signal }));
  assertEquals(listeners(), 0);
  await assertFlightError(
    numbersOf(client.read(infoOf(["1"]), { signal })),
    "NOT_FOUND",
  );
  assertEquals(listeners(), 0);
  for await (const _ of client.read(infoOf(["0"]), { signal })) {
    assertEquals(listeners(), 1);
    break;
  }
  assertEquals(listeners(), 0);
  await Array.fromAsync(client.poll(pathDescriptor("a query"), { signal }));
  assertEquals(listeners(), 0);
});

rpcTest("read: closing the client ends it", async (connectTo) => {
  const started = event();
  await using peer = await connectTo({
    async *doGet(_ticket, { signal }) {
      yield numbers(1);
      started.resolve();
      await aborted(signal);
    },
  });
  const reader = peer.client.read(infoOf(["0"])).getReader();
  await reader.read();
  const pending = reader.read();
  await started.promise;
  await peer.client.close();
  await assertFlightError(pending, "CANCELLED", /the client was closed/);
  await assertFlightError(
    numbersOf(peer.client.read(infoOf(["0"]))),
    "CANCELLED",
  );
});

rpcTest("read: timeoutMs bounds all of it", async (connectTo) => {
  const left = event();
  await using peer = await connectTo({
    async *doGet(_ticket, { signal, deadline }) {
      assert(deadline !== undefined, "the deadline does not travel");
      yield numbers(1);
      await aborted(signal);
      left.resolve();
    },
  });
  const stream = peer.client.read(infoOf(["0"]), { timeoutMs: 1000 });
  const reader = stream.getReader();
  await reader.read();
  await assertFlightError(reader.read(), "DEADLINE_EXCEEDED");
  await left.promise;
});

rpcTest(
  "read: the failure of an endpoint cancels the others, and comes after what had arrived",
  async (connectTo) => {
    const arrived = event();
    const cancelled = event<unknown>();
    await using peer = await connectTo({
      async *doGet(ticket, { signal }) {
        switch (textOf(ticket)) {
          case "bad":
            await arrived.promise;
            throw new FlightError("NOT_FOUND", "it is gone", {
              extraInfo: Uint8Array.of(7),
            });
          case "slow":
            cancelled.resolve(await aborted(signal));
            break;
          default:
            yield numbers(1);
        }
      },
    });
    const info = infoOf(["slow", "bad", "one", "one"]);
    const reader = peer.client.read(info).getReader();
    assertEquals(values((await reader.read()).value!), [1]);
    await turns(20);
    arrived.resolve();
    // The others are canceled without a reader.
    const reason = await cancelled.promise;
    assert(FlightError.is(reason) && reason.code === "CANCELLED");
    assertEquals(values((await reader.read()).value!), [1]);
    const error = await assertFlightError(
      reader.read(),
      "NOT_FOUND",
      "[not found] DoGet: it is gone (endpoints[1], read from this connection)",
    );
    assertEquals([error.origin, error.extraInfo], ["remote", Uint8Array.of(7)]);
  },
);

rpcTest(
  "read: in an ordered info a failure waits for its turn, too",
  async (connectTo) => {
    let calls = 0;
    await using peer = await connectTo({
      async *doGet(ticket) {
        calls++;
        const n = Number(textOf(ticket));
        if (n === 2) throw new FlightError("NOT_FOUND", "it is gone");
        await turns(5);
        yield numbers(n);
        yield numbers(n);
      },
    });
    const info = infoOf(ticketsTo(30), { ordered: true });
    const stream = peer.client.read(info);
    const all: number[] = [];
    await assertFlightError(
      (async () => {
        for await (const batch of stream) all.push(...values(batch));
      })(),
      "NOT_FOUND",
      /endpoints\[2\]/,
    );
    assertEquals(all, [0, 0, 1, 1]);
    assert(calls <= 6, `${calls} endpoints were opened`);
  },
);

rpcTest(
  "read: messages have their application metadata and their endpoint",
  async (connectTo) => {
    await using peer = await connectTo({
      doGet: (ticket) => [
        { appMetadata: ticket.ticket },
        { batch: numbers(1), appMetadata: Uint8Array.of(2) },
        numbers(3),
      ],
    });
    const info = infoOf(["a", "b"], { ordered: true });
    const messages = await Array.fromAsync(
      peer.client.read(info).messages(),
    );
    assertEquals(messages.length, 6);
    for (const [i, { batch, appMetadata, endpoint }] of messages.entries()) {
      assertStrictEquals(endpoint, info.endpoints[Math.floor(i / 3)]);
      assertEquals(batch && values(batch), [undefined, [1], [3]][i % 3]);
      assertEquals(
        appMetadata,
        [
          endpoint.ticket.ticket,
          Uint8Array.of(2),
          undefined,
        ][i % 3],
      );
    }
    assertEquals(
      await numbersOf(peer.client.read(info)),
      [1, 3, 1, 3],
    );
  },
);

rpcTest("read of hundreds of endpoints", async (connectTo) => {
  let open = 0;
  let most = 0;
  await using peer = await connectTo({
    *doGet(ticket) {
      most = Math.max(most, ++open);
      try {
        yield numbers(Number(textOf(ticket)));
      } finally {
        open--;
      }
    },
  });
  for (const ordered of [true, false]) {
    const info = infoOf(ticketsTo(250), { ordered, schemaBytes: SCHEMA });
    const all = await numbersOf(peer.client.read(info));
    assertEquals(
      ordered ? all : all.toSorted((a, b) => a - b),
      ticketsTo(250).map(Number),
    );
  }
  assert(most <= 4, `${most} endpoints were open`);
});

rpcTest("read sends headers with every call", async (connectTo) => {
  const seen: unknown[] = [];
  await using peer = await connectTo({
    doGet(_ticket, { headers }) {
      seen.push(headers.get("x-read"));
      return numbers(1);
    },
  });
  await numbersOf(
    peer.client.read(infoOf(ticketsTo(3)), { headers: { "x-read": "yes" } }),
  );
  assertEquals(seen, ["yes", "yes", "yes"]);
});

rpcTest("read refuses what it cannot use", async (connectTo) => {
  await using peer = await connectTo({});
  const { client } = peer;
  for (const maxParallelEndpoints of [0, -1, 1.5, NaN]) {
    assertThrows(
      () => client.read(infoOf([]), { maxParallelEndpoints }),
      RangeError,
      "Cannot use option maxParallelEndpoints",
    );
  }
  assertThrows(
    () => client.read(infoOf([]), { renewBeforeMs: -1 }),
    RangeError,
    "Cannot use option renewBeforeMs",
  );
  assertThrows(() => client.read(infoOf([]), { timeoutMs: 0 }), RangeError);
  // deno-lint-ignore no-explicit-any
  for (const wrong of [undefined, {}, "ticket"] as any[]) {
    assertThrows(() => client.read(wrong), TypeError, "FlightInfo");
  }
  const locked = client.read(infoOf([]));
  locked.getReader();
  assertThrows(() => locked.messages(), TypeError);
  await assertRejects(() => locked.cancel(), TypeError);
});
