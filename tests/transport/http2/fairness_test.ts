/** One connection that has much to do, beside others. */

import { test } from "node:test";

import { assertEquals, assertLess } from "@std/assert";

import { FlightError } from "../../../internal/core/flight_error.ts";
import { concatBytes } from "../../../internal/base/bytes.ts";
import {
  answer,
  failure,
  request,
} from "../../support/transport/call_parts.ts";
import { message } from "../../support/transport/messages.ts";
import {
  rest,
  TestSource,
  values,
} from "../../support/transport/test_source.ts";
import { tcp } from "../../support/transport/tested_transport.ts";
import {
  encodeFrame,
  FLAG,
  FRAME,
  grpcMessage,
  REQUEST,
  RESPONSE,
  SETTINGS_ACK,
} from "../../support/http2/raw_frames.ts";
import { endsOf } from "../../support/http2/ends.ts";
import type { RawPeer } from "../../support/http2/raw_peer.ts";

const { transport, rawClient, rawServer } = endsOf(import.meta.url);
const { pair } = transport;

const OPTIONS = { timeout: 60_000 };

/** Work that takes a server the better part of a second. */
const MANY = 20_000;

function path(name: string): [string, string][] {
  return REQUEST.map(([key, value]) => [key, key === ":path" ? name : value]);
}

/** A client that acknowledges the SETTINGS of the server, which gives a slow machine all the time it needs. */
async function politeClient(port: number): Promise<RawPeer> {
  const peer = await rawClient(port);
  await peer.send(SETTINGS_ACK);
  return peer;
}

/** The status of a call, as soon as it has one. */
async function statusOf(peer: RawPeer, streamId: number): Promise<string> {
  const { headers } = await peer.next(
    "HEADERS",
    (frame) =>
      frame.streamId === streamId && (frame.flags & FLAG.END_STREAM) !== 0,
  );
  return headers!["grpc-status"]!;
}

test(
  "fairness: a connection with many calls does not stop the others",
  OPTIONS,
  async () => {
    let calls = 0;
    let callsBefore = 0;
    let onCall = () => {};
    await using t = await pair((request) => {
      if (request.path === "/other") callsBefore = calls;
      else if (calls++ === 0) onCall();
      return answer(values());
    });
    await using busy = await politeClient(t.server.port);
    await using other = await politeClient(t.server.port);
    await Promise.all([busy.ping(), other.ping()]);
    // The other one calls when the first of many calls has just begun.
    onCall = () => void other.send(other.headers(1, path("/other"), true));
    const requests = Array.from(
      { length: MANY },
      (_, i) => busy.headers(2 * i + 1, REQUEST, true),
    );
    const sent = busy.send(concatBytes(requests));
    assertEquals(await statusOf(other, 1), "0");
    // Some ten turns; more where the machine is busy, since a call takes several.
    assertLess(callsBefore, MANY / 2);
    await sent;
    await statusOf(busy, 2 * MANY - 1);
    assertEquals(calls, MANY);
  },
);

test(
  "fairness: a connection with many small messages does not stop the others",
  OPTIONS,
  async () => {
    let seen = 0;
    let seenBefore = 0;
    let onMessage = () => {};
    await using t = await pair((request) => {
      if (request.path === "/other") {
        seenBefore = seen;
        return answer(values(message("x")));
      }
      return answer({
        async read() {
          while (await request.messages.read()) if (seen++ === 0) onMessage();
          return undefined;
        },
        cancel: () => {},
      });
    });
    await using busy = await politeClient(t.server.port);
    await using other = await politeClient(t.server.port);
    await Promise.all([busy.ping(), other.ping()]);
    onMessage = () => void other.send(other.headers(1, path("/other"), true));
    // As much as the first window of each stream takes.
    const count = Math.floor(65_535 / 6);
    const streams = Array.from({ length: 8 }, (_, i) => 2 * i + 1);
    const frames = streams.flatMap((id) => [
      busy.headers(id),
      ...Array<Uint8Array>(count).fill(
        encodeFrame(FRAME.DATA, 0, id, grpcMessage(1)),
      ),
      encodeFrame(FRAME.DATA, FLAG.END_STREAM, id),
    ]);
    const sent = busy.send(concatBytes(frames));
    assertEquals(await statusOf(other, 1), "0");
    assertLess(seenBefore, 4 * count);
    await sent;
    for (const id of streams) assertEquals(await statusOf(busy, id), "0");
    assertEquals(seen, 8 * count);
  },
);

test(
  "fairness: what came before a connection was closed is read to its end",
  OPTIONS,
  async () => {
    await using server = await rawServer();
    const client = transport.clientTransport(tcp(server.port));
    const { messages } = client.call(request());
    const peer = await server.accept();
    await peer.next("HEADERS");
    const frame = encodeFrame(FRAME.DATA, 0, 1, grpcMessage(1));
    await peer.send(
      peer.headers(1, RESPONSE),
      ...Array.from({ length: 10_000 }, () => frame),
      peer.headers(1, [["grpc-status", "0"]], true),
    );
    peer.socket.end();
    assertEquals((await rest(messages)).length, 10_000);
    await client.close();
  },
);

test(
  "fairness: calls of what is not there are counted as a flood",
  OPTIONS,
  async () => {
    await using t = await pair(() =>
      failure(new FlightError("UNIMPLEMENTED", "there is no such method"))
    );
    await using peer = await politeClient(t.server.port);
    await using other = await politeClient(t.server.port);
    const requests = Array.from(
      { length: MANY },
      (_, i) => peer.headers(2 * i + 1, REQUEST, true),
    );
    void peer.send(concatBytes(requests));
    assertEquals(await peer.goaway(), "ENHANCE_YOUR_CALM");
    // A thousand are none, and other connections do not notice.
    for (let i = 0; i < 1000; i++) {
      await other.send(other.headers(2 * i + 1, REQUEST, true));
    }
    assertEquals(await statusOf(other, 1999), "12");
    await other.ping();
  },
);

test(
  "fairness: failures that a service decides on are no flood",
  OPTIONS,
  async () => {
    await using t = await pair(() =>
      failure(new FlightError("NOT_FOUND", "there is no such flight"))
    );
    await using peer = await politeClient(t.server.port);
    const requests = Array.from(
      { length: MANY },
      (_, i) => peer.headers(2 * i + 1, REQUEST, true),
    );
    await peer.send(concatBytes(requests));
    assertEquals(await statusOf(peer, 2 * MANY - 1), "5");
    await peer.ping();
  },
);

test(
  "fairness: bytes that wait for their turn stay as they came",
  OPTIONS,
  async () => {
    // More frames in each chunk than a turn reads.
    const received: Uint8Array[] = [];
    await using t = await pair((call) =>
      answer(
        new TestSource(async (i) => {
          if (i > 0) return undefined;
          let bytes;
          while ((bytes = await call.messages.read())) received.push(bytes);
          return message("done");
        }),
      )
    );
    await using peer = await politeClient(t.server.port);
    const frames = Array.from(
      { length: 3000 },
      (_, i) =>
        encodeFrame(
          FRAME.DATA,
          i === 2999 ? FLAG.END_STREAM : 0,
          1,
          grpcMessage(10, i % 251),
        ),
    );
    await peer.send(peer.headers(1), ...frames);
    assertEquals(await statusOf(peer, 1), "0");
    assertEquals(received.length, 3000);
    received.forEach((bytes, i) =>
      assertEquals(bytes, new Uint8Array(10).fill(i % 251))
    );
  },
);
