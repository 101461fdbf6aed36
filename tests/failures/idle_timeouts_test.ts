import { assert, assertEquals, assertThrows } from "@std/assert";
import { pathDescriptor } from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { test } from "node:test";
import { assertFlightError } from "../support/rejections.ts";
import { event, turns } from "../support/events.ts";
import { filled, numbers } from "../support/numbers.ts";
import { ROW_COUNTER } from "../support/row_counter.ts";
import { callTest as rpcTest, waitingTest } from "../support/transports.ts";

const HERE = pathDescriptor("here");

waitingTest(
  "idle timeouts: a read that waits too long cancels the call",
  async (connectTo) => {
    const cancelled = event();
    await using peer = await connectTo({
      async *doGet(_, { signal }) {
        signal.addEventListener("abort", () => cancelled.resolve());
        yield numbers(1);
        await cancelled.promise;
      },
    });
    // The time is not for the connection.
    await assertFlightError(peer.client.getFlightInfo(HERE), "UNIMPLEMENTED");
    const stream = peer.client.doGet("t", { readTimeoutMs: 1500 });
    const reader = stream.getReader();
    assertEquals((await reader.read()).value!.numRows, 1);
    const error = await assertFlightError(
      reader.read(),
      "DEADLINE_EXCEEDED",
      "[deadline exceeded] DoGet: no message arrived within readTimeoutMs (1500)",
    );
    assertEquals(error.origin, "local");
    await cancelled.promise;
  },
);

waitingTest(
  "idle timeouts: time in which nothing is read does not count",
  async (connectTo) => {
    await using peer = await connectTo({
      doGet: () => [numbers(1), numbers(2)],
    });
    const stream = peer.client.doGet("t", { readTimeoutMs: 2000 });
    const reader = stream.getReader();
    assertEquals((await reader.read()).value!.numRows, 1);
    await new Promise((resolve) => setTimeout(resolve, 2200));
    assertEquals((await reader.read()).value!.numRows, 1);
    assertEquals((await reader.read()).done, true);
  },
);

rpcTest("readTimeoutMs holds for every kind of call", async (connectTo) => {
  const hang = async (_: unknown, { signal }: { signal: AbortSignal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    throw signal.reason;
  };
  await using peer = await connectTo({
    getFlightInfo: hang,
    doAction: hang,
    handshake: hang,
    doPut: hang,
    doExchange: hang,
    listFlights: hang,
  });
  const options = { readTimeoutMs: 30 };
  const { client } = peer;
  const calls: [method: string, call: () => Promise<unknown>][] = [
    ["GetFlightInfo", () => client.getFlightInfo(HERE, options)],
    ["DoAction", () => Array.fromAsync(client.doAction("x", options))],
    ["Handshake", () => Array.fromAsync(client.handshake(options).readable)],
    ["DoPut", () => Array.fromAsync(client.doPut(HERE, options).results)],
    [
      "DoExchange",
      () => Array.fromAsync(client.doExchange(HERE, options).readable),
    ],
    ["ListFlights", () => Array.fromAsync(client.listFlights({}, options))],
  ];
  for (const [method, call] of calls) {
    const error = await assertFlightError(call(), "DEADLINE_EXCEEDED");
    assertEquals(error.method, method);
    assert(error.details.includes("readTimeoutMs (30)"));
  }
});

rpcTest(
  "idle timeouts: a write that waits too long cancels the call",
  async (connectTo) => {
    const cancelled = event();
    let isCalled = false;
    await using peer = await connectTo({
      async doPut(_, { signal }) {
        isCalled = true;
        await new Promise((resolve) =>
          signal.addEventListener("abort", resolve)
        );
        cancelled.resolve();
      },
    }, { smallWindows: true });
    // Connects.
    await assertFlightError(
      Array.fromAsync(peer.client.listActions()),
      "UNIMPLEMENTED",
    );
    const upload = peer.client.doPut(HERE, { writeTimeoutMs: 50 });
    const writer = upload.writable.getWriter();
    const writing = (async () => {
      while (true) await writer.write(filled(4096, 7));
    })();
    await assertFlightError(
      writing,
      "DEADLINE_EXCEEDED",
      "[deadline exceeded] DoPut: the server took no message within writeTimeoutMs (50)",
    );
    await assertFlightError(
      Array.fromAsync(upload.results),
      "DEADLINE_EXCEEDED",
      /writeTimeoutMs/,
    );
    // On a busy machine the call is over before the server has heard of it.
    if (isCalled) await cancelled.promise;
  },
  { overHttp: false },
);

waitingTest(
  "idle timeouts: time in which nothing is written does not count",
  async (connectTo) => {
    await using peer = await connectTo(ROW_COUNTER);
    const upload = peer.client.doPut(HERE, { writeTimeoutMs: 2000 });
    const writer = upload.writable.getWriter();
    // The first waits until the transport asks for it.
    await writer.write(numbers(1));
    await new Promise((resolve) => setTimeout(resolve, 2200));
    await writer.write(numbers(2));
    await writer.close();
    const [result] = await Array.fromAsync(upload.results);
    assertEquals(result!.appMetadata, Uint8Array.of(2));
  },
);

rpcTest(
  "idle timeouts: writes that are taken in time go on for longer",
  async (connectTo) => {
    await using peer = await connectTo({
      async doPut(upload) {
        let batches = 0;
        for await (const _ of upload) {
          batches++;
          await turns(1);
        }
        return [{ appMetadata: Uint8Array.of(batches) }];
      },
      handshake: (requests) => requests,
    }, { smallWindows: true });
    const upload = peer.client.doPut(HERE, { writeTimeoutMs: 20_000 });
    const [result] = await upload.writeAll(
      Array.from({ length: 100 }, () => filled(4096, 7)),
    );
    assertEquals(result!.appMetadata, Uint8Array.of(100));
    const handshake = peer.client.handshake({ writeTimeoutMs: 20_000 });
    const writer = handshake.writable.getWriter();
    await writer.write({ payload: Uint8Array.of(1) });
    await writer.close();
    assertEquals((await Array.fromAsync(handshake.readable)).length, 1);
  },
);

test("idle timeouts: time-outs are checked", async () => {
  await using client = connectInMemory({});
  for (const value of [0, -1, 1.5, NaN, 2 ** 31]) {
    assertThrows(
      () => client.doGet("t", { readTimeoutMs: value }),
      RangeError,
      `Cannot use option readTimeoutMs: ${value} is not an integer from 1 to 2147483647`,
    );
    assertThrows(
      () => client.doPut(HERE, { writeTimeoutMs: value }),
      RangeError,
      `Cannot use option writeTimeoutMs: ${value} is not`,
    );
  }
});
