/** `read` of endpoints at `http://` locations: what is refused, broken or too much. */

import { once } from "node:events";
import { inspect } from "node:util";
import { assert, assertEquals } from "@std/assert";
import { assertFlightError } from "../support/rejections.ts";
import { event, turns } from "../support/events.ts";
import { filled, numbers, values } from "../support/numbers.ts";
import { httpPeer, httpTest } from "./http_peer.ts";
import { infoAt, numbersOf } from "../support/endpoints.ts";
import { deadPort } from "../support/sockets.ts";
import { ipc, respond, STREAM, withoutSchema } from "./ipc_over_http.ts";

httpTest("read: what is not Arrow is not read", async () => {
  await using peer = await httpPeer(
    respond(STREAM, { "content-type": "application/vnd.apache.parquet" }),
  );
  await assertFlightError(
    numbersOf(peer.client.read(infoAt(peer.origin))),
    "UNIMPLEMENTED",
    /its content-type is application\/vnd\.apache\.parquet, and only Arrow IPC can be read/,
  );
  assertEquals(await numbersOf(peer.client.read(infoAt(peer.origin, ""))), [0]);

  // A body without a content-type is identified by its first bytes.
  const others: [string, RegExp][] = [
    ["PAR1\x15\x04", /it is a Parquet file, and only Arrow IPC can be read/],
    ["FEA1\0\0", /it is a Feather V1 file/],
    ["<html></html>", /it is HTML or XML, "<html><\/html>"/],
    ['{"error": 1}', /it is JSON, /],
  ];
  for (const [body, message] of others) {
    await using peer = await httpPeer(respond(new TextEncoder().encode(body)));
    await assertFlightError(
      numbersOf(peer.client.read(infoAt(peer.origin))),
      "UNIMPLEMENTED",
      message,
    );
    assertEquals(
      await numbersOf(peer.client.read(infoAt(peer.origin, ""))),
      [0],
    );
  }

  const bodies: [Uint8Array, RegExp][] = [
    [new TextEncoder().encode("ARROW2\0\0"), /does not begin with a message/],
    [Uint8Array.of(1), /ends in mid-message/],
    [Uint8Array.of(8, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8), /Cannot decode/],
    [STREAM.subarray(0, 100), /ends in mid-message/],
    [withoutSchema(STREAM), /it does not begin with a schema/],
  ];
  for (const [body, message] of bodies) {
    await using peer = await httpPeer(respond(body));
    const error = await assertFlightError(
      numbersOf(peer.client.read(infoAt(peer.origin, ""))),
      "INTERNAL",
      message,
    );
    assert(error.message.includes("(endpoints[0], read from http://"));
  }
});

httpTest("read: a part that was not asked for is not the whole", async () => {
  await using peer = await httpPeer((_request, response) => {
    response.writeHead(206).end(STREAM.subarray(0, -8));
  });
  await assertFlightError(
    numbersOf(peer.client.read(infoAt(peer.origin))),
    "INTERNAL",
    /it answered with a part \(HTTP status 206\), not with the whole file/,
  );
});

httpTest("read: an answer that breaks off", async () => {
  const whole = ipc("stream", numbers(1), filled(100_000, 2));
  const length = { "content-length": String(whole.byteLength) };
  const received = event();
  await using peer = await httpPeer(async ({ url }, response) => {
    if (url === "/early") {
      response.socket!.destroy();
      return;
    }
    response.writeHead(200, length).write(whole.subarray(0, 1000));
    await received.promise;
    response.socket!.destroy();
  });
  const reader = peer.client.read(infoAt(`${peer.origin}/late`, ""))
    .getReader();
  assertEquals(values((await reader.read()).value!), [1]);
  received.resolve();
  await assertFlightError(
    reader.read(),
    "UNAVAILABLE",
    /a part of it was delivered, so no other location is tried\)$/,
  );
  assertEquals(
    await numbersOf(peer.client.read(infoAt(`${peer.origin}/early`, ""))),
    [0],
  );
});

httpTest("read: who stops reading stops the server of HTTP too", async () => {
  const chunk = ipc("stream", filled(65_536, 1));
  let written = 0;
  const closed = event();
  await using peer = await httpPeer(async (_request, response) => {
    response.on("close", () => closed.resolve());
    // The schema, then one batch again and again.
    const schema = ipc("stream").subarray(0, -8);
    const batch = chunk.subarray(schema.byteLength, -8);
    response.write(schema);
    while (!response.destroyed) {
      written++;
      if (!response.write(batch)) {
        await Promise.race([once(response, "drain"), closed.promise]);
      }
      await turns(1);
    }
  });
  const reader = peer.client.read(infoAt(peer.origin)).getReader();
  await reader.read();
  // Until nothing more is written for a while.
  let before = -1;
  while (written !== before) {
    before = written;
    await turns(50);
  }
  // 256 KiB each: what sockets and the runtime's fetch hold.
  assert(written < 200, `${written} batches were written`);
  await reader.cancel();
  await closed.promise;
});

httpTest("read: a fetch may be given little time to go on", async () => {
  let closed = event();
  await using peer = await httpPeer(({ url }, response) => {
    response.on("close", () => closed.resolve());
    if (url === "/data") response.write(STREAM.subarray(0, -8));
  });
  for (const path of ["/silent", "/data"]) {
    closed = event();
    const info = infoAt(peer.origin + path);
    await assertFlightError(
      numbersOf(peer.client.read(info, { readTimeoutMs: 200 })),
      "DEADLINE_EXCEEDED",
      /no message arrived within readTimeoutMs \(200\) \(endpoints\[0\], read from http:/,
    );
    await closed.promise;
  }
});

httpTest("read: no secret of a URI gets into an error", async () => {
  const port = await deadPort();
  await using peer = await httpPeer(() => {});
  for (
    const uri of [
      `http://127.0.0.1:${port}/path?sig=secret#secret`,
      `http://user:secret@127.0.0.1:${port}/path?sig=secret`,
      "http://no-such-host.invalid/path?sig=secret",
      "http://secret:99999/",
      "https://[secret",
    ]
  ) {
    const error = await assertFlightError(
      numbersOf(peer.client.read(infoAt(uri, "nowhere:secret"))),
      "UNAVAILABLE",
      /^\[unavailable\] DoGet: no location of endpoints\[0\] can be read: http/,
    ).catch((error) =>
      // If the URI is malformed, both locations are unusable.
      error.message.includes("UNIMPLEMENTED") ? error : Promise.reject(error)
    );
    const all = inspect(error, { depth: 10 });
    assert(!all.includes("secret"), all);
  }
});

httpTest("read: a message that is too large is refused", async () => {
  await using peer = await httpPeer(respond(ipc("stream", filled(10_000, 1))), {
    maxReceiveMessageBytes: 10_000,
  });
  await assertFlightError(
    numbersOf(peer.client.read(infoAt(peer.origin))),
    "RESOURCE_EXHAUSTED",
    /exceeds the limit of 10000 bytes \(option maxReceiveMessageBytes\)/,
  );
});
