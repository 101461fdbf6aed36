/** Unread data that a peer may send, seen from outside. */

import { test } from "node:test";

import { assert, assertEquals, assertGreater } from "@std/assert";

import { http2ClientTransport } from "../../../internal/transport/http2/client.ts";
import { readUint32 } from "../../../internal/http2/frame/frame.ts";
import {
  answer,
  flightError,
  request,
  type ServerRequest,
} from "../../support/transport/call_parts.ts";
import { block, message } from "../../support/transport/messages.ts";
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
  FLAG,
  FRAME,
  grpcMessage,
  RESPONSE,
  SETTING,
  SETTINGS_ACK,
} from "../../support/http2/raw_frames.ts";
import {
  rawClient,
  type RawFrame,
  type RawPeer,
  rawServer,
} from "../../support/http2/raw_peer.ts";

const { pair } = HTTP2;
const KIB = 1024;
const MIB = 1024 * KIB;

/** A budget of which a stream begins with 16 KiB, or with 1 KiB where it is tight. */
const BUDGET = { flowControlWindowBytes: MIB, maxUnreadBytes: 16 * MIB };

function data(streamId: number, bytes: Uint8Array, flags = 0): Uint8Array {
  return encodeFrame(FRAME.DATA, flags, streamId, bytes);
}

/** The sum of the WINDOW_UPDATEs of a stream so far. */
async function credit(peer: RawPeer, streamId: number): Promise<number> {
  await peer.ping();
  return peer.frames
    .filter((f) => f.type === "WINDOW_UPDATE" && f.streamId === streamId)
    .reduce((sum, { payload }) => sum + readUint32(payload, 0), 0);
}

/** SETTINGS_INITIAL_WINDOW_SIZE, each time that the other end announced it. */
async function initialWindows(peer: RawPeer): Promise<number[]> {
  await peer.ping();
  return peer.frames
    .filter((f) => f.type === "SETTINGS" && !(f.flags & FLAG.ACK))
    .flatMap(({ payload }) => {
      const sizes: number[] = [];
      for (let at = 0; at < payload.length; at += 6) {
        if (payload[at + 1] === SETTING.initialWindowBytes) {
          sizes.push(readUint32(payload, at + 2));
        }
      }
      return sizes;
    });
}

/** The trailers so far. */
function ended(peer: RawPeer): RawFrame[] {
  return peer.frames.filter((f) =>
    f.type === "HEADERS" && f.flags & FLAG.END_STREAM
  );
}

/** The call of each stream of a raw client, by its path. */
function calls(): {
  handler: (request: ServerRequest) => ReturnType<typeof answer>;
  call(path: string): Promise<ServerRequest>;
} {
  const seen = new Map<string, PromiseWithResolvers<ServerRequest>>();
  const of = (path: string) => {
    if (!seen.has(path)) seen.set(path, Promise.withResolvers());
    return seen.get(path)!;
  };
  return {
    handler(request) {
      of(request.path).resolve(request);
      return answer(never());
    },
    call: (path) => of(path).promise,
  };
}

function headersOf(path: string): [string, string][] {
  return [
    [":method", "POST"],
    [":scheme", "http"],
    [":path", path],
    [":authority", "test"],
    ["te", "trailers"],
    ["content-type", "application/grpc"],
  ];
}

test("flow control: unread streams of every number leave the connection its window", async () => {
  await using t = await pair(
    (request) =>
      request.path === "/ping" ? answer(values(message("!"))) : answer(never()),
    { server: { flowControlWindowBytes: 65_535, maxUnreadBytes: MIB } },
  );
  await using peer = await rawClient(t.server.port);
  const [initial] = await initialWindows(peer);
  await peer.send(SETTINGS_ACK);
  for (let id = 1; id < 2 * 800; id += 2) {
    await peer.send(peer.headers(id), data(id, new Uint8Array(initial!)));
    assertEquals(await credit(peer, id), 0);
  }
  // All that was sent has been credited but for less than half of the budget.
  const open = 65_535 + await credit(peer, 0) - 800 * initial!;
  assertGreater(open, MIB / 2);
  await peer.send(peer.headers(9999, headersOf("/ping"), true));
  const { headers } = await peer.next(
    "HEADERS",
    ({ flags, streamId }) =>
      streamId === 9999 && (flags & FLAG.END_STREAM) !== 0,
  );
  assertEquals(headers!["grpc-status"], "0");
});

