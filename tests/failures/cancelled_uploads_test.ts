/** Uploads that are canceled, as their server sees them on the wire. */

import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { connect, pathDescriptor } from "@contrail/flight";
import { FLAG } from "../support/http2/raw_frames.ts";
import { rawServer } from "../support/http2/raw_peer.ts";
import { numbers } from "../support/numbers.ts";
import { rejection } from "../support/rejections.ts";
import { TRANSPORTS } from "../support/transport_named.ts";

type Client = ReturnType<typeof connect>;

const SOME = pathDescriptor("some");

/** The ways of canceling an upload after a batch; each fails. */
const WAYS: Readonly<Record<string, (client: Client) => Promise<unknown>>> = {
  "whose source fails": (client) =>
    client.doPut(SOME).writeAll((function* () {
      yield numbers(1);
      throw new Error("the disk is gone");
    })()),
  "whose writer is aborted": async (client) => {
    const { writable, results } = client.doPut(SOME);
    const writer = writable.getWriter();
    await writer.write(numbers(1));
    await writer.abort("enough");
    await Array.fromAsync(results);
  },
  "whose signal aborts": async (client) => {
    const controller = new AbortController();
    const { writable, results } = client.doPut(SOME, {
      signal: controller.signal,
    });
    await writable.getWriter().write(numbers(1));
    controller.abort();
    await Array.fromAsync(results);
  },
  "whose client is closed": async (client) => {
    const { writable, results } = client.doPut(SOME);
    await writable.getWriter().write(numbers(1));
    const failure = rejection(Array.fromAsync(results));
    await client.close();
    throw await failure;
  },
};

for (const [transportName, transport] of TRANSPORTS) {
  for (const [way, cancel] of Object.entries(WAYS)) {
    // A server that sees the end of the request may take it for all of the upload.
    test(
      `canceled upload: one ${way} does not end its request (${transportName})`,
      {
        timeout: 120_000,
      },
      async () => {
        await using server = await rawServer();
        const accepted = server.accept();
        await using client = connect(`grpc://127.0.0.1:${server.port}`, {
          transport,
        });
        const failure = rejection(cancel(client));
        const peer = await accepted;
        await failure;
        const isOver = await Promise.race([
          peer.closed,
          peer.next("RST_STREAM").then(({ streamId }) => streamId, () => {}),
        ]);
        assertEquals(isOver ?? 1, 1);
        const ends = peer.frames.filter(({ type, flags }) =>
          type === "DATA" && (flags & FLAG.END_STREAM) !== 0
        );
        assertEquals(ends, []);
      },
    );
  }
}
