/** The response headers of calls that fail, on every transport. */

import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import {
  FlightError,
  type FlightHeaders,
  type FlightService,
  pathDescriptor,
  serve,
} from "@contrail/flight";
import { callHooks, type FlightInterceptor } from "@contrail/flight/middleware";
import {
  encodeFrame,
  FLAG,
  FRAME,
  grpcMessage,
  REQUEST,
} from "../support/http2/raw_frames.ts";
import { rawClient } from "../support/http2/raw_peer.ts";
import { assertFlightError } from "../support/rejections.ts";
import { event, turns } from "../support/events.ts";
import { NUMBERS } from "../support/numbers.ts";
import {
  callTest as rpcTest,
  type Connected,
  interceptorTest,
} from "../support/transports.ts";

const SOME = pathDescriptor("some");

const FAILING: FlightService = {
  getFlightInfo(_, context) {
    context.responseTrailers.set("x-trail", "1");
    throw new FlightError("UNAVAILABLE", "come back later");
  },
};

/** Makes a call that must fail; gives its error. */
function fail({ client }: Connected): Promise<FlightError> {
  return assertFlightError(client.getFlightInfo(SOME), "UNAVAILABLE");
}

rpcTest(
  "headers of failed calls: a call that fails at once has no headers",
  async (connectTo) => {
    await using peer = await connectTo(FAILING);
    const error = await fail(peer);
    assertEquals(error.headers, undefined);
    assertEquals(error.trailers!.get("x-trail"), "1");
  },
);

rpcTest(
  "headers of failed calls: a call that fails later has no headers either",
  async (connectTo) => {
    await using peer = await connectTo({
      async getFlightInfo() {
        await turns(3);
        throw new FlightError("UNAVAILABLE", "come back later");
      },
    });
    assertEquals((await fail(peer)).headers, undefined);
  },
);

rpcTest(
  "headers of failed calls: headers with something in them come before a failure",
  async (connectTo) => {
    await using peer = await connectTo({
      getFlightInfo(_, context) {
        context.responseHeaders.set("x-head", "1");
        throw new FlightError("UNAVAILABLE", "come back later");
      },
    });
    assertEquals((await fail(peer)).headers?.get("x-head"), "1");
  },
);

// Not through clientRetry, which waits for the first message.
interceptorTest(
  "headers of failed calls: empty headers that a handler sends come at once",
  async (connectTo) => {
    const arrived = event();
    await using peer = await connectTo({
      async doGet(_, context) {
        context.sendHeaders();
        await arrived.promise;
        throw new FlightError("UNAVAILABLE", "come back later");
      },
    });
    const stream = peer.client.doGet("some", {
      onHeaders: () => arrived.resolve(),
    });
    const error = await assertFlightError(stream.schema, "UNAVAILABLE");
    assert(error.headers !== undefined, "the headers are lost");
  },
);

rpcTest(
  "headers of failed calls: an interceptor may add headers to a call that fails",
  async (connectTo) => {
    const adding = callHooks(() => ({
      onHeaders: (headers) => headers.set("x-head", "1"),
    }));
    await using peer = await connectTo(FAILING, {
      serverInterceptors: [adding],
    });
    const error = await fail(peer);
    assertEquals(error.headers?.get("x-head"), "1");
    assertEquals(error.trailers!.get("x-trail"), "1");
  },
);

rpcTest(
  "headers of failed calls: an interceptor that adds none makes no headers",
  async (connectTo) => {
    let seen = 0;
    const looking = callHooks(() => ({ onHeaders: () => void seen++ }));
    await using peer = await connectTo(FAILING, {
      serverInterceptors: [looking],
    });
    assertEquals((await fail(peer)).headers, undefined);
    assertEquals(seen, 1);
  },
);

rpcTest(
  "headers of failed calls: a call that an interceptor refuses has no headers",
  async (connectTo) => {
    const refusing: FlightInterceptor = () => {
      throw new FlightError("UNAVAILABLE", "come back later");
    };
    await using peer = await connectTo(FAILING, {
      serverInterceptors: [refusing],
    });
    assertEquals((await fail(peer)).headers, undefined);
  },
);

rpcTest(
  "headers of failed calls: an interceptor may fail before the handler has begun",
  async (connectTo) => {
    // Nothing reads what the handler gives, so nothing sends its headers.
    const failing: FlightInterceptor = (call, next) => ({
      ...next(call),
      messages: {
        read: () =>
          Promise.reject(new FlightError("UNAVAILABLE", "come back later")),
        cancel() {},
      },
    });
    await using peer = await connectTo({ getFlightInfo: () => undefined }, {
      serverInterceptors: [failing],
    });
    assertEquals((await fail(peer)).headers, undefined);
  },
);

rpcTest(
  "headers of failed calls: an interceptor may answer in the place of a handler that failed",
  async (connectTo) => {
    const forgiving: FlightInterceptor = (call, next) => {
      const response = next(call);
      let isOver = false;
      return {
        ...response,
        messages: {
          async read() {
            if (isOver) return undefined;
            try {
              return await response.messages.read();
            } catch {
              isOver = true;
              // A FlightInfo without fields.
              return { chunks: [], byteLength: 0 };
            }
          },
          cancel: (reason) => response.messages.cancel(reason),
        },
      };
    };
    await using peer = await connectTo(FAILING, {
      serverInterceptors: [forgiving],
    });
    let headers: FlightHeaders | undefined;
    const { endpoints } = await peer.client.getFlightInfo(SOME, {
      onHeaders: (received) => headers = received,
    });
    assertEquals(endpoints, []);
    assert(headers !== undefined, "there are no headers");
  },
);

rpcTest(
  "headers of failed calls: an upload that fails at once has no headers",
  async (connectTo) => {
    await using peer = await connectTo({
      doPut() {
        throw new FlightError("UNAVAILABLE", "come back later");
      },
    });
    const { writable, results } = peer.client.doPut(SOME, { schema: NUMBERS });
    writable.close().catch(() => {});
    const error = await assertFlightError(
      Array.fromAsync(results),
      "UNAVAILABLE",
    );
    assertEquals(error.headers, undefined);
  },
);

test("headers of failed calls: on the wire it is Trailers-Only: one HEADERS with END_STREAM", async () => {
  await using server = await serve(FAILING);
  await using raw = await rawClient(server.port);
  const path = "/arrow.flight.protocol.FlightService/GetFlightInfo";
  await raw.send(
    raw.headers(1, [...new Map(REQUEST).set(":path", path)]),
    encodeFrame(FRAME.DATA, FLAG.END_STREAM, 1, grpcMessage(0)),
  );
  const { headers, flags } = await raw.next("HEADERS");
  assertEquals(flags & FLAG.END_STREAM, FLAG.END_STREAM);
  assertEquals(headers![":status"], "200");
  assertEquals(headers!["content-type"], "application/grpc");
  assertEquals(headers!["grpc-status"], "14");
  assertEquals(headers!["x-trail"], "1");
});