test("flow control: a window grows as its stream is read, up to flowControlWindowBytes", async () => {
  const { handler, call } = calls();
  await using t = await pair(handler, { server: BUDGET });
  await using peer = await rawClient(t.server.port);
  await peer.send(SETTINGS_ACK, peer.headers(1, headersOf("/1")));
  const { messages } = await call("/1");
  const [initial] = await initialWindows(peer);
  assertEquals(initial, 16 * KIB);
  let sent = 0;
  let window = initial!;
  const windows: number[] = [];
  for (let i = 0; i < 6; i++) {
    // As much as it may be ahead, and all of it is read.
    for (let left = window; left > 0;) {
      const part = Math.min(left, 16 * KIB);
      await peer.send(data(1, grpcMessage(part - 5)));
      left -= part;
      sent += part;
      await messages.read();
    }
    window = initial! + await credit(peer, 1) - sent;
    windows.push(window / KIB);
  }
  assert(windows.every((kib) => kib <= 1024), `${windows}`);
  assert(windows.at(-1)! > 512, `${windows}`);
  // And nothing more while it is not read.
  await peer.send(data(1, grpcMessage(16 * KIB - 5)));
  assertEquals(initial! + await credit(peer, 1) - sent, window);
});

test("flow control: credit comes for each 512 KiB that are read, however large the window", async () => {
  const { handler, call } = calls();
  await using t = await pair(handler);
  await using peer = await rawClient(t.server.port);
  await peer.send(SETTINGS_ACK, peer.headers(1, headersOf("/1")));
  const { messages } = await call("/1");
  const read = async (count: number) => {
    for (let i = 0; i < count; i++) {
      await peer.send(data(1, grpcMessage(16 * KIB - 5)));
      await messages.read();
    }
    return await credit(peer, 1);
  };
  const first = await read(1);
  assertGreater(first, 4096 * KIB);
  // Behind a proxy it may be what lets the other direction go on.
  assertEquals(await read(40) - first, 512 * KIB);
});

test("flow control: exchanges get their windows before data behind which a proxy may hold credit", async () => {
  await using server = await rawServer();
  const client = http2ClientTransport(tcp(server.port));
  const exchange = (count: number, bytes: number) =>
    client.call(request({
      messages: new TestSource((i) =>
        i < count ? block(bytes) : new Promise(() => {})
      ),
    }));
  exchange(2, 16 * KIB);
  for (let i = 0; i < 4; i++) exchange(1, 2 * MIB);
  const peer = await server.accept();
  const [initial] = await initialWindows(peer);
  await peer.next("WINDOW_UPDATE", ({ streamId }) => streamId === 9);
  let together = initial!;
  for (const id of [3, 5, 7, 9]) {
    const window = initial! + await credit(peer, id);
    // A message, and the one before it.
    assertGreater(window, 4 * MIB - 1);
    together += window;
    const [first] = peer.frames.filter((f) =>
      f.streamId === id && f.type !== "HEADERS"
    );
    assertEquals(first!.type, "WINDOW_UPDATE");
  }
  assertGreater(65_535 + await credit(peer, 0), together);
  // That is no use to one that sends little.
  assertEquals(await credit(peer, 1), 0);
  await client.close();
});

