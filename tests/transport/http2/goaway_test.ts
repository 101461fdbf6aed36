/** The end of connections, and what becomes of the calls on them. */

import { test } from "node:test";

import { assert, assertEquals, assertLess } from "@std/assert";

import { http2ClientTransport } from "../../../internal/transport/http2/client.ts";
import { encodeGoaway } from "../../../internal/http2/frame/frame_writer.ts";
import { readUint32 } from "../../../internal/http2/frame/frame.ts";
import type { OutgoingMessage } from "../../../internal/seam/transport.ts";
import {
  answer,
  echo,
  flightError,
  request,
  type ServerRequest,
} from "../../support/transport/call_parts.ts";
import { block, message, text } from "../../support/transport/messages.ts";
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
  uint32,
} from "../../support/http2/raw_frames.ts";
import {
  rawClient,
  type RawPeer,
  rawServer,
} from "../../support/http2/raw_peer.ts";

/** Bounds a test that would not end otherwise. */
const LIMIT = { timeout: 60_000 };

const { pair } = HTTP2;

/** Answers a call with one message and OK. */
async function answerCall(
  peer: RawPeer,
  streamId: number,
  fill = 1,
): Promise<void> {
  await peer.send(
    peer.headers(streamId, RESPONSE),
    encodeFrame(FRAME.DATA, 0, streamId, grpcMessage(1, fill)),
    peer.headers(streamId, [["grpc-status", "0"]], true),
  );
}

/** The data that has come on a stream, up to its end. */
async function requestOf(peer: RawPeer, streamId: number): Promise<number[]> {
  await peer.next(
    "DATA",
    (frame) => frame.streamId === streamId && (frame.flags & 1) !== 0,
  );
  return peer.frames.filter((frame) =>
    frame.type === "DATA" && frame.streamId === streamId
  ).flatMap(({ payload }) => [...payload]);
}

test("a call that GOAWAY leaves out goes to a new connection", async () => {
  await using server = await rawServer();
  const client = http2ClientTransport(tcp(server.port));
  const kept = client.call(request({ messages: values(message("kept")) }));
  const peer = await server.accept();
  await requestOf(peer, 1);
  const moved = client.call(
    request({ messages: values(message("a"), message("b")) }),
  );
  const before = await requestOf(peer, 3);
  await peer.send(encodeGoaway(1, "NO_ERROR"));
  const other = await server.accept();
  assertEquals(await requestOf(other, 1), before);
  await answerCall(other, 1, 2);
  assertEquals(await rest(moved.messages), [Uint8Array.of(2)]);
  // The one that was accepted goes on, on the old connection.
  await answerCall(peer, 1, 3);
  assertEquals(await rest(kept.messages), [Uint8Array.of(3)]);
  await peer.closed;
  await client.close();
});

test("REFUSED_STREAM is tried again, three times in all", async () => {
  await using server = await rawServer();
  const client = http2ClientTransport(tcp(server.port));
  const response = client.call(request({ messages: values(message("x")) }));
  const peer = await server.accept();
  for (const streamId of [1, 3, 5]) {
    await requestOf(peer, streamId);
    await peer.send(encodeFrame(FRAME.RST_STREAM, 0, streamId, uint32(7)));
  }
  const error = await flightError(rest(response.messages));
  assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
  assert(error.details.endsWith("refused the call (REFUSED_STREAM)"));
  await peer.ping();
  assertEquals(peer.frames.filter(({ type }) => type === "HEADERS").length, 3);
  await client.close();
});

test("a call whose messages are gone is not tried again", async () => {
  await using server = await rawServer();
  const client = http2ClientTransport(tcp(server.port));
  const sources = [
    values(block(30_000), block(40_000)),
    new TestSource<OutgoingMessage>((i) =>
      i === 0 ? message("x") : new Promise(() => {})
    ),
  ];
  const [large, open] = sources.map((messages) =>
    client.call(request({ messages }))
  );
  const peer = await server.accept();
  await peer.next("DATA", ({ streamId }) => streamId === 1);
  await peer.ping();
  await peer.send(encodeFrame(FRAME.RST_STREAM, 0, 1, uint32(7)));
  const error = await flightError(rest(large!.messages));
  assertEquals(error.code, "UNAVAILABLE");
  // This one can be, and goes on where it was.
  await peer.send(encodeWindowUpdate(0, 100_000));
  await peer.send(encodeFrame(FRAME.RST_STREAM, 0, 3, uint32(7)));
  await peer.next("DATA", ({ streamId }) => streamId === 5);
  await answerCall(peer, 5);
  assertEquals((await rest(open!.messages)).length, 1);
  await client.close();
});

test("a call that has had an answer is not tried again", async () => {
  await using server = await rawServer();
  const client = http2ClientTransport(tcp(server.port));
  const response = client.call(request());
  const peer = await server.accept();
  await peer.next("HEADERS");
  await peer.send(
    peer.headers(1, RESPONSE),
    encodeFrame(FRAME.DATA, 0, 1, grpcMessage(1, 1)),
    encodeGoaway(0, "NO_ERROR"),
  );
  // Earlier data is not lost.
  assertEquals(await response.messages.read(), Uint8Array.of(1));
  const error = await flightError(response.messages.read());
  assertEquals(error.code, "UNAVAILABLE");
  await client.close();
});

