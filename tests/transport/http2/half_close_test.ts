/** Clients that close their half of the socket when they have said all. */

import type { Buffer } from "node:buffer";
import * as net from "node:net";
import { test } from "node:test";
import * as tls from "node:tls";

import { assertEquals } from "@std/assert";

import { CLIENT_PREFACE } from "../../../internal/http2/frame/frame.ts";
import { certified, pem } from "../../support/certs.ts";
import {
  answer,
  type ServerRequest,
} from "../../support/transport/call_parts.ts";
import { block, message } from "../../support/transport/messages.ts";
import { never, TestSource } from "../../support/transport/test_source.ts";
import { HTTP2 } from "../../support/transport/http2_transport.ts";
import {
  encodeFrame,
  FLAG,
  FRAME,
  grpcMessage,
  REQUEST,
  settingsFrame,
} from "../../support/http2/raw_frames.ts";
import { RawPeer } from "../../support/http2/raw_peer.ts";

const { pair } = HTTP2;

/** Connects, and says what a client says first. */
async function connected(port: number, secure: boolean): Promise<RawPeer> {
  const options = { port, host: "127.0.0.1", allowHalfOpen: true };
  const socket: net.Socket = secure
    ? tls.connect({
      ...options,
      servername: "localhost",
      ca: pem("ca_cert") as Buffer,
      ALPNProtocols: ["h2"],
    })
    : net.connect(options);
  const peer = new RawPeer(socket);
  await new Promise((resolve) =>
    socket.once(secure ? "secureConnect" : "connect", resolve)
  );
  await peer.send(new TextEncoder().encode(CLIENT_PREFACE), settingsFrame([]));
  return peer;
}

for (const secure of [false, true]) {
  const name = secure ? "TLS" : "plain text";
  const server = secure ? { tls: certified("server") } : {};

  test(`half-close: a client that has closed its half still gets its answer (${name})`, async () => {
    const go = Promise.withResolvers<void>();
    await using t = await pair(
      () =>
        answer(
          new TestSource(async (index) => {
            await go.promise;
            return index < 3 ? block(10_000, index) : undefined;
          }),
        ),
      { server },
    );
    await using peer = await connected(t.server.port, secure);
    await peer.send(
      peer.headers(1, REQUEST),
      encodeFrame(FRAME.DATA, FLAG.END_STREAM, 1, grpcMessage(3)),
    );
    peer.socket.end();
    // The server asks whether its client still is there.
    await peer.next("PING");
    go.resolve();
    const { headers } = await peer.next(
      "HEADERS",
      ({ flags }) => (flags & FLAG.END_STREAM) !== 0,
    );
    assertEquals(headers!["grpc-status"], "0");
    const bytes = peer.frames.filter(({ type }) => type === "DATA")
      .reduce((sum, { payload }) => sum + payload.length, 0);
    assertEquals(bytes, 3 * 10_005);
    await peer.closed;
  });

  test(`half-close: a client that is gone ends the calls it has waited for (${name})`, async () => {
    const called = Promise.withResolvers<ServerRequest>();
    await using t = await pair((request) => {
      called.resolve(request);
      return answer(never());
    }, { server });
    await using peer = await connected(t.server.port, secure);
    await peer.send(peer.headers(1, REQUEST, true));
    const { signal } = await called.promise;
    const aborted = new Promise((resolve) =>
      signal.addEventListener("abort", resolve)
    );
    peer.socket.destroy();
    await aborted;
    assertEquals(signal.reason.code, "CANCELLED");
  });
}

test("half-close: a request that its client has not ended ends with its half of the socket", async () => {
  const called = Promise.withResolvers<ServerRequest>();
  let isFirst = true;
  await using t = await pair((request) => {
    if (isFirst) {
      called.resolve(request);
      isFirst = false;
      return answer(never());
    }
    return answer(
      new TestSource((index) =>
        index === 0 ? message("x") : new Promise(() => {})
      ),
    );
  });
  await using peer = await connected(t.server.port, false);
  await peer.send(peer.headers(1), peer.headers(3, REQUEST, true));
  await peer.next("DATA", ({ streamId }) => streamId === 3);
  const { signal } = await called.promise;
  const aborted = new Promise((resolve) =>
    signal.addEventListener("abort", resolve)
  );
  peer.socket.end();
  await aborted;
  // The other one goes on.
  await peer.next("PING");
  assertEquals(
    peer.frames.some(({ type, streamId }) =>
      type === "RST_STREAM" && streamId === 3
    ),
    false,
  );
});
