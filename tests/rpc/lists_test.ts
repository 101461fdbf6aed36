import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  type FlightCallOptions,
  type FlightClient,
  FlightError,
  type FlightService,
} from "@contrail/flight";
import { aborted, event, turns } from "../support/events.ts";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { callTest as rpcTest } from "../support/transports.ts";

/** The calls that answer with a list: how they are made, their handler, and one item. */
const LISTS: Readonly<
  Record<string, {
    handler: "listFlights" | "doAction" | "listActions";
    call: (
      client: FlightClient,
      options?: FlightCallOptions,
    ) => ReadableStream<unknown>;
    item: (index: number) => unknown;
    index: (item: never) => number;
  }>
> = {
  ListFlights: {
    handler: "listFlights",
    call: (client, options) => client.listFlights({}, options),
    item: (index) => ({ totalRecords: index }),
    index: (item: { totalRecords: bigint }) => Number(item.totalRecords),
  },
  DoAction: {
    handler: "doAction",
    call: (client, options) => client.doAction("go", options),
    item: (index) => ({ body: Uint8Array.of(index) }),
    index: (item: { body: Uint8Array }) => item.body[0]!,
  },
  ListActions: {
    handler: "listActions",
    call: (client, options) => client.listActions(options),
    item: (index) => ({ type: String(index), description: "" }),
    index: (item: { type: string }) => Number(item.type),
  },
};

rpcTest("ListFlights passes the criteria on", async (connectTo) => {
  await using peer = await connectTo({
    listFlights: ({ expression }) => [{ totalBytes: expression?.length ?? -1 }],
  });
  const bytes = async (expression?: Uint8Array) =>
    (await Array.fromAsync(peer.client.listFlights({ expression })))[0]!
      .totalBytes;
  assertEquals(await bytes(), undefined);
  assertEquals(await bytes(Uint8Array.of(1, 2)), 2n);
});

rpcTest("DoAction passes type and body on", async (connectTo) => {
  await using peer = await connectTo({
    doAction: (
      { type, body },
    ) => [{ body: Uint8Array.of(type.length, ...body ?? [255]) }],
  });
  const bodies = async (action: Parameters<FlightClient["doAction"]>[0]) =>
    (await Array.fromAsync(peer.client.doAction(action))).map((
      { body },
    ) => [...body]);
  assertEquals(await bodies({ type: "abc", body: Uint8Array.of(7) }), [[3, 7]]);
  assertEquals((await bodies("ab"))[0]![0], 2);
});

rpcTest("ListActions gives type and description", async (connectTo) => {
  await using peer = await connectTo({
    listActions:
      () => [{ type: "drop", description: "drops a table – for good" }],
  });
  assertEquals(await Array.fromAsync(peer.client.listActions()), [
    { type: "drop", description: "drops a table – for good" },
  ]);
});

for (const [method, { handler, call, item, index }] of Object.entries(LISTS)) {
  // deno-lint-ignore no-explicit-any
  const serve = (answer: (...args: any[]) => any): FlightService => ({
    [handler]: (...args: unknown[]) => answer(args.at(-1)),
  });
  const indexes = (items: unknown[]): number[] =>
    items.map((one) => index(one as never));

  rpcTest(
    `${method} streams any iterable, the empty one too`,
    async (connectTo) => {
      const forms = [
        () => [],
        () => [item(1), item(2)],
        () => ReadableStream.from([item(1), item(2)]),
        async () => await Promise.resolve(new Set([item(1)])),
        async function* () {
          yield item(1);
          await turns(1);
          yield item(2);
          yield item(3);
        },
      ];
      for (const [number, form] of forms.entries()) {
        await using peer = await connectTo(serve(form));
        const trailers = event();
        const items = await Array.fromAsync(
          call(peer.client, { onTrailers: () => trailers.resolve() }),
        );
        await trailers.promise;
        assertEquals(
          indexes(items),
          [[], [1, 2], [1, 2], [1], [1, 2, 3]][number],
        );
      }
    },
  );

  rpcTest(`${method} that is not implemented`, async (connectTo) => {
    await using peer = await connectTo({});
    await assertFlightError(
      Array.fromAsync(call(peer.client)),
      "UNIMPLEMENTED",
    );
  });

  rpcTest(
    `${method} that fails before and in mid-stream`,
    async (connectTo) => {
      let fine = 0;
      await using peer = await connectTo(serve(function* () {
        for (let i = 0; i < fine; i++) yield item(i);
        throw new FlightError("UNAVAILABLE", "try again");
      }));
      for (fine of [0, 1, 20]) {
        const reader = call(peer.client).getReader();
        for (let i = 0; i < fine; i++) {
          assertEquals(indexes([(await reader.read()).value]), [i]);
        }
        const error = await assertFlightError(
          reader.read(),
          "UNAVAILABLE",
          `[unavailable] ${method}: try again`,
        );
        assertEquals(error.origin, "remote");
      }
    },
  );

  rpcTest(
    `${method}: an exception, and items of the wrong type, stay in the server`,
    async (connectTo) => {
      const secret = new Error("secret");
      await using peer = await connectTo(serve(() => {
        throw secret;
      }));
      await assertFlightError(
        Array.fromAsync(call(peer.client)),
        "UNKNOWN",
        /failed to handle/,
      );
      assertStrictEquals(peer.errors[0], secret);
      await using wrong = await connectTo(serve(() => [42]));
      await assertFlightError(
        Array.fromAsync(call(wrong.client)),
        "INTERNAL",
        "[internal] " + method + ": the answer of the service cannot be sent",
      );
      assertEquals(wrong.errors.length, 1);
    },
  );

  rpcTest(
    `${method}: cancel, signal and deadline end both sides`,
    async (connectTo) => {
      let ended = event<unknown>();
      await using peer = await connectTo(
        serve(async function* ({ signal }: { signal: AbortSignal }) {
          yield item(0);
          ended.resolve(await aborted(signal));
        }),
      );
      for await (const _ of call(peer.client)) break;
      assert(FlightError.is(await ended.promise));

      ended = event();
      const controller = new AbortController();
      const reader = call(peer.client, { signal: controller.signal })
        .getReader();
      await reader.read();
      const pending = rejection(reader.read());
      controller.abort("over");
      assertEquals(await pending, "over");
      await ended.promise;

      ended = event();
      await assertFlightError(
        Array.fromAsync(call(peer.client, { timeoutMs: 1000 })),
        "DEADLINE_EXCEEDED",
      );
      await ended.promise;
    },
  );

  rpcTest(`${method}: a slow reader stops the source`, async (connectTo) => {
    let produced = 0;
    await using peer = await connectTo(
      serve(function* () {
        for (; produced < 1_000_000; produced++) yield item(produced % 200);
      }),
      { smallWindows: true },
    );
    const reader = call(peer.client).getReader();
    await reader.read();
    await turns(50);
    // Each message is a few bytes: tens of thousands fit into the windows, a million does not.
    assert(produced < 60_000, `${produced} items for a reader that stopped`);
    await reader.cancel();
  }, { overHttp: false });
}
