/** Requests that come compressed: what every transport over a network must do. */

import { Buffer } from "node:buffer";
import * as http2 from "node:http2";
import { deflateSync, gzipSync } from "node:zlib";

import { assertEquals, assertMatch } from "@std/assert";

import {
  answer,
  flightError,
  type ServerRequest,
} from "../support/transport/call_parts.ts";
import { never } from "../support/transport/test_source.ts";
import type { TestedTransport } from "../support/transport/tested_transport.ts";

const MEBIBYTE = 1024 * 1024;

/** Bytes that compress to about a half. */
function halfRandom(byteLength: number): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  let seed = 7;
  for (let i = 0; i < byteLength; i++) {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
    bytes[i] = (seed >>> 16) & 15;
  }
  return bytes;
}

/** A message with its prefix. */
function framed(bytes: Uint8Array, flag = 1): Uint8Array {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}

/** Registers the tests for one transport. */
export function testCompressed({ pair, test }: TestedTransport): void {
  /** A server whose calls are taken one by one, and a client of it. */
  async function taken(options: {
    maxReceiveMessageBytes?: number;
    maxInflatedBytes?: number;
  }) {
    const calls: ServerRequest[] = [];
    let wake = () => {};
    const t = await pair((request) => {
      calls.push(request);
      wake();
      return answer(never());
    }, { server: options });
    const session = http2.connect(`http://127.0.0.1:${t.server.port}`);
    session.on("error", () => {});
    return {
      /** Sends a request; the call it arrives as does not end by itself. */
      async send(encoding: string, ...messages: Uint8Array[]) {
        const stream = session.request({
          ":method": "POST",
          ":path": "/x",
          "content-type": "application/grpc",
          te: "trailers",
          "grpc-encoding": encoding,
        });
        stream.on("error", () => {});
        stream.resume();
        stream.end(Buffer.concat(messages));
        while (calls.length === 0) {
          await new Promise<void>((resolve) => wake = resolve);
        }
        return { stream, request: calls.shift()! };
      },
      async [Symbol.asyncDispose]() {
        session.destroy();
        await t[Symbol.asyncDispose]();
      },
    };
  }

  test("compressed requests are read, of every size", async () => {
    await using t = await taken({});
    const sizes = [0, 1, 2000, 100_000, 3 * MEBIBYTE];
    for (
      const [encoding, encode] of [["gzip", gzipSync], [
        "deflate",
        deflateSync,
      ]] as const
    ) {
      const messages = sizes.map(halfRandom);
      const { request } = await t.send(
        encoding,
        ...messages.flatMap((bytes) => [
          framed(encode(bytes)),
          framed(bytes.subarray(0, 10), 0),
        ]),
      );
      for (const bytes of messages) {
        assertEquals(
          Buffer.compare((await request.messages.read())!, bytes),
          0,
        );
        assertEquals(await request.messages.read(), bytes.slice(0, 10));
      }
      assertEquals(await request.messages.read(), undefined);
    }
  });

  test("compressed requests that are malformed or too large fail their call", async () => {
    await using t = await taken({ maxReceiveMessageBytes: MEBIBYTE });
    const zeros = new Uint8Array(MEBIBYTE + 1);
    const good = gzipSync(halfRandom(50_000));
    const half = good.length >> 1;
    const bad = Uint8Array.from(good).fill(0xff, half, half + 100);
    for (
      const [message, code, details] of [
        [gzipSync(zeros), "RESOURCE_EXHAUSTED", /maxReceiveMessageBytes/],
        [gzipSync(halfRandom(zeros.length)), "RESOURCE_EXHAUSTED", /maxRec/],
        [good.subarray(0, half), "INTERNAL", /cannot be decompressed/],
        [good.subarray(0, 15), "INTERNAL", /cannot be decompressed/],
        [bad, "INTERNAL", /cannot be decompressed/],
        [new Uint8Array(0), "INTERNAL", /cannot be decompressed/],
        [Uint8Array.of(1, 2, 3), "INTERNAL", /cannot be decompressed/],
      ] as const
    ) {
      const { request, stream } = await t.send("gzip", framed(message));
      const error = await flightError(request.messages.read());
      assertEquals(error.code, code);
      assertMatch(error.details, details);
      stream.close();
    }
    const { request } = await t.send("gzip", framed(good));
    assertEquals((await request.messages.read())!.length, 50_000);
  });

  test("maxInflatedBytes bounds the messages of all calls, until they are read past", async () => {
    await using t = await taken({ maxInflatedBytes: 9 * MEBIBYTE });
    const message = framed(gzipSync(new Uint8Array(4 * MEBIBYTE)));
    const next = framed(new Uint8Array(1), 0);
    const read = async () => {
      const call = await t.send("gzip", message, next);
      return { ...call, first: await call.request.messages.read() };
    };
    const one = await read();
    const two = await read();
    const { request } = await t.send("gzip", message);
    const error = await flightError(request.messages.read());
    assertEquals([error.code, error.details], [
      "RESOURCE_EXHAUSTED",
      "messages that came compressed take more than 9437184 bytes together " +
      "(option maxInflatedBytes)",
    ]);
    // Read past, or at its end, a message counts no more.
    await one.request.messages.read();
    const three = await read();
    two.stream.close();
    await new Promise((resolve) =>
      two.request.signal.addEventListener("abort", resolve)
    );
    const four = await read();
    for (const { first } of [one, two, three, four]) {
      assertEquals(first!.length, 4 * MEBIBYTE);
    }
  });
}
