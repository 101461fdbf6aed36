/** Calls that are begun and not read, in any number, beside others that must go on. */

import { assertEquals } from "@std/assert";
import {
  type FlightClient,
  type FlightDescriptor,
  type FlightService,
  pathDescriptor,
} from "@contrail/flight";
import { event } from "../support/events.ts";
import { filled } from "../support/numbers.ts";
import { callTest as rpcTest } from "../support/transports.ts";

const ROWS = 4096;
/** Description of an item in a list, 4 KiB. */
const LONG = "x".repeat(4096);

/** A call that stands unread, and what is left of it. */
interface UnreadCall {
  /** Goes on to an item behind all that can have come before. */
  readOn(): Promise<void>;
  /** Ends it. */
  cancel(): Promise<unknown>;
}

/** A shape of calls: how one is begun, so that it has more to say than any window has room for. */
interface Shape {
  begin(client: FlightClient, id: string): UnreadCall | Promise<UnreadCall>;
}

function unread<T>(stream: ReadableStream<T>): UnreadCall {
  const reader = stream.getReader();
  // Asks for the first item, which begins the call, and for no other.
  const first = reader.read();
  first.catch(() => {});
  return {
    async readOn() {
      assertEquals((await first).done, false);
      for (let i = 0; i < 40; i++) {
        assertEquals((await reader.read()).done, false);
      }
    },
    cancel: () => reader.cancel().catch(() => {}),
  };
}

/** Uploads to a handler that does not read before it is told to. */
function unreadUpload(
  write: (batch: ReturnType<typeof filled>) => Promise<void>,
  cancel: () => Promise<unknown>,
): UnreadCall {
  const written = (async () => {
    for (let i = 0; i < 40; i++) await write(filled(ROWS, i));
  })();
  written.catch(() => {});
  return { readOn: () => written, cancel };
}

const SHAPES: Readonly<Record<string, Shape>> = {
  DoGet: { begin: (client, id) => unread(client.doGet(id)) },
  DoAction: { begin: (client, id) => unread(client.doAction(id)) },
  ListFlights: { begin: (client) => unread(client.listFlights()) },
  ListActions: { begin: (client) => unread(client.listActions()) },
  DoPut: {
    begin(client, id) {
      const writer = client.doPut(pathDescriptor(id)).writable.getWriter();
      return unreadUpload(
        (batch) => writer.write(batch),
        () => writer.abort("enough").catch(() => {}),
      );
    },
  },
  DoExchange: {
    begin(client, id) {
      // Both directions: what is sent waits for the handler, the answers for this reader.
      const { readable, writable } = client.doExchange(pathDescriptor(id));
      const writer = writable.getWriter();
      const up = unreadUpload(
        (batch) => writer.write(batch),
        () => writer.abort("enough").catch(() => {}),
      );
      const down = unread(readable);
      return {
        async readOn() {
          await up.readOn();
          await down.readOn();
        },
        cancel: () => Promise.all([up.cancel(), down.cancel()]),
      };
    },
  },
};

/** A service without end, whose handlers tell that they were called, and read when they are told to. */
function service(
  onCall: () => void,
  turn: (id: string) => Promise<void>,
): FlightService {
  function* batches() {
    while (true) yield filled(ROWS, 1);
  }
  function* items<T>(item: T) {
    onCall();
    while (true) yield item;
  }
  const readsLate = async (
    input: AsyncIterable<unknown> & {
      descriptor: Promise<FlightDescriptor | undefined>;
    },
  ) => {
    onCall();
    const { path } = await input.descriptor as { path: readonly string[] };
    await turn(path[0]!);
    for await (const _ of input);
  };
  return {
    doGet({ ticket }) {
      if (ticket.length > 0) {
        onCall();
        return batches();
      }
      return [filled(ROWS, 1), filled(ROWS, 2)];
    },
    doAction: ({ type }) =>
      type === "ping"
        ? [{ body: new Uint8Array(4) }]
        : items({ body: new Uint8Array(4096) }),
    listFlights: () => items({ descriptor: pathDescriptor(LONG) }),
    listActions: () => items({ type: "x", description: LONG }),
    async doPut(upload) {
      await readsLate(upload);
      return [];
    },
    doExchange(input) {
      const late = readsLate(input);
      late.catch(() => {});
      return batches();
    },
  } as FlightService;
}

/** Shapes that have each direction of data in them, which a thousand calls show as well as all would. */
const BY_THE_THOUSAND: readonly string[] = ["DoGet", "DoExchange"];

for (const [name, { begin }] of Object.entries(SHAPES)) {
  const counts = [1, 12, 100];
  if (BY_THE_THOUSAND.includes(name)) counts.push(1000);
  for (const count of counts) {
    rpcTest(
      `${count} unread calls of ${name} stop no other`,
      async (connectTo) => {
        let calls = 0;
        const all = event();
        const turns = new Map<string, ReturnType<typeof event<void>>>();
        await using peer = await connectTo(
          service(
            () => ++calls === count && all.resolve(),
            (id) => turns.get(id)!.promise,
          ),
          // Initial budget of a thousand calls. Fewer calls have less, which is not enough for the
          // first window of HTTP/2 for each of them.
          {
            smallWindows: true,
            maxUnreadBytes: count < 1000 ? undefined : 4 << 20,
            // A busy machine takes long to begin a thousand calls.
            requestTimeoutMs: 300_000,
          },
        );
        const { client } = peer;
        const ids = Array.from({ length: count }, (_, i) => String(i));
        for (const id of ids) turns.set(id, event());
        const begun = await Promise.all(ids.map((id) => begin(client, id)));
        await all.promise;
        // Some turns, so that all data on its way can arrive.
        for (let i = 0; i < 20; i++) {
          const [pong] = await Array.fromAsync(client.doAction("ping"));
          assertEquals(pong!.body.length, 4);
          assertEquals((await Array.fromAsync(client.doGet(""))).length, 2);
        }
        // The last of them is the first to go on, and the others are still there.
        for (const i of [count - 1, 0]) {
          turns.get(ids[i]!)!.resolve();
          await begun[i]!.readOn();
        }
        await Promise.all(begun.map((call) => call.cancel()));
      },
      { overHttp: false },
    );
  }
}
