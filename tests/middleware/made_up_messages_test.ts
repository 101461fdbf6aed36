/** Interceptors may only pass on the messages that they were given. */

import { FlightError } from "@contrail/flight";
import type { FlightInterceptor, Source } from "@contrail/flight/middleware";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { interceptorTest } from "../support/transports.ts";

/** Messages with another one in front of them. */
function withFirst<T>(first: T, messages: Source<T>): Source<T> {
  let isRead = false;
  return {
    read() {
      if (isRead) return messages.read();
      isRead = true;
      return Promise.resolve(first);
    },
    cancel: (reason) => messages.cancel(reason),
  };
}

const inRequest: FlightInterceptor = (call, next) =>
  next({ ...call, messages: withFirst({ byteLength: 3 }, call.messages) });

const inAnswer: FlightInterceptor = (call, next) => {
  const response = next(call);
  return {
    ...response,
    messages: withFirst({ byteLength: 3 }, response.messages),
  };
};

const service = { *listActions() {} };
const text =
  "an interceptor must pass on messages that it was given, not Object";

interceptorTest(
  "a client's interceptor that makes up a message fails its call",
  async (connectTo) => {
    for (const interceptor of [inRequest, inAnswer]) {
      await using peer = await connectTo(service, {
        clientInterceptors: [interceptor],
      });
      await assertRejects(
        () => Array.fromAsync(peer.client.listActions()),
        TypeError,
        text,
      );
    }
  },
);

interceptorTest(
  "a server's interceptor that makes up a message fails its call",
  async (connectTo) => {
    for (const interceptor of [inRequest, inAnswer]) {
      await using peer = await connectTo(service, {
        serverInterceptors: [interceptor],
      });
      const error = await assertRejects(
        () => Array.fromAsync(peer.client.listActions()),
        FlightError,
      );
      assertEquals(error.code, "UNKNOWN");
      assert(String(peer.errors[0]).includes(text), String(peer.errors[0]));
    }
  },
);
