import { assertEquals } from "@std/assert";
import { FlightError, pathDescriptor } from "@contrail/flight";
import { assertFlightError } from "../support/rejections.ts";
import { numbers, values } from "../support/numbers.ts";
import { callTest as rpcTest } from "../support/transports.ts";

rpcTest(
  "concurrent calls: 1,000 calls at once, of every kind, each with its own answer",
  async (connectTo) => {
    await using peer = await connectTo(
      {
        getFlightInfo: ({ path }: { path?: readonly string[] }) => ({
          totalRecords: Number(path![0]),
        }),
        *doGet(ticket) {
          const n = Number(ticket.text());
          yield numbers(n);
          yield numbers(n + 1);
        },
        async *doPut(upload) {
          for await (const batch of upload) {
            yield {
              appMetadata: Uint8Array.of(values(batch)[0]! % 256),
            };
          }
        },
        async *doExchange(input) {
          for await (const batch of input) yield batch;
        },
        doAction({ type }) {
          throw new FlightError("ABORTED", type);
        },
      } as Parameters<typeof connectTo>[0],
    );
    const { client } = peer;
    const calls: ((n: number) => Promise<unknown>)[] = [
      async (n) =>
        assertEquals(
          (await client.getFlightInfo(pathDescriptor(String(n)))).totalRecords,
          BigInt(n),
        ),
      async (n) =>
        assertEquals(
          (await Array.fromAsync(client.doGet(String(n)))).flatMap(values),
          [n, n + 1],
        ),
      async (n) =>
        assertEquals(
          (await client.doPut(pathDescriptor("x")).writeAll([numbers(n)])).map((
            r,
          ) => r.appMetadata?.[0] ?? 0),
          [n % 256],
        ),
      async (n) => {
        const stream = ReadableStream.from([numbers(n)]).pipeThrough(
          client.doExchange(pathDescriptor("x")),
        );
        assertEquals((await Array.fromAsync(stream)).flatMap(values), [n]);
      },
      (n) =>
        assertFlightError(
          Array.fromAsync(client.doAction(String(n))),
          "ABORTED",
          `[aborted] DoAction: ${n}`,
        ),
    ];
    await Promise.all(
      Array.from({ length: 1000 }, (_, n) => calls[n % calls.length]!(n)),
    );
    assertEquals(peer.errors, []);
  },
);

rpcTest(
  "concurrent calls: calls that are cancelled do not disturb the others",
  async (connectTo) => {
    await using peer = await connectTo({
      async *doGet(ticket, { signal }) {
        const n = Number(ticket.text());
        for (let i = 0; i < 20 && !signal.aborted; i++) yield numbers(n, i);
      },
    });
    await Promise.all(Array.from({ length: 200 }, async (_, n) => {
      const stream = peer.client.doGet(String(n));
      if (n % 2) {
        for await (const _ of stream) break;
      } else {
        assertEquals(
          (await Array.fromAsync(stream)).map(values),
          Array.from({ length: 20 }, (_, i) => [n, i]),
        );
      }
    }));
  },
);

rpcTest(
  "concurrent calls: closing the client fails the calls under way, and further ones",
  async (connectTo) => {
    await using peer = await connectTo({
      async *doGet(_ticket, { signal }) {
        yield numbers(1);
        await new Promise((resolve) =>
          signal.addEventListener("abort", resolve)
        );
      },
    });
    const reader = peer.client.doGet("t").getReader();
    await reader.read();
    const pending = assertFlightError(reader.read(), "CANCELLED");
    await peer.client.close();
    await pending;
    await assertFlightError(
      Array.fromAsync(peer.client.doGet("t")),
      "CANCELLED",
    );
  },
);
