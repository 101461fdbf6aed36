import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { flightHandler } from "@contrail/flight/handler";
import { connectWeb } from "@contrail/flight/web";
import { serveFetch } from "../../support/serve_fetch.ts";

test("connectWeb: a Handshake needs no WebSockets of the server", async () => {
  const handler = flightHandler({
    async *handshake(requests) {
      for await (const { payload } of requests) yield { payload: payload! };
    },
  });
  await using server = await serveFetch((request) => handler(request));
  await using client = connectWeb(server.url);
  for (let i = 0; i < 2; i++) {
    const { readable, writable } = client.handshake();
    const writer = writable.getWriter();
    const written = writer.write({ payload: Uint8Array.of(i) });
    const reader = readable.getReader();
    assertEquals((await reader.read()).value?.payload, Uint8Array.of(i));
    await written;
    await writer.close();
    assertEquals((await reader.read()).done, true);
  }
});
