import { test } from "node:test";
import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import type { FlightError, FlightService } from "@contrail/flight";
import {
  flightHandler,
  type FlightHandlerServerOptions,
} from "@contrail/flight/handler";
import { connectWeb } from "@contrail/flight/web";
import { aborted, event } from "../../support/events.ts";
import { numbers } from "../../support/numbers.ts";
import { type FetchServer, serveFetch } from "../../support/serve_fetch.ts";
import type { OutgoingMessage } from "../../../internal/seam/transport.ts";
import { webHandler } from "../../../internal/transport/grpc_web/handler.ts";
import { answer } from "../../support/transport/call_parts.ts";
import { TestSource } from "../../support/transport/test_source.ts";
import { credit, frame, message, shown } from "./frames.ts";
import { type RawClient, rawClient } from "./raw_client.ts";
import { masked, upgrade } from "./raw_upgrade.ts";

/** A service whose calls go on until their end, which it tells. */
function waiting(): { service: FlightService; ended: Promise<FlightError> } {
  const { promise, resolve } = event<FlightError>();
  const service: FlightService = {
    async doExchange(_input, { signal }) {
      resolve(await aborted(signal) as FlightError);
    },
    listActions: () => [{ type: "well", description: "" }],
  };
  return { service, ended: promise };
}

/** Other clients are served as if nothing had happened. */
async function assertWell({ url }: FetchServer): Promise<void> {
  await using client = connectWeb(url, { webSocket: true });
  assertEquals((await Array.fromAsync(client.listActions())).length, 1);
}

/** Each fault, and the text that names it. */
const FAULTS: Readonly<
  Record<string, readonly [send: (client: RawClient) => void, text: RegExp]>
> = {
  "an empty message": [
    (c) => c.send(new Uint8Array()),
    /a message of the socket is empty/,
  ],
  "an unknown type": [
    (c) => c.send(Uint8Array.of(7, 0, 0, 0, 0)),
    /a frame has the type 7/,
  ],
  "half a head": [
    (c) => c.send(Uint8Array.of(0, 0, 0)),
    /a frame DATA exceeds its message/,
  ],
  "a frame that is cut short": [
    (c) => c.send(frame("data", message(9)).subarray(0, 18)),
    /a frame DATA exceeds its message/,
  ],
  "a fault behind other frames": [
    (c) => c.send(Uint8Array.of(...frame("ping"), ...frame("halfClose"), 9)),
    /a frame has the type 9/,
  ],
  "a text message": [(c) => c.sendText("hello"), /a text message came/],
  "HEADERS twice": [(c) => c.send(frame("headers")), /HEADERS came twice/],
  "HALF_CLOSE twice": [
    (c) => c.send(frame("halfClose"), frame("halfClose")),
    /HALF_CLOSE came twice/,
  ],
  "a long HALF_CLOSE": [
    (c) => c.send(frame("halfClose", [1])),
    /a frame HALF_CLOSE has 1 bytes instead of 0/,
  ],
  "DATA after HALF_CLOSE": [
    (c) => c.send(frame("halfClose"), frame("data", message(1))),
    /DATA came after HALF_CLOSE/,
  ],
  "an empty DATA": [(c) => c.send(frame("data")), /a frame DATA is empty/],
  "TRAILERS of a client": [
    (c) => c.send(frame("trailers", "grpc-status: 0\r\n")),
    /TRAILERS came from a client/,
  ],
  "a CREDIT of nothing": [(c) => c.send(credit(0)), /a CREDIT of 0 bytes/],
  "a CREDIT that overflows": [
    (c) => c.send(credit(2 ** 31 - 1)),
    /a CREDIT of 2147483647 bytes, in addition to 65535/,
  ],
  "a short CREDIT": [
    (c) => c.send(frame("credit", [1])),
    /a frame CREDIT has 1 bytes instead of 4/,
  ],
  "DATA beyond the credit, at once": [
    (c) => c.send(frame("data", message(65_535))),
    /a frame DATA of 65540 bytes came, where 65535 were allowed/,
  ],
  "DATA beyond the credit, in parts": [
    (c) => c.send(frame("data", message(65_000)), frame("data", message(530))),
    /a frame DATA of 535 bytes came, where 530 were allowed/,
  ],
};

for (const [name, [send, text]] of Object.entries(FAULTS)) {
  test(`WebSocket fault: ${name} ends the call on both sides`, async () => {
    const { service, ended } = waiting();
    await using server = await serveFetch(flightHandler(service));
    using client = await rawClient(server.url, "");
    send(client);
    const { frames, code, reason } = await client.rest();
    const [type, content] = frames.at(-1)!;
    assertEquals(type, "trailers");
    assertMatch(content, /^grpc-status: 13\r\ngrpc-message: /);
    assertMatch(reason!, text);
    assertEquals(code, 4000);
    const error = await ended;
    assertEquals([error.code, error.origin], ["INTERNAL", "remote"]);
    assertMatch(error.message, text);
    await assertWell(server);
  });
}