test("a connection that is lost: UNAVAILABLE with its GOAWAY, then anew", async () => {
  await using server = await rawServer();
  const client = http2ClientTransport(tcp(server.port));
  const lost = client.call(request());
  const peer = await server.accept();
  await peer.next("HEADERS");
  await peer.send(encodeGoaway(1, "ENHANCE_YOUR_CALM", "too much"));
  peer.socket.end();
  const error = await flightError(lost.messages.read());
  assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
  assertEquals(
    error.details,
    `the connection to grpc+tcp://127.0.0.1:${server.port} was lost: GOAWAY ` +
      "ENHANCE_YOUR_CALM: too much",
  );
  const next = client.call(request());
  const other = await server.accept();
  await other.next("HEADERS");
  await answerCall(other, 1);
  assertEquals((await rest(next.messages)).length, 1);
  await client.close();
});

/** GOAWAY frames in their order, and what the error says. */
const REASONS: Record<
  string,
  [
    frames: [
      code: "NO_ERROR" | "ENHANCE_YOUR_CALM" | "INTERNAL_ERROR",
      debug: string,
    ][],
    text: string,
  ]
> = {
  "an error before an error": [
    [["ENHANCE_YOUR_CALM", "too_many_pings"], ["INTERNAL_ERROR", "bye"]],
    "GOAWAY ENHANCE_YOUR_CALM: too_many_pings",
  ],
  "an error before a farewell": [
    [["ENHANCE_YOUR_CALM", "too_many_pings"], ["NO_ERROR", ""]],
    "GOAWAY ENHANCE_YOUR_CALM: too_many_pings",
  ],
  "a warning before an error": [
    [["NO_ERROR", "max_age"], ["INTERNAL_ERROR", ""]],
    "GOAWAY INTERNAL_ERROR",
  ],
  "a warning alone": [
    [["NO_ERROR", "max_age"], ["NO_ERROR", ""]],
    "the peer closed it, after GOAWAY NO_ERROR: max_age",
  ],
  "a text for the terminal": [
    [["INTERNAL_ERROR", "\u001b[2J\nok"]],
    'GOAWAY INTERNAL_ERROR: "\\u001b[2J\\nok"',
  ],
};

for (const [what, [frames, text]] of Object.entries(REASONS)) {
  test(`a lost connection tells the first reason: ${what}`, async () => {
    await using server = await rawServer();
    const client = http2ClientTransport(tcp(server.port));
    const lost = client.call(request());
    const peer = await server.accept();
    await peer.next("HEADERS");
    await peer.send(
      ...frames.map(([code, debug]) => encodeGoaway(1, code, debug)),
    );
    peer.socket.end();
    const { details } = await flightError(lost.messages.read());
    assertEquals(
      details,
      `the connection to grpc+tcp://127.0.0.1:${server.port} was lost: ${text}`,
    );
    await client.close();
  });
}

test("an idle connection that is closed is replaced without a word", async () => {
  await using server = await rawServer();
  const client = http2ClientTransport(tcp(server.port));
  for (let i = 0; i < 3; i++) {
    const response = client.call(request());
    const peer = await server.accept();
    await peer.next("HEADERS");
    await answerCall(peer, 1);
    await rest(response.messages);
    if (i === 1) await peer.send(encodeGoaway(1, "NO_ERROR"));
    else peer.socket.end();
    await peer.closed;
  }
  await client.close();
});

test("calls wait for SETTINGS_MAX_CONCURRENT_STREAMS, in their order", async () => {
  await using server = await rawServer([[SETTING.maxConcurrentStreams, 2]]);
  const client = http2ClientTransport(tcp(server.port));
  const names = ["/0", "/1", "/2", "/3", "/4", "/5"];
  const controller = new AbortController();
  const calls = names.map((path) =>
    client.call(request({
      path,
      signal: path === "/3" ? controller.signal : new AbortController().signal,
      deadline: path === "/4" ? performance.now() + 100 : undefined,
    }))
  );
  const peer = await server.accept();
  await requestOf(peer, 3);
  await peer.ping();
  const paths = () =>
    peer.frames.filter(({ type }) => type === "HEADERS").map(({ headers }) =>
      headers![":path"]
    );
  assertEquals(paths(), ["/0", "/1"]);
  // Those that give up while they wait are never sent.
  controller.abort("enough");
  assertEquals(await calls[3]!.messages.read().catch((e) => e), "enough");
  assertEquals(
    (await flightError(calls[4]!.messages.read())).code,
    "DEADLINE_EXCEEDED",
  );
  await answerCall(peer, 3);
  await requestOf(peer, 5);
  assertEquals(paths(), ["/0", "/1", "/2"]);
  // A limit that is raised lets them go, too.
  await peer.send(settingsFrame([[SETTING.maxConcurrentStreams, 9]]));
  await requestOf(peer, 7);
  assertEquals(paths(), ["/0", "/1", "/2", "/5"]);
  for (const id of [1, 5, 7]) await answerCall(peer, id);
  for (const i of [0, 1, 2, 5]) {
    assertEquals((await rest(calls[i]!.messages)).length, 1);
  }
  await client.close();
});

