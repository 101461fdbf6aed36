/** Requests that come in unusual pieces. */

import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { FlightError } from "../../../internal/core/flight_error.ts";
import { FlightHeaders } from "../../../internal/core/flight_headers.ts";
import {
  answer,
  echo,
  failure,
  type ServerRequest,
} from "../../support/transport/call_parts.ts";
import { message } from "../../support/transport/messages.ts";
import { never, values } from "../../support/transport/test_source.ts";
import { HTTP2 } from "../../support/transport/http2_transport.ts";
import {
  encodeFrame,
  FLAG,
  FRAME,
  grpcMessage,
  REQUEST,
  SETTING,
} from "../../support/http2/raw_frames.ts";
import {
  rawClient,
  type RawFrame,
  type RawPeer,
} from "../../support/http2/raw_peer.ts";

const { pair } = HTTP2;

const EMPTY = new Uint8Array();

test("requests: unknown frames, flags, settings and PRIORITY are ignored", async () => {
  await using t = await pair(echo);
  await using peer = await rawClient(t.server.port, [[99, 5], [0, 1]]);
  await peer.send(
    encodeFrame(0xbe, 0xff, 7, new Uint8Array(20_000)),
    encodeFrame(0xbe, 0xff, 0, EMPTY),
    encodeFrame(FRAME.PRIORITY, 0, 9, Uint8Array.of(0, 0, 0, 3, 1)),
    encodeFrame(FRAME.PING, 0xfe, 0, new Uint8Array(8)),
    peer.headers(1),
    encodeFrame(FRAME.DATA, 0xf0 | FLAG.PADDED, 1, new Uint8Array(6)),
    encodeFrame(FRAME.DATA, FLAG.END_STREAM, 1, EMPTY),
  );
  const { payload } = await peer.next("DATA");
  assertEquals(payload.length, 5);
});

test("requests: padding, also of HEADERS, is not data", async () => {
  await using t = await pair(echo);
  await using peer = await rawClient(t.server.port);
  const frame = peer.headers(1);
  const padded = Uint8Array.of(
    200,
    ...frame.subarray(9),
    ...Array(200).fill(0),
  );
  const body = grpcMessage(3, 9);
  await peer.send(
    encodeFrame(FRAME.HEADERS, FLAG.PADDED | FLAG.END_HEADERS, 1, padded),
    encodeFrame(
      FRAME.DATA,
      FLAG.PADDED,
      1,
      Uint8Array.of(255, ...body.subarray(0, 6), ...Array(255).fill(1)),
    ),
    encodeFrame(
      FRAME.DATA,
      FLAG.PADDED | FLAG.END_STREAM,
      1,
      Uint8Array.of(0, ...body.subarray(6)),
    ),
  );
  assertEquals((await peer.next("DATA")).payload, body);
});

test("requests: a request may come byte by byte, or in any two parts", async () => {
  const seen: ServerRequest[] = [];
  await using t = await pair((request) => {
    seen.push(request);
    return echo(request);
  });
  const bytes = (peer: RawPeer) =>
    Uint8Array.from([
      ...peer.headers(1, [...REQUEST, ["x-a", "y".repeat(40)]]),
      ...encodeFrame(FRAME.PING, 0, 0, new Uint8Array(8)),
      ...encodeFrame(FRAME.DATA, 0, 1, grpcMessage(3, 9).subarray(0, 2)),
      ...encodeFrame(
        FRAME.DATA,
        FLAG.END_STREAM | FLAG.PADDED,
        1,
        Uint8Array.of(2, ...grpcMessage(3, 9).subarray(2), 0, 0),
      ),
    ]);
  const check = async (peer: RawPeer) => {
    assertEquals((await peer.next("DATA")).payload, grpcMessage(3, 9));
    const { headers } = await peer.next("HEADERS");
    assertEquals(headers!["grpc-status"], "0");
  };
  {
    await using peer = await rawClient(t.server.port);
    for (const byte of bytes(peer)) await peer.send(Uint8Array.of(byte));
    await check(peer);
  }
  await using first = await rawClient(t.server.port);
  const { length } = bytes(first);
  for (let at = 1; at < length; at++) {
    await using peer = await rawClient(t.server.port);
    const all = bytes(peer);
    await peer.send(all.subarray(0, at));
    await peer.send(all.subarray(at));
    await check(peer);
  }
  assertEquals(seen.length, length);
  assert(seen.every(({ headers }) => headers.get("x-a")!.length === 40));
});