/** Faults after which the call never begins. */
const BEFORE: typeof FAULTS = {
  "DATA before HEADERS": [
    (c) => c.send(frame("data", message(1))),
    /DATA came before HEADERS/,
  ],
  "HALF_CLOSE before HEADERS": [
    (c) => c.send(frame("halfClose")),
    /HALF_CLOSE came before HEADERS/,
  ],
  "a line of HEADERS without a colon": [
    (c) => c.send(frame("headers", "a: b\r\nforged\r\n")),
    /a line in the headers has no colon/,
  ],
  "large HEADERS": [
    (c) => c.send(frame("headers", `a: ${"b".repeat(70_000)}\r\n`)),
    /exceed the limit of 65536 bytes \(option maxHeaderListBytes\)/,
  ],
  "no HEADERS in time": [
    () => {},
    /no HEADERS came within 1000 ms \(option handshakeTimeoutMs\)/,
  ],
};

for (const [name, [send, text]] of Object.entries(BEFORE)) {
  test(`WebSocket fault: ${name} is no call`, async () => {
    let calls = 0;
    const handler = flightHandler({
      doExchange: () => void calls++,
      listActions: () => [{ type: "well", description: "" }],
    }, { handshakeTimeoutMs: 1000 });
    await using server = await serveFetch(handler);
    using client = await rawClient(server.url);
    send(client);
    const { frames, code, reason } = await client.rest();
    assertEquals(frames.map(([type]) => type), ["trailers"]);
    assertEquals(code, 4000);
    assertMatch(reason!, text);
    assertEquals(calls, 0);
    await assertWell(server);
  });
}

/** The trailers of a call of `doExchange` that reads everything. */
async function trailersOf(
  frames: readonly Uint8Array[],
  options: FlightHandlerServerOptions = {},
  headers = "",
): Promise<string> {
  const handler = flightHandler({
    async doExchange(input) {
      for await (const _ of input);
    },
  }, options);
  await using server = await serveFetch(handler);
  using client = await rawClient(server.url, headers);
  client.send(...frames);
  const [, content] = (await client.answer()).at(-1)!;
  return decodeURIComponent(content);
}

test("WebSocket fault: messages that cannot be read fail their call", async () => {
  const data = (bytes: Uint8Array) => frame("data", bytes);
  assertMatch(
    await trailersOf([data(message(2, 0x80))]),
    /grpc-status: 13\r\n.*the flag 128/,
  );
  assertMatch(
    await trailersOf([data(message(2, 1))]),
    /grpc-status: 13\r\n.*a message is compressed/,
  );
  assertMatch(
    await trailersOf([data(message(9).subarray(0, 7)), frame("halfClose")]),
    /grpc-status: 13\r\n.*the request ends in mid-message/,
  );
  assertMatch(
    await trailersOf([data(message(101))], { maxReceiveMessageBytes: 100 }),
    /grpc-status: 8\r\n.*101 bytes.* 100 bytes \(option maxReceiveMessageBytes\)/,
  );
  assertMatch(
    await trailersOf([], {}, "grpc-timeout: 1x\r\n"),
    /grpc-status: 13\r\n.*grpc-timeout is malformed/,
  );
  assertMatch(
    await trailersOf([], {}, "grpc-timeout: 20m\r\n"),
    /grpc-status: 4\r\n/,
  );
});

for (const type of ["ping", "pong", "credit"] as const) {
  test(`WebSocket flood: of ${type} it ends the socket`, async () => {
    const { service, ended } = waiting();
    await using server = await serveFetch(flightHandler(service));
    using client = await rawClient(server.url, "");
    const flood = type === "credit" ? credit(1) : frame(type);
    for (let i = 0; i < 30_000; i++) client.send(flood.slice());
    // The rest of the flood may reset the socket.
    const { frames } = await client.rest();
    const error = await ended;
    assertEquals(error.code, "RESOURCE_EXHAUSTED");
    assertMatch(
      error.message,
      new RegExp(`no progress, the last of them ${type.toUpperCase()}`),
    );
    // PONG does not pile up either.
    assertLess(frames.length, 30_000);
    await assertWell(server);
  });
}

