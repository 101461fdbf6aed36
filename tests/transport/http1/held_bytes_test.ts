/** Bytes of a request that have to wait for its reader. */

import { Buffer } from "node:buffer";
import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { Http1Connection } from "../../../internal/http1/connection.ts";
import type { Http1Exchange } from "../../../internal/http1/exchange.ts";
import { FakeSocket } from "../../fuzz/targets/fake_socket.ts";

test("Http1Connection: giving credit reads on, but not before it returns", async () => {
  const socket = new FakeSocket(false);
  const events: string[] = [];
  let exchange: Http1Exchange | undefined;
  new Http1Connection(socket.socket, {
    maxHeadBytes: 1000,
    unreadBytes: 4,
    headTimeoutMs: 20_000,
    stallTimeoutMs: undefined,
  }, {
    onExchange: (begun) => {
      exchange = begun;
      begun.listener = {
        onStreamData: (chunk, start, end) =>
          void events.push(Buffer.from(chunk.subarray(start, end)).toString()),
        placeStreamData: () => undefined,
        onStreamDataPlaced: () => {},
        onStreamEnd: () => void events.push("end"),
        onStreamReset: () => void events.push("reset"),
      };
    },
    onIdle: () => {},
    onStall: () => {},
    onEnd: () => {},
  });
  socket.receive(Buffer.from(
    "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n" +
      "4\r\nabcd\r\n2\r\nef\r\n0\r\n\r\n",
  ));
  assertEquals(events, ["abcd"]);
  exchange!.credit(4);
  // A reader that gives credit while it takes a message must not find another one behind it.
  assertEquals(events, ["abcd"]);
  await Promise.resolve();
  assertEquals(events, ["abcd", "ef", "end"]);
  socket.hangUp();
});