test("requests: headers in CONTINUATION frames are one block", async () => {
  await using t = await pair((request) =>
    answer(values(message(String(request.headers.get("x-long")!.length))))
  );
  await using peer = await rawClient(t.server.port);
  const block = peer.headers(
    1,
    [...REQUEST, ["x-long", "~".repeat(9000)]],
    true,
  )
    .subarray(9);
  const parts = [
    encodeFrame(FRAME.HEADERS, FLAG.END_STREAM, 1, block.subarray(0, 10)),
  ];
  for (let at = 10; at < block.length; at += 500) {
    const end = at + 500 >= block.length ? FLAG.END_HEADERS : 0;
    parts.push(
      encodeFrame(FRAME.CONTINUATION, end, 1, block.subarray(at, at + 500)),
    );
  }
  await peer.send(...parts);
  const { payload } = await peer.next("DATA");
  assertEquals(new TextDecoder().decode(payload.subarray(5)), "9000");
});

test("requests: parts of a header block outlive what other connections receive", async () => {
  await using t = await pair((request) =>
    answer(values(message(String(request.headers.get("x-long")))))
  );
  await using peer = await rawClient(t.server.port);
  await using other = await rawClient(t.server.port);
  const value = "~".repeat(50);
  const block = peer.headers(1, [...REQUEST, ["x-long", value]], true)
    .subarray(9);
  const half = block.length >> 1;
  await peer.send(
    encodeFrame(FRAME.HEADERS, FLAG.END_STREAM, 1, block.subarray(0, half)),
  );
  // Two answers: the server has read the other connection, and in between ours.
  for (let i = 0; i < 2; i++) {
    await other.send(encodeFrame(FRAME.PING, 0, 0, new Uint8Array(8).fill(i)));
    await other.next("PING");
  }
  await peer.send(
    encodeFrame(FRAME.CONTINUATION, FLAG.END_HEADERS, 1, block.subarray(half)),
  );
  const { payload } = await peer.next("DATA");
  assertEquals(new TextDecoder().decode(payload.subarray(5)), value);
});

test("requests: a list beyond maxHeaderListBytes fails its call only", async () => {
  await using t = await pair(echo, { server: { maxHeaderListBytes: 8192 } });
  await using peer = await rawClient(t.server.port);
  const settings = await peer.next("SETTINGS");
  assert([...settings.payload].join().includes("0,6,0,0,32,0"));
  await peer.send(peer.headers(1, [...REQUEST, ["x-long", "a".repeat(9000)]]));
  const { headers } = await peer.next("HEADERS");
  assertEquals(headers!["grpc-status"], "8");
  assert(
    headers!["grpc-message"]!.endsWith(
      "exceed the limit of 8192 bytes (option maxHeaderListBytes)",
    ),
  );
  assertEquals(await peer.reset(1), "NO_ERROR");
  await peer.ping();
});

test("requests: the peer's SETTINGS_MAX_HEADER_LIST_SIZE is kept", async () => {
  const trailers = new FlightHeaders({ "x-big": "x".repeat(5000) });
  await using t = await pair(() => answer(values(), { trailers }));
  await using peer = await rawClient(t.server.port, [
    [SETTING.maxHeaderListBytes, 6000],
  ]);
  await peer.send(peer.headers(1, REQUEST, true));
  await peer.next("HEADERS");
  const { headers } = await peer.next("HEADERS");
  assertEquals([headers!["grpc-status"], headers!["x-big"]], ["8", undefined]);
});