test("WebSocket flood: a million tiny messages arrive, a window at a time", async () => {
  const COUNT = 1_000_000;
  let count = 0;
  const handler = webHandler(({ messages }) =>
    answer(
      new TestSource<OutgoingMessage>(async () => {
        while (await messages.read() !== undefined) count++;
        return undefined;
      }),
    )
  );
  await using server = await serveFetch(handler);
  using client = await rawClient(server.url, "");
  const tiny = new Uint8Array(5 * 13_000);
  let allowed = 65_535;
  let left = 5 * COUNT;
  const send = () => {
    while (left > 0 && allowed > 0) {
      const bytes = Math.min(tiny.length, left, allowed);
      client.send(frame("data", tiny.subarray(0, bytes)));
      left -= bytes;
      allowed -= bytes;
    }
    if (left === 0) client.send(frame("halfClose"));
  };
  send();
  while (true) {
    const bytes = await client.read();
    assert(bytes !== undefined, "the socket was closed too early");
    const [type] = shown(bytes);
    if (type === "trailers") break;
    if (type !== "credit") continue;
    allowed += new DataView(bytes.buffer, bytes.byteOffset).getUint32(5);
    if (left > 0) send();
  }
  assertEquals(count, COUNT);
});

test("WebSocket: a socket that dies ends the call of the server", async () => {
  const { service, ended } = waiting();
  await using server = await serveFetch(flightHandler(service));
  const { socket, status } = await upgrade(server.url);
  assertEquals(status, 101);
  socket.write(masked(2, frame("headers")));
  socket.write(masked(2, frame("data", message(100))).subarray(0, 30));
  socket.destroy();
  const error = await ended;
  assertEquals([error.code, error.origin], ["CANCELLED", "remote"]);
  await assertWell(server);
});

test("WebSocket: a client that closes ends the call of the server", async () => {
  const { service, ended } = waiting();
  await using server = await serveFetch(flightHandler(service));
  using client = await rawClient(server.url, "");
  client.send(frame("halfClose"));
  client[Symbol.dispose]();
  assertEquals((await ended).code, "CANCELLED");
});

test("WebSocket: an answer that ends early arrives, while the client still sends", async () => {
  const handler = flightHandler({ doExchange: () => {} });
  await using server = await serveFetch(handler);
  for (let i = 0; i < 20; i++) {
    using client = await rawClient(server.url, "");
    client.send(
      ...Array.from({ length: 6 }, () => frame("data", message(10_000))),
    );
    const [, content] = (await client.answer()).at(-1)!;
    assertMatch(content, /^grpc-status: 0/);
  }
});

test("WebSocket: frames behind the end of a call count too", async () => {
  const handler = flightHandler({ doExchange: () => {} });
  await using server = await serveFetch(handler);
  using client = await rawClient(server.url, "");
  await client.answer();
  client.send(frame("data", message(65_000)), frame("data", message(65_000)));
  const { code, reason } = await client.rest();
  assertEquals(code, 4000);
  assertMatch(reason!, /DATA of 65005 bytes came, where 530 were allowed/);
});

test("WebSocket: a client that is silent is pinged, and then given up", async () => {
  const { service, ended } = waiting();
  const times = { keepaliveTimeMs: 100, keepaliveTimeoutMs: 300 };
  await using server = await serveFetch(flightHandler(service, times));
  using client = await rawClient(server.url, "");
  for (let i = 0; i < 3; i++) {
    assertEquals(await client.read(), frame("ping"));
    client.send(frame("pong"));
  }
  const { code } = await client.rest();
  assertEquals(code, 4000);
  assertEquals((await ended).code, "CANCELLED");
});

test("WebSocket: sendStallTimeoutMs ends the call of a client that gives no credit", async () => {
  const failed = event<unknown>();
  const handler = flightHandler({
    async *doExchange(_input, { signal }) {
      aborted(signal).then(failed.resolve);
      while (true) yield numbers(...new Array(4096).fill(1));
    },
  }, { sendStallTimeoutMs: 200 });
  await using server = await serveFetch(handler);
  using client = await rawClient(server.url, "");
  const frames = await client.answer();
  assertMatch(frames.at(-1)![1], /grpc-status: 4\r\n.*no data for 200 ms/);
  let bytes = 0;
  for (const [type, content] of frames) {
    if (type === "data") bytes += content.length;
  }
  assertLess(bytes, 65_536);
  const error = await failed.promise as FlightError;
  assertEquals(error.code, "DEADLINE_EXCEEDED");
});

test("WebSocket: a frame beyond what the platform takes ends the socket alone", async () => {
  const { service, ended } = waiting();
  await using server = await serveFetch(flightHandler(service));
  const { socket } = await upgrade(server.url);
  socket.on("error", () => {});
  socket.write(masked(2, frame("headers")));
  // The length alone: nothing of it has to come.
  socket.write(masked(2, new Uint8Array(2 ** 27)).subarray(0, 14));
  assertEquals((await ended).code, "CANCELLED");
  socket.destroy();
  await assertWell(server);
});
