import { test } from "node:test";
import {
  clearInterval,
  setImmediate,
  setInterval,
  setTimeout,
} from "node:timers";

import { assertEquals } from "@std/assert";

import type { Http2Connection } from "../../../internal/http2/connection/connection.ts";
import { Keepalive } from "../../../internal/http2/connection/keepalive.ts";

test("an answer that waits in the socket counts, however late the timer is", async () => {
  const timeoutMs = 10;
  let pings = 0;
  const problem = await new Promise<string>((resolve) => {
    const connection = {
      isEnded: false,
      lastHeard: performance.now(),
      ping() {
        // The first answers are read in the turn after that of the timer, as
        // where the event loop was blocked until then; there is no third one.
        if (++pings > 2) return;
        setTimeout(() => {
          setImmediate(() => connection.lastHeard = performance.now());
        }, timeoutMs);
      },
      destroy: resolve,
    };
    new Keepalive(connection as unknown as Http2Connection, 5, timeoutMs);
    // Keepalive does not keep the process alive.
    const alive = setInterval(() => pings > 2 && clearInterval(alive), 1000);
  });
  assertEquals(pings, 3);
  assertEquals(
    problem,
    "no answer to a ping within 10 ms (option keepaliveTimeoutMs)",
  );
});
