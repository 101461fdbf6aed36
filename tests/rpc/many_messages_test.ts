import { assertEquals } from "@std/assert";
import { turns } from "../support/events.ts";
import { callTest as rpcTest } from "../support/transports.ts";

rpcTest(
  "thousands of small messages wait for a reader that comes late",
  async (connectTo) => {
    await using peer = await connectTo({
      *doAction() {
        for (let i = 0; i < 5000; i++) yield { body: new Uint8Array(i % 7) };
      },
    });
    const results = peer.client.doAction("many");
    // All of them, and the end of the call, may have come before the first is read.
    await turns(50);
    const lengths = (await Array.fromAsync(results)).map(({ body }) =>
      body.length
    );
    assertEquals(lengths, Array.from({ length: 5000 }, (_, i) => i % 7));
  },
);
