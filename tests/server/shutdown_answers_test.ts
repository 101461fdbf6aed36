/** Calls that are under way when their server shuts down: their answers arrive, whenever they are read. */

import { connect, serve } from "@contrail/flight";
import { assertEquals } from "@std/assert";
import { type RecordBatch, tableFromArrays } from "apache-arrow";
import { test } from "node:test";
import { event } from "../support/events.ts";
import { TRANSPORTS } from "../support/transport_named.ts";

const batch: RecordBatch = tableFromArrays({ n: Int32Array.of(1, 2, 3) })
  .batches[0]!;

for (const [serverName, serverTransport] of TRANSPORTS) {
  for (const [clientName, clientTransport] of TRANSPORTS) {
    for (const readsLate of [false, true]) {
      const when = readsLate ? "after it" : "meanwhile";
      const name = `shutdown lets a call finish that is read ${when}`;
      const options = { timeout: 60_000 };
      test(`${name} (${clientName} to ${serverName})`, options, async () => {
        const [started, released] = [event(), event()];
        const server = await serve({
          async *doGet() {
            started.resolve();
            await released.promise;
            for (let i = 0; i < 20; i++) yield batch;
          },
        }, { transport: serverTransport });
        await using client = connect(server.location, {
          transport: clientTransport,
        });
        const stream = client.doGet("x");
        const table = readsLate ? undefined : stream.table();
        await started.promise;
        const stopped = server.shutdown();
        released.resolve();
        if (readsLate) await stopped;
        assertEquals((await (table ?? stream.table())).numRows, 60);
        await stopped;
      });
    }
  }
}
