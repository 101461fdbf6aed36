/** Flow control, seen from outside. */

import { test } from "node:test";

import { assert, assertEquals } from "@std/assert";

import { http2ClientTransport } from "../../../internal/transport/http2/client.ts";
import type { OutgoingMessage } from "../../../internal/seam/transport.ts";
import {
  answer,
  flightError,
  request,
  type ServerRequest,
} from "../../support/transport/call_parts.ts";
import { block } from "../../support/transport/messages.ts";
import {
  never,
  rest,
  TestSource,
  values,
} from "../../support/transport/test_source.ts";
import { tcp } from "../../support/transport/tested_transport.ts";
import { HTTP2 } from "../../support/transport/http2_transport.ts";
import {
  encodeFrame,
  encodeWindowUpdate,
  FLAG,
  FRAME,
  grpcMessage,
  REQUEST,
  RESPONSE,
  SETTING,
  settingsFrame,
} from "../../support/http2/raw_frames.ts";
import {
  rawClient,
  type RawPeer,
  rawServer,
} from "../../support/http2/raw_peer.ts";

const { pair } = HTTP2;

/** Bytes of DATA that have come, once no more come. */
async function dataBytes(peer: RawPeer, streamId = 1): Promise<number> {
  await peer.ping();
  await peer.ping();
  return peer.frames.filter((frame) =>
    frame.type === "DATA" && frame.streamId === streamId
  ).reduce((sum, { payload }) => sum + payload.length, 0);
}

test("windows open and shut in mid-stream, also below zero", async () => {
  await using t = await pair(() => answer(values(block(1000, 1), block(200))));
  await using peer = await rawClient(t.server.port, [
    [SETTING.initialWindowBytes, 100],
  ]);
  await peer.send(peer.headers(1, REQUEST, true));
  assertEquals(await dataBytes(peer), 100);
  await peer.send(encodeWindowUpdate(1, 1));
  assertEquals(await dataBytes(peer), 101);
  await peer.send(settingsFrame([[SETTING.initialWindowBytes, 300]]));
  assertEquals(await dataBytes(peer), 301);
  // Down to a window of -200: what comes up to zero allows nothing.
  await peer.send(settingsFrame([[SETTING.initialWindowBytes, 100]]));
  await peer.send(encodeWindowUpdate(1, 200));
  assertEquals(await dataBytes(peer), 301);
  await peer.send(encodeWindowUpdate(1, 5));
  assertEquals(await dataBytes(peer), 306);
  await peer.send(settingsFrame([[SETTING.initialWindowBytes, 0]]));
  await peer.send(encodeWindowUpdate(1, 100));
  assertEquals(await dataBytes(peer), 306);
  await peer.send(settingsFrame([[SETTING.initialWindowBytes, 100_000]]));
  assertEquals(await dataBytes(peer), 1210);
  assertEquals(peer.frames.at(-2)!.headers!["grpc-status"], "0");
});

test("windows: the window of the connection is shared, one stream does not get all", async () => {
  await using t = await pair(() => answer(values(block(1 << 20))));
  await using peer = await rawClient(t.server.port, [
    [SETTING.initialWindowBytes, 2 ** 31 - 1],
  ]);
  await peer.send(peer.headers(1, REQUEST, true));
  assertEquals(await dataBytes(peer, 1), 65_535);
  await peer.send(peer.headers(3, REQUEST, true));
  assertEquals(await dataBytes(peer, 3), 0);
  await peer.send(encodeWindowUpdate(0, 64_000));
  const [one, three] = [await dataBytes(peer, 1), await dataBytes(peer, 3)];
  assertEquals(one + three, 65_535 + 64_000);
  assert(three >= 16_384, `stream 3 got ${three}`);
});

test("windows: messages of 128 KiB and their headers are not cut at the end of a buffer", async () => {
  const bytes = 128 * 1024 + 200;
  const messages = 20;
  await using t = await pair(() =>
    answer(values(...Array.from({ length: messages }, () => block(bytes))))
  );
  await using peer = await rawClient(t.server.port, [
    [SETTING.initialWindowBytes, 2 ** 31 - 1],
    [SETTING.maxFrameBytes, 2 ** 24 - 1],
  ]);
  await peer.send(encodeWindowUpdate(0, 1 << 30));
  await peer.send(peer.headers(1, REQUEST, true));
  assertEquals(await dataBytes(peer), messages * (5 + bytes));
  const lengths = peer.frames.filter(({ type }) => type === "DATA")
    .map(({ payload }) => payload.length);
  assertEquals(lengths, new Array(messages).fill(5 + bytes));
});

