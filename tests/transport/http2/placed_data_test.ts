/** Data that is read to its final place, past the chunks of the socket. */

import { Buffer } from "node:buffer";
import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { FlightError } from "../../../internal/core/flight_error.ts";
import { FrameReader } from "../../../internal/http2/frame/frame_reader.ts";
import type { HeaderList } from "../../../internal/http2/hpack/header.ts";
import { concatBytes } from "../../../internal/base/bytes.ts";
import { deferred } from "../../../internal/base/deferred.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import {
  encodeFrame,
  FLAG,
  FRAME,
  grpcMessage,
  REQUEST,
} from "../../support/http2/raw_frames.ts";
import { endsOf } from "../../support/http2/ends.ts";
import type { RawPeer } from "../../support/http2/raw_peer.ts";
import type { OutgoingMessage } from "../../../internal/seam/transport.ts";
import { answer } from "../../support/transport/call_parts.ts";
import { message } from "../../support/transport/messages.ts";
import { TestSource } from "../../support/transport/test_source.ts";

const { transport: { pair }, rawClient } = endsOf(import.meta.url);

type Random = () => number;

/** The first reads of a stream open its window to 4 MiB. */
const OPENER = grpcMessage(8192);

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

function bytesOf(random: Random, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 997) bytes[at] = 1 + below(random, 255);
  return bytes;
}

/** A DATA frame, padded now and then. */
function dataFrame(
  random: Random,
  streamId: number,
  data: Uint8Array,
  flags = 0,
): Uint8Array {
  const padding = random() < 0.3 ? below(random, 256) : undefined;
  return padding === undefined
    ? encodeFrame(FRAME.DATA, flags, streamId, data)
    : encodeFrame(
      FRAME.DATA,
      flags | FLAG.PADDED,
      streamId,
      concatBytes([Uint8Array.of(padding), data, new Uint8Array(padding)]),
    );
}

test("FrameReader: data is the same in place, in chunks, and in both", () => {
  let framesPlaced = 0;
  for (let seed = 1; seed <= 4; seed++) {
    const random = seededRandom(seed);
    const frames: Uint8Array[] = [];
    const sent = new Map<number, Uint8Array[]>();
    for (let i = 0; i < 30; i++) {
      if (random() < 0.2) {
        frames.push(encodeFrame(FRAME.PING, 0, 0, new Uint8Array(8)));
        continue;
      }
      const id = 1 + 2 * below(random, 3);
      const data = bytesOf(random, below(random, 500_000));
      frames.push(dataFrame(random, id, data));
      sent.set(id, [...sent.get(id) ?? [], data]);
    }
    const input = concatBytes(frames);
    const received = new Map<number, Uint8Array[]>();
    let memory: Uint8Array | undefined;
    let streamId = 0;
    let ended = 0;
    let pings = 0;
    let placed = 0;
    const add = (bytes: Uint8Array) =>
      received.set(streamId, [...received.get(streamId) ?? [], bytes.slice()]);
    const reader = new FrameReader({
      onFrameHeader: (header) => {
        streamId = header.streamId;
        return header.length;
      },
      onDataFrame: (_, chunk, start, end) => add(chunk.subarray(start, end)),
      placeData: (bytes) => {
        if (random() < 0.2) return undefined;
        // The message may end before the frame does.
        const room = random() < 0.5 ? bytes : 1 + below(random, bytes);
        return memory = new Uint8Array(room);
      },
      placeFrame: () => {
        if (random() < 0.5) return undefined;
        framesPlaced++;
        return new Uint8Array(1 + below(random, 700_000));
      },
      get isRegular() {
        return random() < 0.5;
      },
      onDataPlaced: (bytes) => {
        placed += bytes;
        add(memory!.subarray(0, bytes));
      },
      onDataFrameEnd: () => ended++,
      onFrame: () => pings++,
    });
    for (let at = 0; at < input.length;) {
      // A turn may end in the middle of what has come.
      reader.work = random() < 0.5 ? 1 : 1000;
      const place = reader.place();
      const most = place?.length ?? 300_000;
      const end = Math.min(input.length, at + 1 + below(random, most));
      const chunk = input.slice(at, end);
      let read: number;
      if (place) {
        place.set(chunk);
        read = reader.placed(place, chunk.length);
      } else read = reader.push(chunk);
      while (read < chunk.length) {
        reader.work = 1;
        read = reader.push(chunk, read);
      }
      at = end;
    }
    assertEquals(ended + pings, frames.length);
    assert(placed > 0);
    for (const [id, data] of sent) {
      const all = concatBytes(received.get(id)!);
      assertEquals(Buffer.compare(all, concatBytes(data)), 0);
    }
  }
  assert(framesPlaced > 0);
});

