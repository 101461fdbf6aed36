/** Reactions of a server to invalid frames. */

import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { answer, echo } from "../../support/transport/call_parts.ts";
import { never } from "../../support/transport/test_source.ts";
import { HTTP2 } from "../../support/transport/http2_transport.ts";
import {
  encodeFrame,
  encodeWindowUpdate,
  FLAG,
  FRAME,
  grpcMessage,
  REQUEST,
  SETTING,
  settingsFrame,
  uint32,
} from "../../support/http2/raw_frames.ts";
import { rawClient, type RawPeer } from "../../support/http2/raw_peer.ts";

const { pair } = HTTP2;

const EMPTY = new Uint8Array();

/** Bytes from a client, and the code of the GOAWAY that it gets. */
const CONNECTION_ERRORS: Record<
  string,
  [send: (peer: RawPeer) => Uint8Array[], code: string]
> = {
  "DATA on stream 0": [
    () => [encodeFrame(FRAME.DATA, 0, 0, uint32(0))],
    "PROTOCOL_ERROR",
  ],
  "DATA on an idle stream": [
    () => [encodeFrame(FRAME.DATA, 0, 1, uint32(0))],
    "PROTOCOL_ERROR",
  ],
  "DATA that is all padding": [
    (peer) => [
      peer.headers(1),
      encodeFrame(FRAME.DATA, FLAG.PADDED, 1, Uint8Array.of(1)),
    ],
    "PROTOCOL_ERROR",
  ],
  "HEADERS on an even stream": [
    (peer) => [peer.headers(2)],
    "PROTOCOL_ERROR",
  ],
  "HEADERS on a lower stream": [
    (peer) => [peer.headers(5), peer.headers(3)],
    "PROTOCOL_ERROR",
  ],
  "a block that HPACK does not know": [
    () => [encodeFrame(FRAME.HEADERS, 4, 1, Uint8Array.of(0xff, 0xff, 0xff))],
    "COMPRESSION_ERROR",
  ],
  "a frame within a header block": [
    (peer) => [
      encodeFrame(FRAME.HEADERS, 0, 1, EMPTY),
      encodeFrame(FRAME.PING, 0, 0, new Uint8Array(8)),
      peer.headers(3),
    ],
    "PROTOCOL_ERROR",
  ],
  "CONTINUATION of another stream": [
    () => [
      encodeFrame(FRAME.HEADERS, 0, 1, EMPTY),
      encodeFrame(FRAME.CONTINUATION, 4, 3, EMPTY),
    ],
    "PROTOCOL_ERROR",
  ],
  "CONTINUATION of nothing": [
    () => [encodeFrame(FRAME.CONTINUATION, 4, 1, EMPTY)],
    "PROTOCOL_ERROR",
  ],
  "RST_STREAM on an idle stream": [
    () => [encodeFrame(FRAME.RST_STREAM, 0, 1, uint32(8))],
    "PROTOCOL_ERROR",
  ],
  "RST_STREAM of 3 bytes": [
    (peer) => [
      peer.headers(1),
      encodeFrame(FRAME.RST_STREAM, 0, 1, new Uint8Array(3)),
    ],
    "FRAME_SIZE_ERROR",
  ],
  "SETTINGS on a stream": [
    () => [encodeFrame(FRAME.SETTINGS, 0, 1, EMPTY)],
    "PROTOCOL_ERROR",
  ],
  "SETTINGS of 5 bytes": [
    () => [encodeFrame(FRAME.SETTINGS, 0, 0, new Uint8Array(5))],
    "FRAME_SIZE_ERROR",
  ],
  "an acknowledgement with settings": [
    () => [encodeFrame(FRAME.SETTINGS, FLAG.ACK, 0, new Uint8Array(6))],
    "FRAME_SIZE_ERROR",
  ],
  "a window of 2^31": [
    () => [settingsFrame([[SETTING.initialWindowBytes, 2 ** 31]])],
    "FLOW_CONTROL_ERROR",
  ],
  "frames of 16383 bytes": [
    () => [settingsFrame([[SETTING.maxFrameBytes, 16_383]])],
    "PROTOCOL_ERROR",
  ],
  "push that is 2": [
    () => [settingsFrame([[SETTING.enablePush, 2]])],
    "PROTOCOL_ERROR",
  ],
  "PUSH_PROMISE": [
    () => [encodeFrame(FRAME.PUSH_PROMISE, 4, 1, uint32(2))],
    "PROTOCOL_ERROR",
  ],
  "PING on a stream": [
    () => [encodeFrame(FRAME.PING, 0, 1, new Uint8Array(8))],
    "PROTOCOL_ERROR",
  ],
  "PING of 7 bytes": [
    () => [encodeFrame(FRAME.PING, 0, 0, new Uint8Array(7))],
    "FRAME_SIZE_ERROR",
  ],
  "GOAWAY of 7 bytes": [
    () => [encodeFrame(FRAME.GOAWAY, 0, 0, new Uint8Array(7))],
    "FRAME_SIZE_ERROR",
  ],
  "a WINDOW_UPDATE of 0 for the connection": [
    () => [encodeWindowUpdate(0, 0)],
    "PROTOCOL_ERROR",
  ],
  "a window of the connection beyond 2^31 - 1": [
    () => [encodeWindowUpdate(0, 2 ** 31 - 1)],
    "FLOW_CONTROL_ERROR",
  ],
  "settings that lift a window beyond 2^31 - 1": [
    (peer) => [
      peer.headers(1),
      encodeWindowUpdate(1, 2 ** 31 - 1 - 65_535),
      settingsFrame([[SETTING.initialWindowBytes, 65_536]]),
    ],
    "FLOW_CONTROL_ERROR",
  ],
  "a frame larger than our SETTINGS_MAX_FRAME_SIZE": [
    () => [Uint8Array.of(0x10, 0, 1, 0xee, 0, 0, 0, 0, 0)],
    "FRAME_SIZE_ERROR",
  ],
  "HEADERS after both sides had said all": [
    (peer) => [
      peer.headers(1, [...REQUEST.slice(0, 5)], true),
      peer.headers(1, [["x-late", "1"]], true),
    ],
    "STREAM_CLOSED",
  ],
};

