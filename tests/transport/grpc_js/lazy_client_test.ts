/** A client of grpc-js before grpc-js is loaded. */

import { test } from "node:test";

import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";

import { FlightError } from "../../../internal/core/flight_error.ts";
import { FlightHeaders } from "../../../internal/core/flight_headers.ts";
import { LazyClientTransport } from "../../../internal/transport/grpc_js/lazy_client.ts";
import { memoryClientTransport } from "../../../internal/transport/memory/client.ts";
import type {
  ClientTransport,
  OutgoingMessage,
} from "../../../internal/seam/transport.ts";
import {
  answer,
  echo,
  flightError,
  request,
} from "../../support/transport/call_parts.ts";
import { message, text } from "../../support/transport/messages.ts";
import { never, rest, values } from "../../support/transport/test_source.ts";

/** A transport that is loaded when the test says so. */
function lazy(loaded: ClientTransport = memoryClientTransport(echo)): {
  transport: LazyClientTransport;
  load: () => void;
  fail: (error: Error) => void;
  loads: () => number;
} {
  const { promise, resolve, reject } = Promise.withResolvers<ClientTransport>();
  let loads = 0;
  return {
    transport: new LazyClientTransport("grpc+tcp://localhost:1", () => {
      loads++;
      return promise;
    }),
    load: () => resolve(loaded),
    fail: reject,
    loads: () => loads,
  };
}

test("lazy client: nothing is loaded before the first call, and then once", async () => {
  const { transport, load, loads } = lazy();
  assertEquals(loads(), 0);
  const calls = ["a", "b"].map((text) =>
    transport.call(request({ messages: values(message(text)) }))
  );
  assertEquals(loads(), 1);
  load();
  for (const call of calls) assertEquals((await rest(call.messages)).length, 1);
  const { messages } = transport.call(
    request({ messages: values(message("c")) }),
  );
  assertEquals((await rest(messages)).map(text), ["c"]);
  assertEquals(loads(), 1);
  await transport.close();
});

test("lazy client: headers and trailers come through", async () => {
  const { transport, load } = lazy(
    memoryClientTransport(() =>
      answer(values(), {
        headers: new FlightHeaders({ a: "1" }),
        trailers: new FlightHeaders({ b: "2" }),
      })
    ),
  );
  const { headers, messages, trailers } = transport.call(request());
  assertEquals(trailers().get("b"), undefined);
  load();
  assertEquals((await headers).get("a"), "1");
  assertEquals(await rest(messages), []);
  assertEquals(trailers().get("b"), "2");
});

test("lazy client: a call that is aborted or cancelled while it waits ends so", async () => {
  const { transport, load } = lazy();
  const controller = new AbortController();
  const aborted = transport.call(request({
    messages: never(),
    signal: controller.signal,
  }));
  const source = never<OutgoingMessage>();
  const cancelled = transport.call(request({ messages: source }));
  controller.abort("enough");
  cancelled.messages.cancel("too much");
  load();
  assertEquals(
    await aborted.messages.read().catch((reason) => reason),
    "enough",
  );
  assertEquals(await source.cancelled, "too much");
  await transport.close();
});

test("lazy client: a client that is closed while it waits ends its calls", async () => {
  const { transport, load } = lazy();
  const source = never<OutgoingMessage>();
  const { headers, messages } = transport.call(request({ messages: source }));
  const closed = transport.close();
  const late = transport.call(request());
  load();
  await closed;
  for (const reading of [headers, messages.read(), late.messages.read()]) {
    const { code, details } = await flightError(reading);
    assertEquals([code, details], ["CANCELLED", "the client was closed"]);
  }
  assertEquals((await source.cancelled as FlightError).code, "CANCELLED");
});

test("lazy client: a client that is closed before its first call loads nothing", async () => {
  const { transport, loads } = lazy();
  await transport.close();
  const source = never<OutgoingMessage>();
  const { headers, messages } = transport.call(request({ messages: source }));
  const error = await flightError(messages.read());
  assertEquals([error.code, error.origin], ["CANCELLED", "local"]);
  assertStrictEquals(await flightError(headers), error);
  assertStrictEquals(await source.cancelled, error);
  messages.cancel("again");
  assertEquals(loads(), 0);
});

test("lazy client: what cannot be loaded fails every call, with the reason", async () => {
  const { transport, fail } = lazy();
  const cause = new Error("no such package");
  const source = never<OutgoingMessage>();
  const { headers, messages } = transport.call(request({ messages: source }));
  fail(cause);
  const error = await flightError(messages.read());
  assertEquals([error.code, error.details, error.cause], [
    "FAILED_PRECONDITION",
    "cannot load @grpc/grpc-js: no such package",
    cause,
  ]);
  assertStrictEquals(await flightError(headers), error);
  assertStrictEquals(await source.cancelled, error);
  await assertRejects(
    () => transport.call(request()).messages.read(),
    FlightError,
    "no such package",
  );
  await transport.close();
});
