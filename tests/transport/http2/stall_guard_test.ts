/** Detection of clients that do not read. */

import { test } from "node:test";

import { assertEquals } from "@std/assert";

import type { Http2Connection } from "../../../internal/http2/connection/connection.ts";
import { OutgoingData } from "../../../internal/socket/outgoing_data.ts";
import { StallGuard } from "../../../internal/http2/connection/stall_guard.ts";
import type { Http2Stream } from "../../../internal/http2/connection/stream.ts";

/** Far longer than a test: the guard never looks by itself. */
const TIMEOUT_MS = 1_000_000;

/** A stream with data to be sent. */
class FakeStream {
  outgoing: OutgoingData | undefined;
  isQueued = false;

  constructor(bytes: number) {
    this.outgoing = data(bytes);
  }

  send(bytes: number): void {
    this.outgoing!.copyTo(new Uint8Array(bytes), 0, bytes);
  }
}

function data(bytes: number): OutgoingData {
  return new OutgoingData([new Uint8Array(bytes)], bytes, false);
}

/** A connection with these streams, and who was found to stall when. */
function guarded(...streams: FakeStream[]): {
  looks: (time: number) => unknown[];
  fill: () => () => Promise<void>;
  destroyed: string[];
  guard: StallGuard;
} {
  const destroyed: string[] = [];
  let stalled: unknown[] = [];
  let full: Promise<void> | undefined;
  const connection = {
    streams: { open: () => streams },
    room: () => full,
    destroy: (problem: string) => destroyed.push(problem),
  };
  const guard = new StallGuard(
    connection as unknown as Http2Connection,
    TIMEOUT_MS,
    (stream: Http2Stream) => stalled.push(stream),
  );
  return {
    guard,
    destroyed,
    looks(time) {
      stalled = [];
      guard.look(time * TIMEOUT_MS);
      return stalled;
    },
    fill() {
      const { promise, resolve } = Promise.withResolvers<void>();
      full = promise;
      return async () => {
        full = undefined;
        resolve();
        await promise;
      };
    },
  };
}

test("StallGuard: a stream that does not move for the whole time stalls", () => {
  const still = new FakeStream(10);
  const moving = new FakeStream(10);
  const { looks, guard } = guarded(still, moving);
  assertEquals(looks(1), []);
  moving.send(1);
  assertEquals(looks(1.5), []);
  moving.send(1);
  assertEquals(looks(1.99), []);
  moving.send(1);
  assertEquals(looks(2), [still]);
  guard.stop();
});

test("StallGuard: the time begins anew with every byte, and with every message", () => {
  const stream = new FakeStream(10);
  const { looks, guard } = guarded(stream);
  assertEquals(looks(1), []);
  stream.send(1);
  assertEquals(looks(2), []);
  stream.outgoing = data(9);
  assertEquals(looks(3), []);
  stream.outgoing = undefined;
  assertEquals(looks(4), []);
  stream.outgoing = data(9);
  assertEquals(looks(5), []);
  assertEquals(looks(6), [stream]);
  guard.stop();
});

test("StallGuard: a stream that waits for its turn moves with the others", () => {
  const waiting = new FakeStream(10);
  waiting.isQueued = true;
  const moving = new FakeStream(10);
  const { looks, guard } = guarded(waiting, moving);
  for (let time = 1; time < 6; time++) {
    assertEquals(looks(time), []);
    moving.send(1);
  }
  // Also when the other one is done.
  moving.outgoing = undefined;
  assertEquals(looks(6), []);
  // But not when none moves: it is the connection's window that is shut.
  assertEquals(looks(7), [waiting]);
  guard.stop();
});

test("StallGuard: a connection without room for the whole time is destroyed", async () => {
  const { looks, fill, destroyed, guard } = guarded();
  let drain = fill();
  looks(1);
  looks(1.9);
  await drain();
  drain = fill();
  looks(2);
  looks(2.9);
  assertEquals(destroyed, []);
  looks(3);
  assertEquals(destroyed, ["the peer does not read"]);
  await drain();
  guard.stop();
});