for (const [what, [send, code]] of Object.entries(CONNECTION_ERRORS)) {
  test(`protocol errors: ${what}: GOAWAY ${code}`, async () => {
    await using t = await pair(echo);
    await using peer = await rawClient(t.server.port);
    await peer.send(...send(peer));
    assertEquals(await peer.goaway(), code);
    await peer.closed;
  });
}

function request(
  ...changes: (readonly [string, string])[]
): (readonly [string, string])[] {
  return [
    ...REQUEST.filter(([name]) => !changes.some(([n]) => n === name)),
    ...changes.filter(([name, value]) => value !== "" || name === ":path"),
  ].sort(([a], [b]) => Number(b.startsWith(":")) - Number(a.startsWith(":")));
}

/**
 * Bytes from a client on stream 1, and the code of the RST_STREAM that it gets.
 */
const STREAM_ERRORS: Record<
  string,
  [send: (peer: RawPeer) => Uint8Array[], code: string]
> = {
  "no path": [
    (peer) => [peer.headers(1, REQUEST.filter(([n]) => n !== ":path"))],
    "PROTOCOL_ERROR",
  ],
  "an empty path": [
    (peer) => [peer.headers(1, request([":path", ""]))],
    "PROTOCOL_ERROR",
  ],
  "two methods": [
    (peer) => [peer.headers(1, [[":method", "POST"], ...REQUEST])],
    "PROTOCOL_ERROR",
  ],
  "a pseudo-header of responses": [
    (peer) => [peer.headers(1, [[":status", "200"], ...REQUEST])],
    "PROTOCOL_ERROR",
  ],
  "a pseudo-header behind the others": [
    (peer) => [peer.headers(1, [...REQUEST.slice(1), REQUEST[0]!])],
    "PROTOCOL_ERROR",
  ],
  "a header in upper case": [
    (peer) => [peer.headers(1, [...REQUEST, ["X-A", "1"]])],
    "PROTOCOL_ERROR",
  ],
  "a header without a name": [
    (peer) => [peer.headers(1, [...REQUEST, ["", "1"]])],
    "PROTOCOL_ERROR",
  ],
  "a line break in a value": [
    (peer) => [peer.headers(1, [...REQUEST, ["x-a", "1\r\nx-b: 2"]])],
    "PROTOCOL_ERROR",
  ],
  "a header of HTTP/1.1": [
    (peer) => [peer.headers(1, [...REQUEST, ["connection", "close"]])],
    "PROTOCOL_ERROR",
  ],
  "te that is not trailers": [
    (peer) => [peer.headers(1, request(["te", "gzip"]))],
    "PROTOCOL_ERROR",
  ],
  "two lengths": [
    (peer) => [
      peer.headers(1, [
        ...REQUEST,
        ["content-length", "1"],
        ["content-length", "2"],
      ]),
    ],
    "PROTOCOL_ERROR",
  ],
  "more than its content-length": [
    (peer) => [
      peer.headers(1, [...REQUEST, ["content-length", "5"]]),
      encodeFrame(FRAME.DATA, 0, 1, grpcMessage(1)),
    ],
    "PROTOCOL_ERROR",
  ],
  "less than its content-length": [
    (peer) => [
      peer.headers(1, [...REQUEST, ["content-length", "7"]]),
      encodeFrame(FRAME.DATA, FLAG.END_STREAM, 1, grpcMessage(1)),
    ],
    "PROTOCOL_ERROR",
  ],
  "headers twice": [
    (peer) => [peer.headers(1), peer.headers(1, [["x-a", "1"]])],
    "PROTOCOL_ERROR",
  ],
  "a pseudo-header in trailers": [
    (peer) => [peer.headers(1), peer.headers(1, [[":path", "/y"]], true)],
    "PROTOCOL_ERROR",
  ],
  "a WINDOW_UPDATE of 0": [
    (peer) => [peer.headers(1), encodeWindowUpdate(1, 0)],
    "PROTOCOL_ERROR",
  ],
  "a window beyond 2^31 - 1": [
    (peer) => [peer.headers(1), encodeWindowUpdate(1, 2 ** 31 - 1)],
    "FLOW_CONTROL_ERROR",
  ],
  "PRIORITY of 4 bytes": [
    (peer) => [
      peer.headers(1),
      encodeFrame(FRAME.PRIORITY, 0, 1, new Uint8Array(4)),
    ],
    "FRAME_SIZE_ERROR",
  ],
  "data after the end": [
    (peer) => [
      peer.headers(1, [...REQUEST, ["x-wait", "1"]], true),
      encodeFrame(FRAME.DATA, 0, 1, uint32(0)),
    ],
    "STREAM_CLOSED",
  ],
  "data after RST_STREAM": [
    (peer) => [
      peer.headers(1),
      encodeFrame(FRAME.RST_STREAM, 0, 1, uint32(8)),
      encodeFrame(FRAME.DATA, 0, 1, uint32(0)),
    ],
    "STREAM_CLOSED",
  ],
};

for (const [what, [send, code]] of Object.entries(STREAM_ERRORS)) {
  test(`protocol errors: ${what}: RST_STREAM ${code}, and the connection goes on`, async () => {
    await using t = await pair((request) =>
      request.path === "/x" && !request.headers.has("x-ok")
        ? answer(never())
        : echo(request)
    );
    await using peer = await rawClient(t.server.port);
    await peer.send(...send(peer));
    assertEquals(await peer.reset(1), code);
    await peer.send(
      peer.headers(3, [...REQUEST, ["x-ok", "1"]]),
      encodeFrame(FRAME.DATA, FLAG.END_STREAM, 3, grpcMessage(3)),
    );
    const trailers = await peer.next(
      "HEADERS",
      ({ headers }) => headers!["grpc-status"] !== undefined,
    );
    assertEquals([trailers.streamId, trailers.headers!["grpc-status"]], [
      3,
      "0",
    ]);
  });
}