test("flow control: a window beyond 4 MiB is for a reader that waits for the peer", async () => {
  const { handler, call } = calls();
  await using t = await pair(handler);
  await using peer = await rawClient(t.server.port);
  await peer.send(SETTINGS_ACK, peer.headers(1, headersOf("/1")));
  const { messages } = await call("/1");
  const [initial] = await initialWindows(peer);
  let [sent, read] = [0, 0];
  const part = data(1, grpcMessage(16 * KIB - 5));
  const send = async (count: number) => {
    await peer.send(...Array<Uint8Array>(count).fill(part));
    sent += count * 16 * KIB;
  };
  const readAll = async (count: number) => {
    for (let i = 0; i < count; i++) await messages.read();
    read += count * 16 * KIB;
    return initial! + await credit(peer, 1) - read;
  };
  await send(1);
  const small = await readAll(1);
  assert(small <= initial! + 4 * MIB, `${small}`);
  // It always finds more than it reads.
  await send(4 * MIB / (16 * KIB));
  for (let i = 0; i < 16; i++) {
    const window = await readAll(64);
    assert(window <= small, `${window} after ${read}`);
    await send(64);
  }
  assertGreater(read, 16 * MIB - 1);
  // It reads on at once, and finds nothing left.
  await readAll((sent - read) / (16 * KIB));
  for (let i = 0; i < 64; i++) {
    const reading = readAll(4);
    await send(4);
    await reading;
  }
  await send(64);
  const large = await readAll(64);
  assertGreater(large, 8 * MIB - 512 * KIB - 1);
  assert(large <= 8 * MIB, `${large}`);
});

test("flow control: windows of new streams shrink and grow with what stands unread", async () => {
  const { handler, call } = calls();
  await using t = await pair(handler, { server: BUDGET });
  await using peer = await rawClient(t.server.port);
  await peer.send(SETTINGS_ACK);
  const ids = Array.from({ length: 513 }, (_, i) => 2 * i + 1);
  for (const id of ids.slice(0, 512)) {
    await peer.send(peer.headers(id, headersOf(`/${id}`)));
  }
  assertEquals(await initialWindows(peer), [16 * KIB]);
  // Half of the budget is given away.
  await peer.send(peer.headers(ids[512]!, headersOf("/last")));
  assertEquals(await initialWindows(peer), [16 * KIB, KIB]);

  // Until it is acknowledged, the old window holds: here two messages.
  const half = data(1, grpcMessage(8 * KIB - 5));
  await peer.send(half, half, SETTINGS_ACK);
  // Then the new one does, for streams that were open before as well.
  await peer.send(data(3, new Uint8Array(KIB)));
  await peer.ping();
  await peer.send(data(3, new Uint8Array(1)));
  assertEquals(await peer.reset(3), "FLOW_CONTROL_ERROR");
  await peer.send(peer.headers(2001), data(2001, new Uint8Array(KIB + 1)));
  assertEquals(await peer.reset(2001), "FLOW_CONTROL_ERROR");
  for (const id of ids) assertEquals(await credit(peer, id), 0);

  // That of stream 1 is 15 KiB below zero, and is filled up when it is read.
  const { messages } = await call("/1");
  await messages.read();
  const window = KIB - 16 * KIB + await credit(peer, 1);
  assertGreater(window, 16 * KIB);
  for (let left = window; left > 0; left -= 256 * KIB) {
    await peer.send(data(1, new Uint8Array(Math.min(left, 256 * KIB))));
  }
  await peer.ping();

  // When most streams have ended, there is enough for all again.
  for (const id of ids.slice(2, 400)) {
    await peer.send(
      encodeFrame(FRAME.RST_STREAM, 0, id, Uint8Array.of(0, 0, 0, 8)),
    );
  }
  assertEquals(await initialWindows(peer), [16 * KIB, KIB, 16 * KIB]);
  // At once, as the peer may make use of it before it has said so.
  await peer.send(data(ids[500]!, new Uint8Array(16 * KIB)), SETTINGS_ACK);
  await peer.ping();
  assertEquals(peer.frames.filter((f) => f.type === "GOAWAY"), []);
});

test("flow control: a peer that does not acknowledge smaller windows is bounded all the same", async () => {
  const { handler } = calls();
  await using t = await pair(handler, { server: BUDGET });
  await using peer = await rawClient(t.server.port);
  await peer.send(SETTINGS_ACK);
  const bytes = grpcMessage(16 * KIB - 5);
  const parts: Uint8Array[] = [];
  for (let id = 1; id < 2 * 1024; id += 2) {
    parts.push(peer.headers(id), data(id, bytes));
  }
  await peer.send(...parts);
  assertEquals(await initialWindows(peer), [16 * KIB, KIB]);
  assertEquals(ended(peer), []);
  // 16 MiB are there. Each stream more is one too many.
  for (let n = 1; n <= 3; n++) {
    const id = 2 * 1024 + 2 * n - 1;
    await peer.send(peer.headers(id), data(id, bytes));
    await peer.ping();
    assertEquals(
      ended(peer).map((f) => f.headers!["grpc-status"]),
      [
        "8",
        "8",
        "8",
      ].slice(0, n),
    );
  }
});