test("windows: frames are as large as the peer allows, and no larger", async () => {
  await using t = await pair(() => answer(values(block(300_000), block(9))));
  for (const max of [16_384, 20_000, 2 ** 24 - 1]) {
    await using peer = await rawClient(t.server.port, [
      [SETTING.initialWindowBytes, 2 ** 31 - 1],
      [SETTING.maxFrameBytes, max],
    ]);
    await peer.send(encodeWindowUpdate(0, 1 << 30));
    await peer.send(peer.headers(1, REQUEST, true));
    await peer.next("HEADERS", ({ flags }) => (flags & FLAG.END_STREAM) !== 0);
    const sizes = peer.frames.filter(({ type }) => type === "DATA")
      .map(({ payload }) => payload.length);
    assertEquals(Math.max(...sizes) <= max, true);
    assert(sizes.length <= 300_000 / Math.min(max, 200_000) + 4, `${sizes}`);
    assertEquals(sizes.reduce((a, b) => a + b), 300_019);
  }
});

test("windows: an end needs no window", async () => {
  await using t = await pair(() => answer(values(block(0))));
  await using peer = await rawClient(t.server.port, [
    [SETTING.initialWindowBytes, 5],
  ]);
  await peer.send(peer.headers(1, REQUEST, true));
  await peer.next("DATA", ({ payload }) => payload.length === 5);
  const { headers } = await peer.next("HEADERS");
  assertEquals(headers!["grpc-status"], "0");

  await using server = await rawServer([[SETTING.initialWindowBytes, 0]]);
  const client = http2ClientTransport(tcp(server.port));
  const response = client.call(request());
  const other = await server.accept();
  const { flags } = await other.next("DATA");
  assertEquals(flags, FLAG.END_STREAM);
  await other.send(
    other.headers(1, RESPONSE),
    other.headers(1, [["grpc-status", "0"]], true),
  );
  assertEquals(await rest(response.messages), []);
  await client.close();
});

test("windows: credit comes as messages are read, and not before", async () => {
  const called = Promise.withResolvers<ServerRequest>();
  await using t = await pair((request) => {
    called.resolve(request);
    return answer(never());
  }, { server: { flowControlWindowBytes: 65_535, maxUnreadBytes: 200_000 } });
  await using peer = await rawClient(t.server.port);
  await peer.send(peer.headers(1));
  const part = encodeFrame(FRAME.DATA, 0, 1, grpcMessage(9995));
  for (let i = 0; i < 6; i++) await peer.send(part);
  const { messages } = await called.promise;
  const updates = (streamId: number) =>
    peer.frames.filter((frame) =>
      frame.type === "WINDOW_UPDATE" && frame.streamId === streamId
    ).length;
  await peer.ping();
  assertEquals(updates(1), 0);
  // That of the connection has room for more unread calls.
  assertEquals(updates(0), 1);
  for (let i = 0; i < 3; i++) await messages.read();
  await peer.ping();
  assertEquals(updates(1), 0);
  await messages.read();
  await peer.ping();
  assertEquals(updates(1), 1);
});

test("windows: a message larger than the window passes, if somebody waits", async () => {
  await using t = await pair((request) =>
    answer(
      new TestSource(async (i) => {
        if (i > 0) return undefined;
        return block((await request.messages.read())!.byteLength);
      }),
    ), {
    server: { flowControlWindowBytes: 65_535 },
    client: { flowControlWindowBytes: 65_535 },
  });
  const { messages } = t.client.call(
    request({ messages: values(block(5 << 20)) }),
  );
  assertEquals((await rest(messages))[0]!.byteLength, 5 << 20);
});

test("windows: data beyond a window: FLOW_CONTROL_ERROR of the stream", async () => {
  await using t = await pair(() => answer(never()), {
    server: { flowControlWindowBytes: 65_535 },
  });
  await using peer = await rawClient(t.server.port);
  await peer.send(peer.headers(1));
  const frame = encodeFrame(FRAME.DATA, 0, 1, new Uint8Array(16_384));
  for (let i = 0; i < 4; i++) await peer.send(frame);
  assertEquals(await peer.reset(1), "FLOW_CONTROL_ERROR");
  await peer.ping();
});

