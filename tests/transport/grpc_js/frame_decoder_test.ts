import { Buffer } from "node:buffer";
import { test } from "node:test";

import { assertEquals } from "@std/assert";

import { FrameDecoder } from "../../../internal/transport/grpc_js/message_reader.ts";

test("grpc-js messages: a few bytes of a message do not keep the buffer they came in (grpc-js)", () => {
  const decoder = new FrameDecoder(-1, () => undefined);
  const prefix = [0, 0, 0, 0, 3];
  const received: Buffer[] = [];
  for (const byte of [...prefix, 7, 8, 9]) {
    const buffer = Buffer.alloc(64 * 1024);
    buffer[1000] = byte;
    received.push(...decoder.write(buffer.subarray(1000, 1001)));
    // Kept bytes are a copy.
    buffer.fill(0);
  }
  assertEquals(received.map((message) => [...message.subarray(5)]), [
    [7, 8, 9],
  ]);
});