/** Starts a call, and waits until its window is open. */
async function openStream(
  peer: RawPeer,
  id: number,
  headers: HeaderList = [],
): Promise<void> {
  await peer.send(
    peer.headers(id, [...REQUEST, ...headers]),
    encodeFrame(FRAME.DATA, 0, id, OPENER),
  );
  await peer.next("WINDOW_UPDATE", ({ streamId }) => streamId === id);
}

test("large messages of two streams in turns arrive unchanged", async () => {
  for (let seed = 1; seed <= 4; seed++) {
    const random = seededRandom(seed);
    const received = new Map<string, Uint8Array[]>();
    await using t = await pair((request) => {
      const own: Uint8Array[] = [];
      received.set(request.headers.get("x-call")!, own);
      return answer(
        new TestSource(async (i) => {
          if (i > 0) return undefined;
          let bytes;
          while ((bytes = await request.messages.read())) own.push(bytes);
          return message("done");
        }),
      );
    });
    await using peer = await rawClient(t.server.port);
    const ids = [1, 3];
    const sent = new Map<number, Uint8Array>();
    for (const id of ids) {
      await openStream(peer, id, [["x-call", String(id)]]);
      const body = bytesOf(random, 1_000_000 + below(random, 500_000));
      body.set(grpcMessage(body.length - 5).subarray(0, 5));
      sent.set(id, body);
    }
    const offsets = new Map(ids.map((id) => [id, 0]));
    while (offsets.size > 0) {
      const id = [...offsets.keys()][below(random, offsets.size)]!;
      const at = offsets.get(id)!;
      const body = sent.get(id)!;
      const part = body.subarray(at, at + 150_000 + below(random, 500_000));
      const isLast = at + part.length === body.length;
      const flags = isLast ? FLAG.END_STREAM : 0;
      const frame = dataFrame(random, id, part, flags);
      const cut = below(random, frame.length);
      await peer.send(frame.subarray(0, cut));
      await peer.send(frame.subarray(cut));
      if (isLast) offsets.delete(id);
      else offsets.set(id, at + part.length);
    }
    for (const _ of ids) {
      await peer.next("HEADERS", ({ headers }) => "grpc-status" in headers!);
    }
    for (const id of ids) {
      const [opener, body] = received.get(String(id))!;
      assertEquals(opener, OPENER.subarray(5));
      assertEquals(body, sent.get(id)!.subarray(5));
    }
  }
});

/** Sends the first part of a frame of a call that is read, and waits until most of it was read. */
async function sendMost(peer: RawPeer, frame: Uint8Array): Promise<Uint8Array> {
  const at = 700_000;
  await peer.send(frame.subarray(0, at));
  await peer.next("WINDOW_UPDATE", ({ streamId }) => streamId === 1);
  return frame.subarray(at);
}

test("a call that ends in the middle of a large message leaves the others alone", async () => {
  const received: Uint8Array[] = [];
  const fail = deferred<void>();
  await using t = await pair((request) =>
    answer(
      new TestSource(async (i) => {
        if (i > 0) return undefined;
        if (request.headers.has("x-fails")) {
          await request.messages.read();
          await Promise.race([request.messages.read(), fail.promise]);
          throw new FlightError("ABORTED", "enough");
        }
        let bytes;
        while ((bytes = await request.messages.read())) received.push(bytes);
        return message("done");
      }),
    )
  );
  await using peer = await rawClient(t.server.port);
  await openStream(peer, 1, [["x-fails", "1"]]);
  await openStream(peer, 3);
  const body = grpcMessage(900_000, 7);
  const rest = await sendMost(peer, encodeFrame(FRAME.DATA, 0, 1, body));
  fail.resolve();
  const { headers } = await peer.next(
    "HEADERS",
    ({ streamId }) => streamId === 1,
  );
  assertEquals(headers!["grpc-status"], "10");
  const other = grpcMessage(900_000, 9);
  await peer.send(rest);
  await peer.send(encodeFrame(FRAME.DATA, FLAG.END_STREAM, 3, other));
  await peer.next(
    "HEADERS",
    ({ headers }) => headers!["grpc-status"] === "0",
  );
  assertEquals(received.at(-1), other.subarray(5));
});

test("more data than its content-length fails a call, also in place", async () => {
  await using t = await pair((request) =>
    answer(
      new TestSource<OutgoingMessage>(async () => {
        while (await request.messages.read());
        return undefined;
      }),
    )
  );
  await using peer = await rawClient(t.server.port);
  const length = String(OPENER.length + 800_000);
  await openStream(peer, 1, [["content-length", length]]);
  const body = grpcMessage(900_000, 7);
  const rest = await sendMost(peer, encodeFrame(FRAME.DATA, 0, 1, body));
  await peer.send(rest);
  assertEquals(await peer.reset(1), "PROTOCOL_ERROR");
  await peer.ping();
});