test("a server's limit makes a client wait, not fail", async () => {
  let open = 0;
  let most = 0;
  await using t = await pair((request) => {
    most = Math.max(most, ++open);
    return answer(
      new TestSource(async (i) => {
        if (i === 0) return message("x");
        await rest(request.messages);
        await new Promise((done) => setTimeout(done, 5));
        open--;
        return undefined;
      }),
    );
  }, { server: { maxConcurrentStreams: 3 } });
  const results = await Promise.all(
    Array.from({ length: 30 }, () => rest(t.client.call(request()).messages)),
  );
  assert(results.every(({ length }) => length === 1));
  assertLess(most, 4);
});

test("shutdown: GOAWAY, PING, GOAWAY; what comes between is answered", async () => {
  const gate = Promise.withResolvers<void>();
  const t = await pair(({ path }) =>
    path === "/x"
      ? answer(
        new TestSource(async (i) => {
          await gate.promise;
          return i === 0 ? message("late") : undefined;
        }),
      )
      : answer(values(message("y")))
  );
  await using peer = await rawClient(t.server.port);
  await peer.send(peer.headers(1, REQUEST, true));
  await peer.ping();
  const down = t.server.shutdown(new AbortController().signal);
  const first = await peer.next("GOAWAY");
  assertEquals(readUint32(first.payload, 0), 2 ** 31 - 1);
  const ping = await peer.next("PING", ({ flags }) => flags === 0);
  // On its way when the client had not seen the GOAWAY.
  await peer.send(
    peer.headers(3, REQUEST, true),
    encodeFrame(FRAME.PING, FLAG.ACK, 0, ping.payload),
    peer.headers(5, REQUEST, true),
  );
  const last = await peer.next("GOAWAY");
  assertEquals([readUint32(last.payload, 0), readUint32(last.payload, 4)], [
    3,
    0,
  ]);
  gate.resolve();
  await peer.closed;
  await down;
  const ends = peer.frames.filter(({ headers }) => headers?.["grpc-status"]);
  assertEquals(ends.map(({ streamId }) => streamId).sort(), [1, 3]);
  await t.client.close();
});

test(
  "shutdown does not wait for clients that do not answer",
  LIMIT,
  async () => {
    const t = await pair(echo);
    await using peer = await rawClient(t.server.port);
    await peer.ping();
    await t.server.shutdown(new AbortController().signal);
    await t.client.close();
  },
);

test(
  "maxConnectionAgeMs moves a client, without a call lost",
  LIMIT,
  async () => {
    const peers = new Set<string>();
    await using t = await pair((request: ServerRequest) => {
      peers.add(request.peer);
      return echo(request);
    }, { server: { maxConnectionAgeMs: 60 } });
    while (peers.size < 4) {
      const response = t.client.call(
        request({ messages: values(message("x")) }),
      );
      assertEquals((await rest(response.messages)).map(text), ["x"]);
    }
  },
);

test("maxConnectionAgeMs may be as long as any time: its jitter closes no new connection", async () => {
  const { random } = Math;
  // The largest jitter.
  Math.random = () => 1 - 2 ** -53;
  try {
    await using t = await pair(echo, {
      server: { maxConnectionAgeMs: 2 ** 31 - 1 },
    });
    await using peer = await rawClient(t.server.port);
    await peer.ping();
    // A timer of a wrong delay comes before this one.
    await new Promise((resolve) => setTimeout(resolve, 20));
    await peer.ping();
    assertEquals(peer.frames.filter(({ type }) => type === "GOAWAY"), []);
  } finally {
    Math.random = random;
  }
});

test("maxConnectionAgeGraceMs ends calls that do not end", async () => {
  await using t = await pair(() => answer(never()), {
    server: { maxConnectionAgeMs: 50, maxConnectionAgeGraceMs: 50 },
  });
  const error = await flightError(t.client.call(request()).messages.read());
  assertEquals([error.code, error.details], [
    "UNAVAILABLE",
    "the connection was too old",
  ]);
});

test("maxConnectionIdleMs closes connections without a call", async () => {
  await using t = await pair(
    (request) => request.path === "/x" ? answer(never()) : echo(request),
    { server: { maxConnectionIdleMs: 80 } },
  );
  await using idle = await rawClient(t.server.port);
  await using busy = await rawClient(t.server.port);
  await busy.send(busy.headers(1));
  await idle.closed;
  await busy.ping();
  await busy.send(encodeFrame(FRAME.RST_STREAM, 0, 1, uint32(8)));
  await busy.closed;
});
