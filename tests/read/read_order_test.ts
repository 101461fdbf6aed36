/** Distance by which `read` goes ahead of the order of its endpoints. */

import { assertEquals } from "@std/assert";
import { connect, encodeSchema, type FlightInfo } from "@contrail/flight";
import { event } from "../support/events.ts";
import { filled, NUMBERS, numbers } from "../support/numbers.ts";
import { infoOf, numbersOf, textOf, ticketsTo } from "../support/endpoints.ts";
import { locationTest, serverOf } from "../support/locations.ts";

/** Endpoints whose data does not fit into the windows, in order. */
function ofMegabytes(count: number): FlightInfo {
  return infoOf(ticketsTo(count), {
    ordered: true,
    schemaBytes: encodeSchema(NUMBERS),
  });
}

locationTest(
  "an ordered read of one connection with narrow windows does not stall",
  async (options) => {
    await using server = await serverOf(0, options, {
      *doGet(ticket) {
        for (let i = 0; i < 64; i++) yield filled(4096, Number(textOf(ticket)));
      },
    });
    await using client = connect(server.location, {
      ...options,
      flowControlWindowBytes: 65_535,
      ...(options.transport ? {} : { maxUnreadBytes: 65_535 }),
    });
    const seen: number[] = [];
    for await (
      const batch of client.read(ofMegabytes(8), { maxParallelEndpoints: 8 })
    ) seen.push(batch.getChildAt(0)!.get(0));
    assertEquals(seen, ticketsTo(8 * 64).map((n) => Math.floor(+n / 64)));
  },
);

for (const windows of [1, undefined]) {
  locationTest(
    `an ordered read opens endpoints ahead, which stand unread (${windows} windows)`,
    async (options) => {
      let open = 0;
      let seen = 0;
      const enough = event();
      await using server = await serverOf(0, options, {
        async *doGet(ticket) {
          seen = Math.max(seen, ++open);
          if (open === 16) enough.resolve();
          await enough.promise;
          try {
            for (let i = 0; i < 64; i++) {
              yield filled(4096, Number(textOf(ticket)));
            }
          } finally {
            open--;
          }
        },
      });
      const windowBytes = 65_535;
      await using client = connect(server.location, {
        ...options,
        flowControlWindowBytes: windowBytes,
        maxUnreadBytes: options.transport
          ? undefined
          : windows && windows * windowBytes,
      });
      let rows = 0;
      for await (
        const batch of client.read(ofMegabytes(20), {
          maxParallelEndpoints: 16,
        })
      ) rows += batch.numRows;
      assertEquals(rows, 20 * 64 * 4096);
      assertEquals(seen, 16);
    },
  );
}

locationTest(
  "an ordered read always has the next endpoint open, where it can",
  async ({ transport }) => {
    const opened = ticketsTo(21).map(() => event());
    await using server = await serverOf(0, { transport }, {
      async *doGet(ticket) {
        const n = Number(textOf(ticket));
        opened[n]!.resolve();
        if (n + 1 < 20) await opened[n + 1]!.promise;
        yield numbers(n);
      },
    });
    await using client = connect(server.location, {
      transport,
      flowControlWindowBytes: 65_535,
      maxUnreadBytes: transport ? undefined : 2 * 65_535,
    });
    const info = infoOf(ticketsTo(20), { ordered: true });
    assertEquals(await numbersOf(client.read(info)), ticketsTo(20).map(Number));
  },
);