test("requests: a peer that accepts no headers at all gets the status of each call", async () => {
  const unsent: unknown[] = [];
  await using t = await pair(({ path }) => ({
    ...path === "/x"
      ? answer(values())
      : failure(new FlightError("NOT_FOUND", "gone")),
    onUnsent: (error) => unsent.push(error),
  }));
  await using peer = await rawClient(t.server.port, [
    [SETTING.maxHeaderListBytes, 0],
  ]);
  const failing = REQUEST.map(([name, value]) =>
    [name, name === ":path" ? "/y" : value] as const
  );
  const statuses = [];
  for (const [index, list] of [REQUEST, failing].entries()) {
    await peer.send(peer.headers(2 * index + 1, list, true));
    const { headers } = await peer.next(
      "HEADERS",
      ({ headers }) => headers!["grpc-status"] !== undefined,
    );
    statuses.push([headers!["grpc-status"], headers!["grpc-message"]]);
  }
  assertEquals(statuses, [["0", undefined], ["5", "gone"]]);
  // The failure of the second call, and no trailers that are too large.
  assertEquals(unsent.map((error) => (error as FlightError).code), [
    "NOT_FOUND",
  ]);
});

test("requests: an encoding that is not known is UNIMPLEMENTED", async () => {
  await using t = await pair(echo);
  await using peer = await rawClient(t.server.port);
  await peer.send(peer.headers(1, [...REQUEST, ["grpc-encoding", "snappy"]]));
  const { headers } = await peer.next("HEADERS");
  assertEquals(headers!["grpc-status"], "12");
  assertEquals(headers!["grpc-accept-encoding"], "identity,gzip,deflate");
});

test("requests: a flag of a message that is neither 0 nor 1 fails the call", async () => {
  await using t = await pair(echo);
  await using peer = await rawClient(t.server.port);
  await peer.send(
    peer.headers(1),
    encodeFrame(FRAME.DATA, 0, 1, Uint8Array.of(2, 0, 0, 0, 0)),
  );
  const { headers } = await peer.next(
    "HEADERS",
    ({ headers }) => headers!["grpc-status"] !== undefined,
  );
  assertEquals(headers!["grpc-status"], "13");
});

test("requests: the timeout of a request becomes the deadline of the call", async () => {
  const seen: ServerRequest[] = [];
  await using t = await pair((request) => {
    seen.push(request);
    return answer(never());
  });
  await using peer = await rawClient(t.server.port);
  await peer.send(
    peer.headers(1, [...REQUEST, ["grpc-timeout", "100m"]]),
    peer.headers(3, [...REQUEST, ["grpc-timeout", "99999999H"]]),
  );
  const { streamId, headers } = await peer.next(
    "HEADERS",
    ({ headers }) => headers!["grpc-status"] !== undefined,
  );
  assertEquals([streamId, headers!["grpc-status"]], [1, "4"]);
  assertEquals(headers!["grpc-message"], "the deadline has passed");
  assertEquals(await peer.reset(1), "NO_ERROR");
  assert(seen[1]!.deadline! > performance.now() + 1e12);
});

test("requests: PINGs of an idle client are answered, in order", async () => {
  await using t = await pair(echo);
  await using peer = await rawClient(t.server.port);
  const pings = [1, 2, 3].map((value) => new Uint8Array(8).fill(value));
  const next = async (payload: Uint8Array) => {
    const answer = await peer.next("PING");
    assertEquals([answer.flags, ...answer.payload], [FLAG.ACK, ...payload]);
  };
  // Alone.
  await peer.send(encodeFrame(FRAME.PING, 0, 0, pings[0]!));
  await next(pings[0]!);
  // Together.
  await peer.send(
    ...pings.map((payload) => encodeFrame(FRAME.PING, 0, 0, payload)),
  );
  for (const payload of pings) await next(payload);
  // Before a call, whose answer may have the one to the PING with it.
  await peer.send(
    encodeFrame(FRAME.PING, 0, 0, pings[1]!),
    peer.headers(1),
    encodeFrame(FRAME.DATA, FLAG.END_STREAM, 1, grpcMessage(3)),
  );
  const isEnd = ({ type, flags }: RawFrame) =>
    type === "HEADERS" && (flags & FLAG.END_STREAM) !== 0;
  while (!peer.frames.some(isEnd)) await peer.next("HEADERS");
  const isAnswer = ({ type, payload }: RawFrame) =>
    type === "PING" && payload[0] === 2;
  while (peer.frames.filter(isAnswer).length < 2) await peer.next("PING");
  // Before the end of the connection.
  await peer.send(encodeFrame(FRAME.PING, 0, 0, pings[2]!));
  peer.socket.end();
  await peer.next("PING", ({ payload }) => payload[0] === 3);
});
