import { assertEquals } from "@std/assert";
import { filled, numbers, values } from "../support/numbers.ts";
import { callTest as rpcTest } from "../support/transports.ts";

rpcTest(
  "a connection outlives cancelled downloads and uploads",
  async (connectTo) => {
    await using peer = await connectTo({
      async *doGet({ ticket }, { signal }) {
        if (ticket.length === 0) yield numbers(1);
        else for (let i = 0; !signal.aborted; i++) yield filled(1 << 16, i);
      },
      async *doPut(upload) {
        // Completes while the client is still sending.
        for await (const _ of upload) break;
        yield {};
      },
    });
    const { client } = peer;
    const other = client.doGet("endless").getReader();
    for (let round = 0; round < 10; round++) {
      for await (const _ of client.doGet("endless")) break;
      const data = (function* () {
        for (let i = 0; i < 200; i++) yield filled(1 << 16, i);
      })();
      await client.doPut({ type: "PATH", path: [] })
        .writeAll(data, { allowPartial: true });
      assertEquals((await other.read()).value!.numRows, 1 << 16);
    }
    await other.cancel();
    assertEquals((await Array.fromAsync(client.doGet(""))).map(values), [[1]]);
  },
);