test("flow control: beyond maxUnreadBytes the server ends the call that is furthest behind", async () => {
  const { handler, call } = calls();
  await using t = await pair(handler, {
    server: { flowControlWindowBytes: 65_535, maxUnreadBytes: 65_535 },
  });
  await using peer = await rawClient(t.server.port);
  // Before the server has said what it allows, HTTP/2 allows 65,535.
  await peer.send(
    peer.headers(1, headersOf("/reads")),
    peer.headers(3, headersOf("/waits")),
    peer.headers(5, headersOf("/waits too")),
  );
  const reads = await call("/reads");
  const reading = reads.messages.read();
  const waits = await call("/waits");
  await peer.send(
    data(1, grpcMessage(50_000).subarray(0, 30_000)),
    data(5, new Uint8Array(20_000)),
    data(3, new Uint8Array(45_000)),
    data(5, new Uint8Array(600)),
  );
  const { headers, streamId } = await peer.next(
    "HEADERS",
    ({ flags }) => (flags & FLAG.END_STREAM) !== 0,
  );
  assertEquals([streamId, headers!["grpc-status"]], [3, "8"]);
  assert(/45000 .*maxUnreadBytes/.test(headers!["grpc-message"]!));
  const error = await flightError(waits.messages.read());
  assertEquals(error.code, "RESOURCE_EXHAUSTED");
  assert(waits.signal.aborted);
  // The others go on: what is awaited is no part of it.
  await peer.send(data(1, new Uint8Array(20_005)));
  assertEquals((await reading)!.byteLength, 50_000);
  const waitsToo = await call("/waits too");
  assert(!waitsToo.signal.aborted);
});

test("flow control: beyond maxUnreadBytes the client ends the call that is furthest behind", async () => {
  await using server = await rawServer();
  const client = http2ClientTransport(tcp(server.port), {
    flowControlWindowBytes: 65_535,
    maxUnreadBytes: 65_535,
  });
  // 1 KiB of window for each: the 65th has too much.
  const responses = Array.from({ length: 65 }, () => client.call(request()));
  const peer = await server.accept();
  assertEquals(await initialWindows(peer), [KIB]);
  for (let id = 1; id < 2 * 65; id += 2) {
    const bytes = id === 7 ? KIB : KIB - 1;
    await peer.send(
      peer.headers(id, RESPONSE),
      data(id, grpcMessage(bytes - 5)),
    );
  }
  assertEquals(await peer.reset(7), "CANCEL");
  const error = await flightError(rest(responses[3]!.messages));
  assertEquals([error.code, error.origin], ["RESOURCE_EXHAUSTED", "local"]);
  assert(error.details.includes("1024 of them in this call"), error.details);
  assert(error.details.includes("(option maxUnreadBytes)"), error.details);
  for (const [i, { messages }] of responses.entries()) {
    if (i !== 3) assertEquals((await messages.read())!.byteLength, KIB - 6);
  }
  await client.close();
});

test("flow control: what was discarded or has ended is no part of maxUnreadBytes", async () => {
  await using t = await pair((request) => {
    if (request.path === "/discards") request.messages.cancel("not needed");
    return answer(never());
  }, { server: { flowControlWindowBytes: 65_535, maxUnreadBytes: 65_535 } });
  await using peer = await rawClient(t.server.port);
  await initialWindows(peer);
  await peer.send(SETTINGS_ACK);
  for (let id = 1; id < 2 * 400; id += 4) {
    await peer.send(
      peer.headers(id, headersOf("/discards")),
      data(id, new Uint8Array(KIB)),
      peer.headers(id + 2, headersOf("/is reset")),
      data(id + 2, new Uint8Array(KIB)),
      encodeFrame(FRAME.RST_STREAM, 0, id + 2, Uint8Array.of(0, 0, 0, 8)),
    );
    assertEquals(await credit(peer, id), 0);
  }
  assertEquals(ended(peer), []);
});