test("windows: data beyond the connection's window: FLOW_CONTROL_ERROR", async () => {
  await using t = await pair(() => answer(never()), {
    server: { flowControlWindowBytes: 65_535, maxUnreadBytes: 65_535 },
  });
  await using peer = await rawClient(t.server.port);
  await peer.send(
    peer.headers(1),
    encodeFrame(FRAME.DATA, 0, 1, new Uint8Array(65_536)),
  );
  assertEquals(await peer.goaway(), "FLOW_CONTROL_ERROR");
});

test("windows: what nobody wants is credited, so that others can go on", async () => {
  await using t = await pair((request) => {
    if (request.path === "/x") request.messages.cancel("not needed");
    return answer(never());
  }, { server: { flowControlWindowBytes: 65_535, maxUnreadBytes: 65_535 } });
  await using peer = await rawClient(t.server.port);
  for (let id = 1; id < 41; id += 2) {
    // Refused by the handler, or canceled while data is sent.
    await peer.send(
      peer.headers(id),
      encodeFrame(FRAME.DATA, 0, id, new Uint8Array(16_384)),
    );
    if (id % 4 === 1) {
      await peer.send(
        encodeFrame(FRAME.RST_STREAM, 0, id, Uint8Array.of(0, 0, 0, 8)),
      );
    }
    await peer.ping();
  }
});

test("windows: a client that is cancelled ignores what still comes", async () => {
  await using server = await rawServer();
  const client = http2ClientTransport(tcp(server.port), {
    flowControlWindowBytes: 65_535,
    maxUnreadBytes: 65_535,
  });
  const { messages, headers } = client.call(request({ messages: never() }));
  const peer = await server.accept();
  await peer.next("HEADERS");
  await peer.send(peer.headers(1, RESPONSE));
  await headers;
  messages.cancel("enough");
  assertEquals(await peer.reset(1), "CANCEL");
  for (let i = 0; i < 10; i++) {
    await peer.send(encodeFrame(FRAME.DATA, 0, 1, new Uint8Array(16_384)));
    await peer.ping();
  }
  await peer.send(peer.headers(1, [["grpc-status", "0"]], true));
  await peer.ping();
  assertEquals(peer.frames.filter(({ type }) => type === "GOAWAY"), []);
  await client.close();
});

test("windows: memory that is taken away in mid-message fails the call only", async () => {
  const bytes = new Uint8Array(100_000);
  const source = values<OutgoingMessage>({
    byteLength: bytes.length,
    chunks: [bytes],
  });
  await using t = await pair(() => answer(source));
  await using peer = await rawClient(t.server.port, [
    [SETTING.initialWindowBytes, 100],
  ]);
  await peer.send(peer.headers(1, REQUEST, true));
  assertEquals(await dataBytes(peer), 100);
  structuredClone(bytes, { transfer: [bytes.buffer] });
  await peer.send(encodeWindowUpdate(1, 1000));
  const { headers } = await peer.next("HEADERS", ({ flags }) => flags === 5);
  assertEquals(headers!["grpc-status"], "2");
  await peer.ping();

  await using server = await rawServer([[SETTING.initialWindowBytes, 100]]);
  const client = http2ClientTransport(tcp(server.port));
  const mine = new Uint8Array(1000);
  const { messages } = client.call(
    request({ messages: values({ byteLength: 1000, chunks: [mine] }) }),
  );
  const other = await server.accept();
  await other.next("DATA");
  structuredClone(mine, { transfer: [mine.buffer] });
  const failed = messages.read().catch((error) => error);
  await other.send(encodeWindowUpdate(1, 1000));
  assert(await failed instanceof TypeError);
  assertEquals(await other.reset(1), "CANCEL");
  await client.close();
});

test("windows: a server that sends more than the window: the client says so", async () => {
  await using server = await rawServer();
  const client = http2ClientTransport(tcp(server.port), {
    flowControlWindowBytes: 65_535,
  });
  const { messages } = client.call(request());
  const peer = await server.accept();
  await peer.next("HEADERS");
  await peer.send(peer.headers(1, RESPONSE));
  const frame = encodeFrame(FRAME.DATA, 0, 1, grpcMessage(16_379));
  for (let i = 0; i < 4; i++) await peer.send(frame);
  assertEquals(await peer.reset(1), "FLOW_CONTROL_ERROR");
  const error = await flightError(rest(messages));
  assertEquals([error.code, error.origin], ["INTERNAL", "transport"]);
  assert(
    error.details.endsWith("more data than was allowed (FLOW_CONTROL_ERROR)"),
  );
  await client.close();
});
