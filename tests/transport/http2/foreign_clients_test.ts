/** Clients that do not speak HTTP/2 with a server of plain text. */

import * as net from "node:net";
import { test } from "node:test";
import * as tls from "node:tls";

import { assert, assertEquals, assertMatch } from "@std/assert";

import { echo } from "../../support/transport/call_parts.ts";
import { HTTP2 } from "../../support/transport/http2_transport.ts";
import { rawClient } from "../../support/http2/raw_peer.ts";

/** Returns the bytes that a server sends until it closes the connection. */
async function answerTo(
  port: number,
  parts: readonly (string | Uint8Array)[],
): Promise<string> {
  const socket = net.connect(port, "127.0.0.1");
  socket.on("error", () => {});
  let answer = "";
  socket.on("data", (chunk: Uint8Array) => {
    answer += String.fromCharCode(...chunk);
  });
  const ended = new Promise((resolve) => socket.once("end", resolve));
  for (const part of parts) {
    await new Promise<void>((done) => socket.write(part, () => done()));
  }
  await ended;
  socket.destroy();
  return answer;
}

const REQUESTS: Record<string, string[]> = {
  "GET": ["GET / HTTP/1.1\r\nHost: x\r\n\r\n"],
  // As long as it may become the preface of HTTP/2, which begins with "PRI ".
  "PROPFIND in pieces": ["P", "R", "OPFIND / HTTP/1.1\r\n\r\n"],
  "POST of gRPC-Web": ["POST /x HTTP/1.1\r\nContent-Length: 0\r\n\r\n"],
  "an upgrade": [
    "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n" +
    "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
  ],
};

for (const [what, parts] of Object.entries(REQUESTS)) {
  test(`an HTTP/1.1 request (${what}) is answered in HTTP/1.1`, async () => {
    await using t = await HTTP2.pair(echo);
    const answer = await answerTo(t.server.port, parts);
    const [head, body] = answer.split("\r\n\r\n");
    assertMatch(head!, /^HTTP\/1\.1 505 HTTP Version Not Supported\r\n/);
    assertMatch(head!, /\r\nConnection: close(?:\r\n|$)/);
    assertEquals(
      body,
      "This port is for gRPC: it speaks HTTP/2 without TLS. " +
        "Its option web is not set, which would permit HTTP/1.1.\n",
    );
    assert(head!.includes(`Content-Length: ${body!.length}`));
  });
}

test("a client with TLS is told in plain text that there is none", async () => {
  await using t = await HTTP2.pair(echo);
  const hello = Uint8Array.of(0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3);
  assertMatch(
    await answerTo(t.server.port, [hello]),
    /^HTTP\/1\.1 400 Bad Request\r\n[^]*This port has no TLS\.\n$/,
  );
  const socket = tls.connect({ port: t.server.port, host: "127.0.0.1" });
  const error = await new Promise<Error>((done) => socket.once("error", done));
  assertMatch(error.message, /wrong.version.number/i);
});

test("other bytes are answered by GOAWAY, behind SETTINGS", async () => {
  await using t = await HTTP2.pair(echo);
  const answer = await answerTo(t.server.port, ["\0\0\0\0"]);
  // The types of the frames.
  assertEquals(answer.charCodeAt(3), 4);
  assertMatch(answer, /a peer without HTTP\/2$/);
});

test("a server says nothing before its client does, and then SETTINGS first", async () => {
  await using t = await HTTP2.pair(echo);
  await using peer = await rawClient(t.server.port);
  await peer.next("SETTINGS");
  assertEquals(peer.frames[0]!.type, "SETTINGS");
});

test("a shutdown ends a connection that has said nothing", async () => {
  const t = await HTTP2.pair(echo);
  const socket = net.connect(t.server.port, "127.0.0.1");
  await new Promise<void>((done) => socket.once("connect", done));
  const first = new Promise<Uint8Array>((done) => socket.once("data", done));
  const closed = t.server.shutdown(AbortSignal.timeout(60_000));
  assertEquals((await first)[3], 4);
  socket.destroy();
  await closed;
  await t.client.close();
});
